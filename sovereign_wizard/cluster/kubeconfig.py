"""Reads a kubeconfig as a stranger's text: it came from a machine, so nothing in it is obeyed.

Programs to run (`exec`), paths of our disk, hosts that are not this Sovereign's and anything that
would switch TLS verification off are refused. Format: kubernetes.io, kubeconfig v1.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import yaml

from catalyst.vault.secret import Secret
from sovereign_wizard.cluster.problems import KubeconfigRefused


@dataclass(frozen=True, slots=True)
class Access:
    """Where the API is, whom it must be, and who we are. `authority` and `certificate` are PEM."""

    server: str
    authority: str
    certificate: str
    key: Secret


def read(text: Secret, *, hosts: Collection[str]) -> Access:
    """The current context's access. `hosts`: the only ones a server may have.

    Raises KubeconfigRefused, which never quotes what it read.
    """
    try:
        document = yaml.safe_load(text.reveal())
        context = _named(document, "contexts", "context", document["current-context"])
        cluster = _named(document, "clusters", "cluster", context["cluster"])
        user = _named(document, "users", "user", context["user"])
        return Access(
            server=_server(cluster["server"], hosts),
            authority=_pem(cluster["certificate-authority-data"]),
            certificate=_pem(user["client-certificate-data"]),
            key=Secret(_pem(user["client-key-data"])),
        )
    except (yaml.YAMLError, KeyError, TypeError, StopIteration) as error:
        raise KubeconfigRefused(
            "It has no current context with a server, its authority and a client certificate, all "
            "inside the file."
        ) from error


def _named(document: Any, plural: str, singular: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(e for e in document[plural] if e["name"] == name)[singular]
    return found


def _server(url: str, hosts: Collection[str]) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.hostname not in hosts:
        raise KubeconfigRefused("Its server is not an https address of this Sovereign.")
    return url.rstrip("/")


def _pem(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise KubeconfigRefused("A certificate or key in it is not base64 of PEM.") from error
