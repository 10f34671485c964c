"""Puts the rooms together and runs them until SIGTERM or SIGINT."""

import asyncio

from starlette.applications import Starlette
from starlette.routing import Mount

from infra.localcloud.hetzner.hang_up import HangingUpProtocol
from infra.localcloud.internet.acme import make_server_certificate
from infra.localcloud.registrars.admin import build_admin
from infra.localcloud.registrars.book import Book
from infra.localcloud.registrars.config import Config
from infra.localcloud.registrars.hosting import Hosting
from infra.localcloud.registrars.registry import Registry
from infra.localcloud.registrars.vendors import VENDORS
from infra.localcloud.registrars.world import World
from infra.localcloud.serving import server, stop_on_signal

CERTIFICATE = "registrars"


async def run(config: Config) -> None:
    """Serve until told to stop. Raises NotInstalled, StartFailed; nothing is left running then."""
    config.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    # At every start: cheaper than to ask whether the last one is still of this authority.
    make_server_certificate(config.acme_dir, CERTIFICATE)
    registry = Registry(config.registry_url, config.registry_key)
    hosting = Hosting(address=config.hosting_address, state_dir=config.state_dir, registry=registry)
    world = World(
        book=Book(config.state_dir / "book.json"),
        registry=registry,
        hosting=hosting,
        job_seconds=config.job_seconds,
    )
    vendors = server(
        build_vendors(world),
        "127.0.0.1",
        config.port,
        ssl_certfile=config.acme_dir / f"{CERTIFICATE}.pem",
        ssl_keyfile=config.acme_dir / f"{CERTIFICATE}.key",
        http=HangingUpProtocol,
    )
    servers = [
        vendors,
        server(build_admin(world, config.admin_key), "127.0.0.1", config.admin_port),
    ]
    try:
        await hosting.start()
        world.start()
        stop_on_signal(servers)
        await asyncio.gather(*(each.serve() for each in servers))
    finally:
        world.stop()
        await hosting.stop()
        await registry.close()


def build_vendors(world: World) -> Starlette:
    """All vendors, each below its own name."""
    return Starlette(
        routes=[Mount(f"/{kind.name}", routes=kind(world).routes()) for kind in VENDORS]
    )
