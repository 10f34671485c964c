"""Looks at a Sovereign from outside, as its users will: real DNS, real TLS, real HTTP.

Verification is never switched off; the address comes from DNS only.
"""

from __future__ import annotations

import json
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx

from catalyst import bounded, pinned
from catalyst.language.words import lazy
from catalyst.outside import NotOutside, judge
from catalyst.problem import Problem
from catalyst.trust import context
from dns.delegation.ask import ask, system_resolver

SECONDS = 5.0
MOST_BYTES = 64 << 10


class NotYet(Problem):
    type = "proof-missing"
    title = lazy("The proof is not there yet")
    status = 503


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a handshake showed. `not_after` as in the certificate (GMT)."""

    address: str
    protocol: str
    issuer: str
    not_after: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def resolve(host: str, resolver: str, *, signed: bool) -> str:
    """One IPv4 address, from `resolver` (the system's if empty). Raises NotYet.

    It is a public one: a customer's own domain may lead anywhere.

    `signed`: the answer has to be validated. A bogus one is never given out either way.
    """
    answer = ask(resolver or system_resolver(), host, "A", recursive=True)
    if answer.rcode != "NOERROR" or not answer.contents:
        raise NotYet(f"{host} does not resolve ({answer.failure or answer.rcode}).")
    if signed and not answer.authenticated:
        raise NotYet(f"The answer for {host} is not DNSSEC-validated.")
    try:
        return str(judge(answer.contents[0]))
    except NotOutside as refused:
        raise NotYet(f"{host}: {refused.detail}") from refused


def handshake(host: str, resolver: str, ca_bundle: Path | None, *, signed: bool) -> Certificate:
    """A verified TLS handshake with `host` on 443. Raises NotYet with the reason."""
    address = resolve(host, resolver, signed=signed)
    try:
        with (
            socket.create_connection((address, 443), timeout=SECONDS) as plain,
            context(ca_bundle).wrap_socket(plain, server_hostname=host) as secure,
        ):
            shown: Any = secure.getpeercert()
            issuer = {key: value for part in shown["issuer"] for key, value in part}
            return Certificate(
                address=address,
                protocol=secure.version() or "",
                issuer=issuer.get("commonName", ""),
                not_after=shown["notAfter"],
            )
    except OSError as error:  # ssl.SSLError is one
        raise NotYet(f"{type(error).__name__}: {error}") from error


def healthz(host: str, resolver: str, ca_bundle: Path | None, *, signed: bool) -> dict[str, Any]:
    """`GET https://<host>/healthz` at the address DNS gives. Raises NotYet."""
    address = resolve(host, resolver, signed=signed)
    try:
        with pinned.asked(
            "GET",
            f"https://{host}/healthz",
            address=address,
            ca_bundle=ca_bundle,
            seconds=SECONDS,
        ) as answer:
            said = bounded.body(answer.raise_for_status(), most=MOST_BYTES, seconds=SECONDS)
        document = json.loads(said)
    except (httpx.HTTPError, bounded.TooLong, bounded.TooSlow, ValueError) as error:
        raise NotYet(f"{type(error).__name__}: {error}") from error
    if not isinstance(document, dict):
        raise NotYet("/healthz is no JSON object.")
    return document
