"""What the registry tells everybody about a domain (RDAP, RFC 9083). Unreachable: "not known"."""

# mypy: disable-error-code="import-untyped"
from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import requests
import structlog
import whoisit
from django.conf import settings
from whoisit.errors import WhoisItError

from dns.byo.values import Registration

log = structlog.get_logger(__name__)
SECONDS = 6.0
FRESH = timedelta(days=7)  # the list of registries changes now and then
# EPP states under which nobody can change the name servers (RFC 8056).
LOCKS = {
    "client update prohibited": "updates are locked by the registrar",
    "server update prohibited": "updates are locked by the registry",
    "client hold": "the registrar has put it on hold",
    "server hold": "the registry has put it on hold",
    "pending delete": "it is about to be deleted",
    "redemption period": "it has expired and can only be redeemed",
}
_loading = threading.Lock()


class _Bounded(requests.Session):
    """Every request has an end: a page waits for it."""

    def request(self, *args: Any, **options: Any) -> requests.Response:
        return super().request(*args, **{**options, "timeout": SECONDS})


_session = _Bounded()
_session.trust_env = False  # no proxy and no .netrc of somebody's shell


def look_up(registrable: str) -> Registration:
    """Never raises: what cannot be asked is not known."""
    if not settings.CATALYST.rdap:
        return Registration()
    try:
        _know_registries()
        found = whoisit.domain(registrable, session=_session, follow_related=False)
    except (WhoisItError, requests.RequestException) as error:
        log.info("RDAP does not say", domain=registrable, error=type(error).__name__)
        return Registration()
    return read(found)


def read(found: dict[str, Any]) -> Registration:
    """Of what whoisit gives."""
    sellers = found.get("entities", {}).get("registrar", [])
    states = [str(state).lower() for state in found.get("status", [])]
    return Registration(
        known=True,
        registrar=str(sellers[0].get("name", "")) if sellers else "",
        locks=tuple(LOCKS[state] for state in states if state in LOCKS),
        expires_at=found.get("expiration_date"),
    )


def _know_registries() -> None:
    with _loading:
        if whoisit.is_bootstrapped() and not whoisit.bootstrap_is_older_than(FRESH.days):
            return
        whoisit.set_session(_session)
        whoisit.bootstrap()
