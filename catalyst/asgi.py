"""ASGI entry: HTTP to Django, WebSockets to consumers, foreign origins to nobody."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "catalyst.settings.embedded")
django = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402  (needs the app registry)
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402

from catalyst.eventlog.backpressure import Backpressure  # noqa: E402
from catalyst.identity.oidc.streams import StillKnownSocket  # noqa: E402
from catalyst.routing import websocket_urlpatterns  # noqa: E402
from catalyst.telemetry.readers import Counted  # noqa: E402
from catalyst.web.origin import OwnOrigin  # noqa: E402

sockets = StillKnownSocket(Counted(URLRouter(websocket_urlpatterns)))
application = Backpressure(
    ProtocolTypeRouter({"http": django, "websocket": OwnOrigin(AuthMiddlewareStack(sockets))})
)
