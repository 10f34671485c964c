"""Our own addresses as the issuer knows them: from the settings, never from a request.

A Sovereign has two: the console, and its bare name, where customers are; a request only says at
which of the two somebody is, because a browser's session is that of one host.
"""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from catalyst.identity.oidc import issuer
from catalyst.identity.oidc.problems import IssuerAway


def home_url(request: HttpRequest | None) -> str:
    """The base of our addresses where somebody is: the bare name, else the public URL."""
    fqdn: str = settings.CATALYST.sovereign_fqdn
    if request is not None and fqdn and request.get_host() == fqdn:
        return f"https://{fqdn}"
    return str(settings.CATALYST.public_url)


def callback_url(request: HttpRequest | None) -> str:
    """Where the issuer sends a person back to."""
    return f"{home_url(request)}{reverse('oidc-callback')}"


def begin_url(back: str, *, again: bool = False) -> str:
    """Our address that leads to the issuer and back to the path `back`. `again`: prove anew."""
    query = {"next": back, **({"again": "1"} if again else {})}
    return f"{reverse('oidc-begin')}?{urlencode(query)}"


def end_session_url(request: HttpRequest) -> str:
    """Where a person's log-in at the issuer ends (RP-Initiated Logout 1.0 §2); "" if unknown.

    Without the ID token as a hint: it would stand in histories and logs.
    """
    try:
        at = issuer.current()
    except IssuerAway:
        return ""
    if not at.end_session_endpoint:
        return ""
    query = urlencode(
        {
            "client_id": settings.CATALYST.oidc_client_id,
            "post_logout_redirect_uri": f"{home_url(request)}/",
        }
    )
    return f"{at.end_session_endpoint}?{query}"


def host() -> str:
    """The issuer's host, as people see it in the address bar; "" without an issuer."""
    return urlsplit(settings.CATALYST.oidc_issuer).hostname or ""


def origin() -> str:
    """The issuer's origin, where our forms may end up; "" without an issuer."""
    parts = urlsplit(settings.CATALYST.oidc_issuer)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
