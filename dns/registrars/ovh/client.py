"""OVHcloud's `/domain` API through the vendor's library `ovh`.

The library's exceptions carry the request with its headers, so none of them leaves this file.
Sources: eu.api.ovh.com/console (`/1.0/domain.json`: `nameServers/update` takes `nameServers`,
`dsRecord` takes `keys`, both give a `domain.Task`), "First steps with the OVHcloud APIs"
(`errorCode` of a 403, `/auth/currentCredential`).
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any, cast

import ovh  # type: ignore[import-untyped]  # the library has no types

from catalyst.telemetry.shared import NO_ANSWER
from dns.registrars.credentials import Credentials
from dns.registrars.exchange import SECONDS, Link, retry_after, told, too_many, unavailable
from dns.registrars.problems import (
    DomainNotInAccount,
    InvalidNameservers,
    InvalidToken,
    PendingOperation,
    RegistrarProblem,
    ScopeMissing,
)

REGIONS = (("ovh-eu", "Europe"), ("ovh-ca", "Canada"), ("ovh-us", "United States"))
BUSY_SECONDS = 300
_UNKNOWN_TO_THEM = {"INVALID_KEY", "INVALID_CREDENTIAL", "NOT_CREDENTIAL", "INVALID_SIGNATURE"}


class _Client(ovh.Client):  # type: ignore[misc]
    """The library's client at an address of ours to choose, with our trust, past any proxy."""

    def __init__(self, link: Link, credentials: Credentials) -> None:
        super().__init__(
            endpoint=credentials.reveal("region"),
            application_key=credentials.reveal("application_key"),
            application_secret=credentials.reveal("application_secret"),
            consumer_key=credentials.reveal("consumer_key"),
            timeout=SECONDS,
        )
        if link.endpoint:
            self._endpoint = link.endpoint
        self._session.trust_env = False
        self._session.max_redirects = 0
        if link.ca_bundle:
            self._session.verify = str(link.ca_bundle)


class Ovh:
    """One consumer key. Every call is one of the budget's tries."""

    def __init__(self, link: Link, credentials: Credentials) -> None:
        self._client = _Client(link, credentials)
        self._budget = link.budget

    def close(self) -> None:
        self._client._session.close()

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return self._budget.until_answered(
            lambda: self._once(method, path, body), harmless=method == "GET"
        )

    def _once(
        self, method: str, path: str, body: dict[str, Any] | None
    ) -> tuple[Any, RegistrarProblem | None]:
        found, problem, status = None, None, "200"
        try:
            found = self._client.call(method, path, body)
        except ovh.exceptions.APIError as error:
            problem, status = _problem(error, harmless=method == "GET")
        told(vendor="ovh", method=method, status=status)
        return found, problem


def missing_rights(credential: dict[str, Any], needed: tuple[tuple[str, str], ...]) -> list[str]:
    """Which of the needed (method, path) no rule of the credential grants."""
    rules = [(rule["method"], rule["path"]) for rule in credential.get("rules") or ()]
    return [
        f"{method} {path}"
        for method, path in needed
        if not any(m == method and fnmatchcase(path, p) for m, p in rules)
    ]


def _problem(error: Exception, *, harmless: bool) -> tuple[RegistrarProblem, str]:
    response = getattr(error, "response", None)
    if response is None:
        if isinstance(error, ovh.exceptions.InvalidResponse):
            return RegistrarProblem("OVHcloud's answer is not JSON."), NO_ANSWER
        return unavailable(uncertain=not harmless), NO_ANSWER
    status = int(response.status_code)
    code = _error_code(response)
    return _by_status(status, code, cast("Any", response.headers), harmless), str(status)


def _by_status(status: int, code: str, headers: Any, harmless: bool) -> RegistrarProblem:
    if code in _UNKNOWN_TO_THEM or status == 401:
        return InvalidToken(
            "OVHcloud does not accept these keys: wrong, expired, not yet validated, or of another "
            "region."
        )
    if status == 403:
        return ScopeMissing(
            "The consumer key has no right to this call. Make one with the rights listed here.",
            needs=["GET, PUT and POST on /domain/*"],
        )
    if status == 404:
        return DomainNotInAccount("OVHcloud has no such domain in this account.")
    if status == 409:
        return PendingOperation(
            "OVHcloud is still at an earlier change of this domain.", retry_after=BUSY_SECONDS
        )
    if status == 400:
        return InvalidNameservers("OVHcloud does not take these values.", field="nameservers")
    if status == 429:
        return too_many(retry_after(headers))
    if status >= 500:
        return unavailable(uncertain=not harmless, retry_after=retry_after(headers))
    return RegistrarProblem(f"OVHcloud refused (status {status}).")


def _error_code(response: Any) -> str:
    try:
        return str(response.json().get("errorCode", ""))
    except (ValueError, AttributeError):
        return ""
