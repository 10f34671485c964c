"""One Sovereign's Kubernetes API, as plain JSON, over TLS that is always verified.

It reads; the one thing it writes is what the hand-over applies.

Not the `kubernetes` client: it obeys kubeconfigs, and a list of dicts is all that is read here.
An answer is bounded in size and time: the cluster is the customer's, the worker is ours.
"""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Iterator
from typing import Any

import httpx

from catalyst import bounded
from catalyst.closing import Closing
from sovereign_wizard.cluster.kubeconfig import Access
from sovereign_wizard.cluster.problems import (
    ClusterAway,
    KubeconfigRefused,
    NotServed,
    SeedTimeout,
)

Json = dict[str, Any]
ANSWER_SECONDS = 10.0
SILENT_SECONDS = 4.0
ANSWER_BYTES = 16 << 20
PAGE = 200


class Cluster(Closing):
    """One user's connection. `with Cluster(access) as cluster`."""

    def __init__(self, access: Access) -> None:
        self._server = access.server
        self._http = httpx.Client(
            base_url=access.server,
            verify=_trust(access),
            timeout=SILENT_SECONDS,
            trust_env=False,
            follow_redirects=False,
        )

    def close(self) -> None:
        self._http.close()

    def every(self, path: str, **query: str) -> Iterator[Json]:
        """All objects of a list, page by page. Raises ClusterAway, SeedTimeout, NotServed."""
        more = ""
        while True:
            asked = {**query, "limit": str(PAGE)} | ({"continue": more} if more else {})
            try:
                page = json.loads(self.text(path, **asked))
                items, more = page["items"], page["metadata"].get("continue", "")
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise self._away("its answer is no Kubernetes list") from error
            yield from items
            if not more:
                return

    def one(self, path: str) -> Json:
        """One object. Raises ClusterAway, SeedTimeout, NotServed."""
        try:
            found: Json = json.loads(self.text(path))
            found["metadata"]["name"]
        except (ValueError, KeyError, TypeError) as error:
            raise self._away("its answer is no Kubernetes object") from error
        return found

    def text(self, path: str, **query: str) -> str:
        """The body of one answer. Raises ClusterAway, SeedTimeout, NotServed."""
        try:
            with self._http.stream("GET", path, params=query) as answer:
                body = self._bounded(answer)
        except httpx.TimeoutException as error:
            raise SeedTimeout(f"{self._server} says nothing ({type(error).__name__}).") from error
        except httpx.HTTPError as error:
            raise self._away(str(error) or type(error).__name__) from error
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise NotServed(f"{self._server} does not serve {path}.")
        if answer.status_code != httpx.codes.OK:
            raise self._away(f"HTTP {answer.status_code} for {path}")
        return body.decode(errors="replace")

    def apply(self, path: str, document: Json) -> None:
        """Server-side apply of one object, ours where others differ. Raises ClusterAway."""
        try:
            answer = self._http.patch(
                path,
                params={"fieldManager": "catalyst", "force": "true"},
                headers={"Content-Type": "application/apply-patch+yaml"},
                content=json.dumps(document),
                timeout=ANSWER_SECONDS,
            )
        except httpx.HTTPError as error:
            raise self._away(str(error) or type(error).__name__) from error
        if not answer.is_success:
            # Not its words: they may quote the object, which may be a Secret.
            raise self._away(f"HTTP {answer.status_code} for {path}")

    def _bounded(self, answer: httpx.Response) -> bytes:
        try:
            return bounded.body(answer, most=ANSWER_BYTES, seconds=ANSWER_SECONDS)
        except bounded.TooLong:
            raise self._away(f"an answer of more than {ANSWER_BYTES} bytes") from None
        except bounded.TooSlow:
            late = f"{self._server} answers, but not in {ANSWER_SECONDS:.0f} s."
            raise SeedTimeout(late) from None

    def _away(self, why: str) -> ClusterAway:
        return ClusterAway(f"{self._server}: {why}.")


def _trust(access: Access) -> ssl.SSLContext:
    """Trusts the cluster's own authority and no other; shows our certificate.

    Raises KubeconfigRefused.
    """
    try:
        trust = ssl.create_default_context(cadata=access.authority)
        # OpenSSL reads keys from files only; this one is memory and never touches a disk.
        with os.fdopen(os.memfd_create("client"), "w") as file:
            file.write(access.certificate.rstrip() + "\n" + access.key.reveal())
            file.flush()
            # Without a password OpenSSL would ask whoever sits at the terminal for one.
            trust.load_cert_chain(f"/proc/self/fd/{file.fileno()}", password="")
    except (ssl.SSLError, ValueError) as error:
        raise KubeconfigRefused("Its certificates or its key cannot be read.") from error
    return trust
