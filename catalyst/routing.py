"""WebSocket routes."""

from typing import Any

from django.urls import path

from catalyst.eventlog.consumers import LogConsumer

# django-stubs know `path()` for HTTP views only; channels routes ASGI applications with it.
websocket_urlpatterns: list[Any] = [
    path("ws/log/<str:subject>", LogConsumer.as_asgi())  # type: ignore[arg-type]
]
