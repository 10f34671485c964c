"""The kubelet's own port: what containers said, and commands in them.

Only holders of a client certificate of the cluster may ask: the API server, no Pod.
"""

import ssl

from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from infra.localcloud.machines.control_plane.spec import KUBELET_PORT
from infra.localcloud.machines.kubelet.commands import Commands, Find
from infra.localcloud.machines.kubelet.config import Config
from infra.localcloud.machines.kubelet.logs import Logs
from infra.localcloud.serving import server

_CONTAINER = "/{namespace}/{pod}/{container}"


async def serve(config: Config, find: Find) -> None:
    """Answer until cancelled, over TLS, to holders of a client certificate of the cluster."""
    commands = Commands(find)
    app = Starlette(
        routes=[
            Route("/containerLogs" + _CONTAINER, Logs(config).answer),
            Route("/exec" + _CONTAINER, commands.refuse, methods=["GET", "POST"]),
            WebSocketRoute("/exec" + _CONTAINER, commands.answer),
        ]
    )
    port = server(
        app,
        config.address,
        KUBELET_PORT,
        ssl_certfile=config.certificate,
        ssl_keyfile=str(config.key),
        ssl_ca_certs=str(config.client_ca),
        ssl_cert_reqs=ssl.CERT_REQUIRED,
    )
    await port.serve()
