"""GoDaddy's domains API, v1 and v2.

Sources: developer.godaddy.com/doc/endpoint/domains (v1 `GET`/`PATCH /v1/domains/{domain}`, v2
`nameServers`, `dnssecRecords`, `actions/{type}`), .../endpoint/shoppers (`customerId`), "API Terms
of Use" for who may use it. Errors are `{code, message, fields[], retryAfterSec}`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx

from dns.registrars.credentials import Credentials
from dns.registrars.exchange import Answer, Exchange, Link, objects, rate_limited, resealed
from dns.registrars.problems import (
    DomainLocked,
    DomainNotInAccount,
    InvalidNameservers,
    InvalidToken,
    NotEligible,
    PendingOperation,
    RegistrarProblem,
    ScopeMissing,
)

Json = dict[str, Any]
# What the vendor answers when the account has too few domains for its API.
_BELOW_THE_THRESHOLD = "ACCESS_DENIED"
_BUSY = {"ACTION_ALREADY_IN_PROGRESS", "DUPLICATE_ACTION", "PENDING_ACTION"}
BUSY_SECONDS = 300


class GoDaddy:
    """One key."""

    def __init__(self, link: Link, credentials: Credentials) -> None:
        def seal(request: httpx.Request) -> httpx.Request:
            pair = f"{credentials.reveal('key')}:{credentials.reveal('secret')}"
            return resealed(request, headers=[("Authorization", f"sso-key {pair}")])

        self._exchange = Exchange(link, vendor="godaddy", seal=seal)

    def close(self) -> None:
        self._exchange.close()

    def domain(self, name: str) -> Json:
        """v1: `status`, `locked`, `nameServers` and more."""
        return self._ask("GET", f"/v1/domains/{quote(name)}")

    def patch(self, name: str, change: Json) -> None:
        self._ask("PATCH", f"/v1/domains/{quote(name)}", change)

    def customer(self, shopper: str) -> str:
        """The `customerId` that v2 paths name."""
        found = self._ask("GET", f"/v1/shoppers/{quote(shopper, safe='')}?includes=customerId")
        return str(found["customerId"])

    def of_customer(
        self, method: str, customer: str, name: str, path: str = "", body: Any = None
    ) -> Json:
        return self._ask(
            method, f"/v2/customers/{quote(customer)}/domains/{quote(name)}{path}", body
        )

    def _ask(self, method: str, path: str, body: Any = None) -> Json:
        parts = {} if body is None else {"json": body}
        answer = self._exchange.send(method, path, judge=_judge, **parts)
        return answer.object() if answer.body.strip() else {}


def _judge(answer: Answer) -> RegistrarProblem | None:
    if answer.status < httpx.codes.BAD_REQUEST:
        return None
    document = answer.object()
    code = str(document.get("code"))
    match answer.status:
        case httpx.codes.UNAUTHORIZED:
            return InvalidToken(
                "GoDaddy does not accept this key and secret. A key of the test environment (OTE) "
                "is none of the real one."
            )
        case httpx.codes.FORBIDDEN if code == _BELOW_THE_THRESHOLD:
            return NotEligible(
                "GoDaddy offers its API to accounts with ten domains or a Discount Domain Club "
                "plan. Set the name servers by hand instead."
            )
        case httpx.codes.FORBIDDEN:
            return ScopeMissing("The key may not do this.", needs=["domains: read and update"])
        case httpx.codes.NOT_FOUND:
            return DomainNotInAccount("GoDaddy has no such domain in this account.")
        case httpx.codes.CONFLICT if code in _BUSY:
            return PendingOperation(
                "GoDaddy is still at an earlier change of this domain.", retry_after=BUSY_SECONDS
            )
        case httpx.codes.CONFLICT:
            return DomainLocked(
                "GoDaddy does not let the name servers of this domain be changed. Switch off "
                "Domain Protection there, or wait until the domain is active."
            )
        case httpx.codes.UNPROCESSABLE_ENTITY:
            wrong = [str(field.get("path", "")) for field in objects(document.get("fields"))]
            return InvalidNameservers(
                "GoDaddy does not take these values.", field="nameservers", vendor_fields=wrong
            )
        case httpx.codes.TOO_MANY_REQUESTS:
            seconds = document.get("retryAfterSec")
            return rate_limited(answer, seconds=seconds if isinstance(seconds, int) else None)
    return RegistrarProblem(f"GoDaddy refused (status {answer.status}).")
