"""Cloudflare's API v4, as much as a delegation needs.

Sources: developers.cloudflare.com/api, "Zones: List Zones", "DNS Records: List" and "Batch DNS
Records"; error envelope and codes of "Troubleshooting". A token that is wrong and one that lacks a
right share codes; which it is follows from whether it has found the zone before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx

from catalyst.vault.secret import Secret
from dns.registrars.exchange import Answer, Exchange, Link, objects, resealed
from dns.registrars.problems import (
    DomainNotInAccount,
    InvalidToken,
    RecordConflict,
    RegistrarProblem,
    ScopeMissing,
)

Json = dict[str, Any]
RIGHTS = ("Zone / Zone / Read", "Zone / DNS / Edit")
# 1000 invalid token, 6003 invalid headers, 6111 its malformed Authorization, 9103 unknown key,
# 9106/9107 missing headers, 9109 invalid access token, 10000/10001 authentication.
_REFUSED = {1000, 6003, 6111, 9103, 9106, 9107, 9109, 10000, 10001}
_NO_ZONE = {1001, 7000, 7003}
# 81053-81058: the name has records that exclude this one, or the same one already.
_IN_THE_WAY = set(range(81053, 81059))


class Cloudflare:
    """One token."""

    def __init__(self, link: Link, token: Secret) -> None:
        def seal(request: httpx.Request) -> httpx.Request:
            return resealed(request, headers=[("Authorization", f"Bearer {token.reveal()}")])

        self._exchange = Exchange(link, vendor="cloudflare", seal=seal)

    def close(self) -> None:
        self._exchange.close()

    def zone(self, name: str) -> Json:
        """The active zone of this name. Raises InvalidToken, DomainNotInAccount.

        Works for tokens of a person and of an account alike, unlike `/user/tokens/verify`.
        """
        params = {"name": name, "status": "active"}
        found = _result(self._exchange.send("GET", "/zones", params=params, judge=_knows_us))
        if not found:
            raise DomainNotInAccount(
                f"This token sees no active zone {name}. Is it in this Cloudflare account, and is "
                "the token made for it?"
            )
        return found[0]

    def records(self, zone: str, kind: str, name: str) -> list[Json]:
        params = {"type": kind, "name": name, "per_page": 100}
        answer = self._exchange.send(
            "GET", f"/zones/{zone}/dns_records", params=params, judge=_lets_us
        )
        return _result(answer)

    def change(self, zone: str, *, add: Sequence[Json], remove: Sequence[str]) -> None:
        """All of it or nothing: the vendor runs a batch in one transaction."""
        batch = {"deletes": [{"id": record} for record in remove], "posts": list(add)}
        self._exchange.send("POST", f"/zones/{zone}/dns_records/batch", json=batch, judge=_lets_us)


def _result(answer: Answer) -> list[Json]:
    found = answer.object().get("result")
    if not isinstance(found, list):
        raise RegistrarProblem("Cloudflare's answer has no list.")
    return objects(found)


def _knows_us(answer: Answer) -> RegistrarProblem | None:
    problem = _lets_us(answer)
    if isinstance(problem, ScopeMissing):
        return InvalidToken("Cloudflare does not accept this token. Was it rolled, or cut off?")
    return problem


def _lets_us(answer: Answer) -> RegistrarProblem | None:
    if answer.status == httpx.codes.TOO_MANY_REQUESTS:
        return None
    document = answer.object()
    if document.get("success") is True:
        return None
    given = (error.get("code") for error in objects(document.get("errors")))
    codes = {code for code in given if isinstance(code, int)}
    if codes & _REFUSED or answer.status in (401, 403):
        return ScopeMissing(
            f"The token may not edit DNS records. Give it {' and '.join(RIGHTS)}.",
            needs=list(RIGHTS),
        )
    if codes & _NO_ZONE or answer.status == httpx.codes.NOT_FOUND:
        return DomainNotInAccount("The zone is no longer in this Cloudflare account.")
    if codes & _IN_THE_WAY:
        return RecordConflict("Another record of this name is in the way. Remove it at Cloudflare.")
    shown = ", ".join(str(code) for code in sorted(filter(None, codes)))
    return RegistrarProblem(f"Cloudflare refused (code {shown or answer.status}).")
