"""The order in which the local internet starts, what it says about its health, and how it ends."""

import asyncio
import contextlib
import logging
import secrets
import shutil
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx
import uvicorn

from infra.localcloud.internet import addresses, registry, wire, zones
from infra.localcloud.internet.authoritative import NameServer, NotInstalled, StartFailed
from infra.localcloud.internet.child import Child
from infra.localcloud.internet.config import Config, Endpoint
from infra.localcloud.internet.resolver import Resolver
from infra.localcloud.serving import Server, begin

log = logging.getLogger("internet")

PROGRAMS = {
    "pdns_server": "pdns-server",
    "unbound": "unbound",
    "unbound-control": "unbound",
    "setpriv": "util-linux",
}
START_SECONDS = 10.0
# TEST-NET-1 (RFC 5737) is nobody's, so a proxy that keeps the rules refuses it: a real answer.
NOBODY = "http://192.0.2.1/"


async def serve(config: Config) -> None:
    """Start everything and stay until SIGTERM or SIGINT.

    Raises AddressUnavailable, NotInstalled or StartFailed; nothing is left running then.
    """
    began = time.monotonic()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    internet = Internet(config)
    try:
        await internet.start()
        log.info("the local internet is up after %.2f s", time.monotonic() - began)
        await stopping.wait()
    finally:
        await internet.stop()
    log.info("the local internet has stopped")


class Internet:
    """All parts together."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._logs = config.state_dir / "logs"
        self._root = self._name_server("root", config.root_address)
        self._tlds = self._name_server("tld", config.tld_address)
        self._resolver = Resolver(config=config, log_file=self._logs / "resolver.log")
        self._proxy = Child(
            name="proxy", prepare=self._proxy_command, log_file=self._logs / "proxy.log"
        )
        self._api: tuple[uvicorn.Server, asyncio.Task[None]] | None = None

    async def start(self) -> None:
        """Bring everything up in the order in which it depends on each other. Raises as `serve`."""
        _require_programs()
        config = self._config
        addresses.claim(
            config.network, (config.root_address, config.tld_address, config.resolver_address)
        )
        for listen in (config.proxy.listen, config.registry.listen):
            addresses.prove_free(listen.host, listen.port)
        self._logs.mkdir(parents=True, exist_ok=True)
        await self._proxy.start()
        await asyncio.gather(self._root.start(), self._tlds.start())
        await self._publish()
        await self._resolver.start(await self._root.digests(zones.ROOT))
        await self._wait_for_proxy()
        await self._start_api()

    async def stop(self) -> None:
        """End everything, the outermost first."""
        if self._api is not None:
            server, task = self._api
            server.should_exit = True
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await asyncio.gather(
            self._proxy.stop(), self._resolver.stop(), self._root.stop(), self._tlds.stop()
        )

    async def health(self) -> Mapping[str, bool]:
        """Ask every part something only a working one can answer."""
        config = self._config
        tld = config.tlds[0]
        root, tlds, resolver, proxy = await asyncio.gather(
            wire.is_authoritative(zones.ROOT, server=config.root_address),
            wire.is_authoritative(f"{tld}.", server=config.tld_address),
            wire.is_validated(f"{tld}.", resolver=config.resolver_address),
            _proxy_refuses(config.proxy.listen),
        )
        return {"root": root, "tld": tlds, "resolver": resolver, "proxy": proxy}

    async def _publish(self) -> None:
        """Make the missing zones, then let the root say exactly what the configuration says."""
        config = self._config
        # In turn: SQLite has one writer, and PowerDNS answers 500 to one that waited too long.
        digests = {tld: await self._tld_digests(tld) for tld in config.tlds}
        desired = zones.root_zone(
            address=config.root_address, tld_address=config.tld_address, tld_digests=digests
        )
        present = await self._root.rrsets(zones.ROOT)
        if present is None:
            await self._root.create(zones.ROOT, desired)
        else:
            await self._root.write(
                zones.ROOT, zones.changes(present, desired, covers=lambda _: True)
            )

    async def _tld_digests(self, tld: str) -> Sequence[str]:
        zone = f"{tld}."
        apex = zones.tld_zone(tld, self._config.tld_address)
        present = await self._tlds.rrsets(zone)
        if present is None:
            await self._tlds.create(zone, apex)
        else:
            own = {rrset.name for rrset in apex}
            await self._tlds.write(zone, zones.changes(present, apex, covers=own.__contains__))
        return await self._tlds.digests(zone)

    async def _start_api(self) -> None:
        listen = self._config.registry.listen
        application = registry.application(
            registry=registry.Registry(server=self._tlds, tlds=self._config.tlds),
            key=_key(self._config.registry.key_file),
            health=self.health,
            flush=self._resolver.flush,
        )
        server = Server(
            uvicorn.Config(
                application, host=listen.host, port=listen.port, log_level="warning", lifespan="off"
            )
        )
        try:
            self._api = server, await begin(server)
        except OSError as error:
            raise StartFailed(f"the registry: {error}") from error

    async def _wait_for_proxy(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not await _proxy_refuses(self._config.proxy.listen):
            if time.monotonic() > deadline:
                raise StartFailed(f"proxy does not answer; its log: {self._logs / 'proxy.log'}")
            await asyncio.sleep(0.02)

    def _name_server(self, name: str, address: str) -> NameServer:
        return NameServer(
            name=name,
            address=address,
            directory=self._config.state_dir / name,
            log_file=self._logs / f"{name}.log",
        )

    async def _proxy_command(self) -> Sequence[str]:
        module = ("-m", "infra.localcloud.internet", "proxy")
        return [sys.executable, *module, "--config", str(self._config.path)]


def _require_programs() -> None:
    for program, package in PROGRAMS.items():
        if shutil.which(program) is None:
            raise NotInstalled(f"{program} is not installed: apt install {package}")


def _key(key_file: Path) -> str:
    if not key_file.exists():
        key_file.parent.mkdir(parents=True, exist_ok=True)
        key_file.touch(mode=0o600)
        key_file.write_text(secrets.token_urlsafe(32))
    key = key_file.read_text().strip()
    if not key:
        raise StartFailed(f"{key_file} is empty: remove it, and a key is made")
    return key


async def _proxy_refuses(listen: Endpoint) -> bool:
    through = f"http://{listen.host}:{listen.port}"
    try:
        async with httpx.AsyncClient(proxy=through, trust_env=False, timeout=2) as client:
            return (await client.get(NOBODY)).status_code == httpx.codes.FORBIDDEN
    except httpx.HTTPError:
        return False
