"""WebSockets from our own pages only: browsers send cookies along with anybody's.

`AllowedHostsOriginValidator` of channels looks at the host's name; another port of it, or plain
HTTP, is another site (RFC 6454 §4), so the whole origin is compared here.
"""

from __future__ import annotations

from typing import Any

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host

# Both as in the ASGI specification; channels and asgiref have types of their own for them.
Scope = Any
Application = Any


class OwnOrigin:
    """Refuses a handshake (403) whose Origin is neither listed nor the site it came to."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> Any:
        application = self._application if is_own(scope) else WebsocketDenier()
        return await application(scope, receive, send)


def is_own(scope: Scope) -> bool:
    """`CSRF_TRUSTED_ORIGINS`, or scheme and host of the request itself if that host is ours."""
    origins = _values(scope, b"origin")
    hosts = _values(scope, b"host")
    if len(origins) != 1 or len(hosts) != 1:  # none, or two that disagree
        return False
    origin, host = origins[0], hosts[0]
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    domain, _ = split_domain_port(host)
    scheme = "https" if settings.CATALYST.public_url.startswith("https://") else "http"
    return bool(
        domain
        and validate_host(domain, settings.ALLOWED_HOSTS)
        and origin.lower() == f"{scheme}://{host}".lower()
    )


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin1") for key, value in scope.get("headers", []) if key == name]
