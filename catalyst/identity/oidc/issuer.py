"""The issuer over HTTP: where its addresses are, its keys, and tokens for a code.

OpenID Connect Discovery 1.0 §4; RFC 6749 §3.2; RFC 7517. Knows no rows.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

import httpx
import structlog
from django.conf import settings
from jwt import PyJWK, PyJWKClient, PyJWKSet, PyJWTError

from catalyst import bounded, trust
from catalyst.identity.oidc.problems import GrantRefused, IssuerAway

log = structlog.get_logger(__name__)
SECONDS = 5.0  # of each step of a request; a person waits for it
KEPT_SECONDS = 600.0
KEY_COOLDOWN = 5.0  # seconds between two looks for a key that strangers name
LARGEST = 1_048_576


class Keys(PyJWKClient):
    """Its keys, cached, and fetched again for one that is not known. They are asked for like all
    else of the issuer: PyJWT's own way has no limit of size and passes on errors of every kind."""

    def fetch_data(self) -> PyJWKSet:
        """Raises IssuerAway, also for what holds no key to check a signature with."""
        status, found = _ask("GET", self.uri)
        try:
            known = PyJWKSet.from_dict(found)
        except (PyJWTError, AttributeError, TypeError, ValueError) as error:
            log.warning("issuer's keys cannot be read", error=type(error).__name__)
            raise IssuerAway from error
        usable = [key for key in known.keys if key.public_key_use in ("sig", None) and key.key_id]
        if status != httpx.codes.OK or not usable:
            log.warning("issuer has no keys", status=status)
            raise IssuerAway
        return known

    def look_again(self, kid: str) -> PyJWK | None:
        """That key from a set fetched now. Raises IssuerAway."""
        return next((key for key in self.get_signing_keys(refresh=True) if key.key_id == kid), None)


@dataclass(frozen=True, slots=True)
class Issuer:
    """What its discovery document says, and its keys."""

    name: str
    authorization_endpoint: str
    token_endpoint: str
    end_session_endpoint: str
    names_itself: bool  # its answers carry `iss` (RFC 9207)
    keys: Keys


_lock = threading.Lock()
_kept: dict[str, tuple[float, Issuer]] = {}  # issuer → when, what


def current() -> Issuer:
    """The issuer of this installation. Raises IssuerAway.

    While it is away what was known about it is still good: addresses hardly ever change.
    """
    name = settings.CATALYST.oidc_issuer
    with _lock:
        at, kept = _kept.get(name, (0.0, None))
        if kept is not None and time.monotonic() - at < KEPT_SECONDS:
            return kept
    try:
        found = _read(name)
    except IssuerAway:
        if kept is None:
            raise
        found = kept
    with _lock:
        _kept[name] = (time.monotonic(), found)
    return found


def tokens(**grant: str) -> dict[str, Any]:
    """The answer of the token endpoint. Raises GrantRefused, IssuerAway.

    Its keys are there before it is asked: a grant counts once, and an answer that nobody can check
    would be the end of a log-in.
    """
    env = settings.CATALYST
    at = current()
    at.keys.get_signing_keys()
    form = {
        **grant,
        "client_id": env.oidc_client_id,
        "client_secret": env.oidc_client_secret.get_secret_value(),
    }
    status, answer = _ask("POST", at.token_endpoint, data=form)
    if status == httpx.codes.OK:
        return answer
    error = str(answer.get("error", ""))[:60]
    if error == "invalid_grant":
        raise GrantRefused("The log-in service does not know it any more. Log in again.")
    log.error("issuer refuses this client", status=status, error=error)
    raise IssuerAway("It does not accept this console. Tell an operator; the id below is logged.")


def _read(name: str) -> Issuer:
    status, found = _ask("GET", f"{name}/.well-known/openid-configuration")
    if status != httpx.codes.OK or found.get("issuer") != name:  # Discovery §4.3
        log.error("discovery document is not the issuer's", status=status)
        raise IssuerAway
    wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if not all(_is_address(found.get(key), name) for key in wanted):
        log.error("discovery document lacks an address")
        raise IssuerAway
    ends = str(found.get("end_session_endpoint", ""))
    return Issuer(
        name=name,
        authorization_endpoint=found["authorization_endpoint"],
        token_endpoint=found["token_endpoint"],
        end_session_endpoint=ends if _is_address(ends, name) else "",
        names_itself=found.get("authorization_response_iss_parameter_supported") is True,
        keys=Keys(found["jwks_uri"], lifespan=KEPT_SECONDS, cooldown_duration=KEY_COOLDOWN),
    )


def _is_address(value: object, issuer: str) -> bool:
    """Never a weaker scheme than the issuer's own."""
    schemes = ("https://",) if issuer.startswith("https://") else ("https://", "http://")
    return isinstance(value, str) and value.startswith(schemes)


def _ask(method: str, url: str, **options: Any) -> tuple[int, dict[str, Any]]:
    """Status and JSON object. No redirect is followed: a secret may be in the body."""
    try:
        with (
            httpx.Client(
                verify=trust.context(settings.CATALYST.ca_bundle), timeout=SECONDS
            ) as client,
            client.stream(method, url, **options) as answer,
        ):
            body = bounded.body(answer, most=LARGEST)
            found = httpx.Response(answer.status_code, content=body).json()
    except bounded.TooLong:
        raise IssuerAway from None
    except (httpx.HTTPError, ValueError, OSError) as error:
        log.warning("issuer does not answer", error=type(error).__name__)
        raise IssuerAway from error
    if not isinstance(found, dict) or answer.is_server_error:
        raise IssuerAway
    return answer.status_code, found
