"""Judging tokens: ID tokens (OpenID Connect Core §3.1.3.7) and logout tokens (Back-Channel §2.6).

Every refusal is a TokenRefused with its reason; what the token holds is never repeated.
"""

from __future__ import annotations

import time
from typing import Any

import jwt
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from catalyst.identity.oidc import issuer
from catalyst.identity.oidc.problems import IssuerAway, TokenRefused

ALGORITHMS = ("RS256", "ES256")  # asymmetric ones only: never `none`, never a shared secret
LEEWAY = 30  # seconds two clocks may differ
# What PyJWT lets through besides its own, for claims and headers of odd shapes.
ODD = (TypeError, ValueError, OverflowError, RecursionError)
FRESH = 300  # seconds since it was issued: all our tokens come straight from the issuer
LONGEST = 255
LOG_OUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
Claims = dict[str, Any]


class UnknownKey(TokenRefused):
    """Signed by a key the issuer does not publish (yet)."""


def of_id_token(token: object, *, nonce: str | None = None, subject: str | None = None) -> Claims:
    """Who logged in. Raises TokenRefused, IssuerAway.

    `nonce`: the one we gave for this log-in. Without it the token comes from a refresh, and is to
    be about the `subject` whose it was (Core §12.2). Both came straight from the issuer: a key that
    is not known is looked for at once, and one that it does not publish yet ends no log-in.
    """
    try:
        claims = _signed(token, require=["iss", "sub", "aud", "exp", "iat"], is_straight=True)
    except UnknownKey as problem:
        if nonce is not None:
            raise
        raise IssuerAway from problem
    if nonce is not None and claims.get("nonce") != nonce:
        raise TokenRefused("nonce is not the one of this log-in")
    if subject is not None and claims["sub"] != subject:
        raise TokenRefused("another person than before")
    if nonce is None and subject is None:
        raise TokenRefused("neither nonce nor subject to compare with")
    try:
        validate_email(claims["email"] if isinstance(claims.get("email"), str) else "")
    except ValidationError as error:
        raise TokenRefused("no e-mail address") from error
    if claims.get("email_verified") is not True:
        raise TokenRefused("e-mail address not verified")
    return claims


def of_logout_token(token: object) -> Claims:
    """Whose log-ins end: `sid`, `sub` or both. Raises TokenRefused, IssuerAway."""
    claims = _signed(token, require=["iss", "aud", "exp", "iat", "jti"])
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOG_OUT_EVENT), dict):
        raise TokenRefused("not a log-out event")
    if "nonce" in claims:
        raise TokenRefused("a log-out token has no nonce")
    if not _text(claims["jti"]):
        raise TokenRefused("jti is not a text")
    if "sub" not in claims and "sid" not in claims:
        raise TokenRefused("neither sub nor sid")
    return claims


def logged_in_at(claims: Claims) -> int:
    """`auth_time`, when the person last proved who they are: Unix seconds, 0 if not said."""
    at = claims.get("auth_time")
    return at if type(at) is int and 0 < at <= time.time() + LEEWAY else 0


def _signed(token: object, *, require: list[str], is_straight: bool = False) -> Claims:
    """What it says, once signature, issuer, audience and times hold."""
    if not isinstance(token, str):
        raise TokenRefused("no token")
    at = issuer.current()
    key = _key_of(token, at, is_straight=is_straight)
    try:
        claims: Claims = jwt.decode(
            token,
            key,
            algorithms=list(ALGORITHMS),
            issuer=at.name,
            audience=settings.CATALYST.oidc_client_id,
            leeway=LEEWAY,
            options={"require": require},
        )
    except (jwt.PyJWTError, *ODD) as error:
        raise TokenRefused(type(error).__name__) from error
    _for_us(claims)
    if type(claims["iat"]) not in (int, float):
        raise TokenRefused("iat is not a number")
    if claims["iat"] < time.time() - FRESH - LEEWAY:
        raise TokenRefused("issued too long ago")
    for name in ("sub", "sid"):
        if name in claims and not _text(claims[name]):
            raise TokenRefused(f"{name} is not a text")
    return claims


def _key_of(token: str, at: issuer.Issuer, *, is_straight: bool) -> jwt.PyJWK:
    """Raises UnknownKey, IssuerAway. What strangers send may not make us ask again and again."""
    try:
        kid = jwt.get_unverified_header(token).get("kid")
    except (jwt.PyJWTError, *ODD) as error:
        raise TokenRefused(type(error).__name__) from error
    if not isinstance(kid, str):
        raise TokenRefused("it names no key")
    try:
        return at.keys.get_signing_key(kid)
    except jwt.PyJWKClientError as error:
        found = at.keys.look_again(kid) if is_straight else None
        if found is None:
            raise UnknownKey("signed by an unknown key") from error
        return found


def _for_us(claims: Claims) -> None:
    """Core §3.1.3.7 (3)-(5): of several audiences the one it was issued to is us."""
    azp = claims.get("azp")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (several or azp is not None) and azp != settings.CATALYST.oidc_client_id:
        raise TokenRefused("issued to another client")


def _text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST and "\0" not in value
