"""Our own addresses as the issuer knows them: from the public URL, never from a request."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.urls import reverse

from catalyst.identity.oidc import issuer
from catalyst.identity.oidc.problems import IssuerAway


def callback_url() -> str:
    """Where the issuer sends a person back to."""
    return f"{settings.CATALYST.public_url}{reverse('oidc-callback')}"


def begin_url(back: str, *, again: bool = False) -> str:
    """Our address that leads to the issuer and back to the path `back`. `again`: prove anew."""
    query = {"next": back, **({"again": "1"} if again else {})}
    return f"{reverse('oidc-begin')}?{urlencode(query)}"


def end_session_url() -> str:
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
            "post_logout_redirect_uri": f"{settings.CATALYST.public_url}/",
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
