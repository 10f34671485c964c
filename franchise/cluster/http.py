"""One account's connection to a Kubernetes API, as plain JSON, over TLS that is always verified.

The token is read anew for each request, because the kubelet renews its file. An answer is bounded
in size and time: what stands in a cluster is written by its customers.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

from catalyst import bounded
from catalyst.closing import Closing
from catalyst.trust import context
from franchise.cluster.problems import Absent, ClusterAway, ClusterProblem, NotAllowed

Json = dict[str, Any]
ANSWER_SECONDS = 10.0
SILENT_SECONDS = 4.0
ANSWER_BYTES = 16 << 20
PAGE = 200
MANAGER = "catalyst"
_PROBLEMS = {401: NotAllowed, 403: NotAllowed, 404: Absent, 429: ClusterAway}


class Cluster(Closing):
    """`url`: of the API server. May be used from several threads."""

    def __init__(self, *, url: str, token_file: Path, authority: Path) -> None:
        self._token_file = token_file
        self._http = httpx.Client(
            base_url=url,
            verify=_trusting(authority),
            timeout=SILENT_SECONDS,
            trust_env=False,
            follow_redirects=False,
        )

    def close(self) -> None:
        self._http.close()

    def one(self, path: str) -> Json | None:
        """One object, None when it or its kind is not there. Raises ClusterAway, NotAllowed."""
        try:
            found: Json = self._json("GET", path)
        except Absent:
            return None
        return found

    def every(self, path: str, **query: str) -> list[Json]:
        """All objects of a list, page by page; none where the kind is not served.

        Raises ClusterAway, NotAllowed.
        """
        found: list[Json] = []
        more = ""
        while True:
            asked = {**query, "limit": str(PAGE)} | ({"continue": more} if more else {})
            try:
                page = self._json("GET", path, query=asked)
            except Absent:
                return found
            try:
                found += page["items"]
                more = page["metadata"].get("continue", "")
            except (KeyError, TypeError, AttributeError):
                raise ClusterAway(f"The answer to {path} is no list.") from None
            if not more:
                return found

    def apply(self, path: str, document: Json) -> Json:
        """Server-side apply of one object, ours where others differ; the object as it is then."""
        return self._json(
            "PATCH",
            path,
            query={"fieldManager": MANAGER, "force": "true"},
            kind="application/apply-patch+yaml",
            body=document,
        )

    def annotate(self, path: str, **annotations: str) -> None:
        """Say something beside an object. Raises Absent when it is not there."""
        body = {"metadata": {"annotations": annotations}}
        self._json(
            "PATCH",
            path,
            query={"fieldManager": f"{MANAGER}-pokes"},
            kind="application/merge-patch+json",
            body=body,
        )

    def text(self, path: str, **query: str) -> str:
        """The body of an answer that is no JSON: logs."""
        return self._asked("GET", path, query=query).decode(errors="replace")

    def _json(
        self, method: str, path: str, *, query: Json | None = None, kind: str = "", body: Any = None
    ) -> Json:
        answer = self._asked(method, path, query=query, kind=kind, body=body)
        try:
            found = json.loads(answer)
        except ValueError:  # holds the body as well
            found = None
        if not isinstance(found, dict):
            raise ClusterAway(f"The answer to {method} {path} is not as the API says.")
        return found

    def _asked(
        self, method: str, path: str, *, query: Json | None = None, kind: str = "", body: Any = None
    ) -> bytes:
        headers = {"Authorization": f"Bearer {self._token()}", "Accept": "application/json, */*"}
        content = None
        if kind:
            headers["Content-Type"], content = kind, json.dumps(body).encode()
        try:
            with self._http.stream(
                method, path, params=query, headers=headers, content=content
            ) as answer:
                told = _bounded(answer)
        except httpx.HTTPError as error:
            raise ClusterAway(f"{type(error).__name__} at {method} {path}") from error
        if answer.is_success:
            return told
        problem = _PROBLEMS.get(
            answer.status_code, ClusterAway if answer.is_server_error else ClusterProblem
        )
        # Not its words: they may quote the object, which may be a Secret.
        raise problem(f"{method} {path} was answered {answer.status_code}.")

    def _token(self) -> str:
        try:
            return self._token_file.read_text().strip()
        except OSError as error:
            raise ClusterAway(f"Our account's token cannot be read ({error.strerror}).") from error


def _trusting(authority: Path) -> Any:
    try:
        return context(authority)
    except OSError as error:
        raise ClusterAway(f"The cluster's authority cannot be read ({error.strerror}).") from error


def _bounded(answer: httpx.Response) -> bytes:
    try:
        return bounded.body(answer, most=ANSWER_BYTES, seconds=ANSWER_SECONDS)
    except bounded.TooLong:
        raise ClusterAway(f"An answer of more than {ANSWER_BYTES} bytes.") from None
    except bounded.TooSlow:
        raise ClusterAway(f"It answers, but not within {ANSWER_SECONDS:.0f} s.") from None
