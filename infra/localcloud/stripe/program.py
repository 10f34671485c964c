"""Puts the rooms together and runs them until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import ssl

from starlette.applications import Starlette
from starlette.routing import Route

from infra.localcloud.hetzner.hang_up import HangingUpProtocol
from infra.localcloud.internet.acme import make_server_certificate
from infra.localcloud.serving import server, stop_on_signal
from infra.localcloud.stripe import checkout
from infra.localcloud.stripe.admin import build_admin
from infra.localcloud.stripe.api import Api
from infra.localcloud.stripe.book import Book
from infra.localcloud.stripe.config import Config
from infra.localcloud.stripe.deliveries import Deliveries
from infra.localcloud.stripe.hosted import Hosted
from infra.localcloud.stripe.resources import routes
from infra.localcloud.stripe.world import World

CERTIFICATE = "stripe"
_LOOK_SECONDS = 1.0


async def run(config: Config) -> None:
    """Serve until told to stop."""
    config.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    # At every start: cheaper than to ask whether the last one is still of this authority.
    make_server_certificate(config.acme_dir, CERTIFICATE)
    book = Book(config.state_dir)
    if config.account_key and book.by_key(config.account_key) is None:
        book.open(secret_key=config.account_key)
    deliveries = Deliveries(book, trust=_trust(config), retry_seconds=config.retry_seconds)
    world = World(book, deliveries, public_url=f"https://127.0.0.1:{config.port}")
    public = server(
        build_public(world),
        "127.0.0.1",
        config.port,
        ssl_certfile=config.acme_dir / f"{CERTIFICATE}.pem",
        ssl_keyfile=config.acme_dir / f"{CERTIFICATE}.key",
        http=HangingUpProtocol,
    )
    admin = server(build_admin(world, config.admin_key), "127.0.0.1", config.admin_port)
    clock = asyncio.create_task(_watch_the_time(world))
    try:
        stop_on_signal([public, admin])
        deliveries.resume()
        await asyncio.gather(public.serve(), admin.serve())
    finally:
        clock.cancel()
        await deliveries.close()


def _trust(config: Config) -> ssl.SSLContext:
    """Webhooks go to names of the local internet, whose authority may be away, or to loopback."""
    everybody = config.acme_dir / "ca" / "bundle.pem"
    own = config.acme_dir / "ca" / "ca.pem"
    return ssl.create_default_context(cafile=str(everybody if everybody.exists() else own))


async def _watch_the_time(world: World) -> None:
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        checkout.expire_overdue(world)


def build_public(world: World) -> Starlette:
    """The API and the payment page."""
    api = Api(world)
    anything = Route("/{path:path}", api.nowhere, methods=["GET", "POST", "DELETE", "PUT", "PATCH"])
    return Starlette(routes=[*routes(api), *Hosted(world).routes(), anything])
