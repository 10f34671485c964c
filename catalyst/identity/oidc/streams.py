"""Open WebSockets and event streams: nobody asks for a page by them, so their log-ins are shown at
the issuer from here.

Asking takes seconds when the issuer hangs; it is done on a thread of its own, never on the one that
pages and other streams wait for.
"""

from __future__ import annotations

from typing import Any

from channels.db import database_sync_to_async
from django.contrib.auth.models import AnonymousUser

from catalyst.identity import sessions
from catalyst.identity.oidc import logins


async def keep_known(keys: set[str]) -> None:
    """Renew what is due among the sessions people follow something by. Raises DatabaseError."""
    if keys:
        await database_sync_to_async(logins.renew_due, thread_sensitive=False)(keys)


class StillKnownSocket:
    """ASGI application inside channels' `AuthMiddlewareStack`, as `StillKnown` is for HTTP: a
    handshake with a log-in that is over, or that nobody can speak for, comes from nobody."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        key = scope["session"].session_key
        if key and scope["user"].is_authenticated:
            await keep_known({key})
            if not await database_sync_to_async(sessions.open_among)({key}):
                scope = {**scope, "user": AnonymousUser()}
        await self._application(scope, receive, send)
