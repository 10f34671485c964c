"""A PowerDNS of the local internet (root or TLDs): its files, its start, and its HTTP API.

The zones live in its own SQLite file, so keys and delegations survive a restart.
"""

import asyncio
import secrets
import sqlite3
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import httpx

from infra.localcloud.internet.addresses import free_port
from infra.localcloud.internet.child import Child
from infra.localcloud.internet.zones import RRset

START_SECONDS = 10.0
SCHEMA = Path("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql")


class NotInstalled(Exception):
    """A program of the local internet is missing; the text says which package has it."""


class StartFailed(Exception):
    """A program did not answer in time; the text names its log."""


class NameServer:
    """One supervised pdns_server on `address`:53. One writer of a zone at a time, please.

    Changes queue up here, of whichever zone: SQLite says "database is locked" at once to a second
    one that has read before it writes, as PowerDNS does.
    """

    def __init__(self, *, name: str, address: str, directory: Path, log_file: Path) -> None:
        self._address = address
        self._directory = directory
        self._key = secrets.token_urlsafe(24)
        self._port = 0
        self._log_file = log_file
        self._http = httpx.AsyncClient(
            headers={"X-API-Key": self._key}, timeout=10, trust_env=False
        )
        self._changing = asyncio.Lock()
        self.child = Child(name=name, prepare=self._prepare, log_file=log_file)

    async def start(self) -> None:
        """Start it and wait until its API answers. Raises StartFailed, NotInstalled."""
        await self.child.start()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                (await self._http.get(self._url(""))).raise_for_status()
                return
            except httpx.HTTPError:
                await asyncio.sleep(0.02)
        raise StartFailed(f"{self.child.name} does not answer; its log: {self._log_file}")

    async def stop(self) -> None:
        """Stop it and close its API client."""
        await self.child.stop()
        await self._http.aclose()

    async def rrsets(self, zone: str) -> tuple[RRset, ...] | None:
        """All sets of a zone, None when there is no such zone."""
        answer = await self._http.get(self._url(f"/zones/{_zone_id(zone)}"))
        if answer.status_code in (404, 422):
            return None
        answer.raise_for_status()
        return tuple(
            RRset(
                name=entry["name"],
                type=entry["type"],
                ttl=entry["ttl"],
                contents=tuple(record["content"] for record in entry["records"]),
            )
            for entry in answer.json()["rrsets"]
        )

    async def create(self, zone: str, rrsets: Iterable[RRset]) -> None:
        """Make a zone signed with one ECDSA P-256 key (PowerDNS' default: a CSK, algorithm 13)."""
        body = {
            "name": zone,
            "kind": "Native",
            "dnssec": True,
            "api_rectify": True,
            "nameservers": [],
            "rrsets": [_as_json(rrset) for rrset in rrsets],
        }
        async with self._changing:
            (await self._http.post(self._url("/zones"), json=body)).raise_for_status()

    async def write(self, zone: str, rrsets: Sequence[RRset]) -> None:
        """Replace these sets, or remove those without contents, all or nothing."""
        if not rrsets:
            return
        body = {"rrsets": [_as_json(rrset) for rrset in rrsets]}
        url = self._url(f"/zones/{_zone_id(zone)}")
        async with self._changing:
            (await self._http.patch(url, json=body)).raise_for_status()

    async def digests(self, zone: str) -> tuple[str, ...]:
        """The DS contents (SHA-256, digest type 2) of the zone's keys."""
        digests = (ds for key in await self.keys(zone) for ds in key.get("ds", ()))
        return tuple(ds for ds in digests if ds.split()[2] == "2")

    async def keys(self, zone: str) -> list[dict[str, Any]]:
        """The zone's keys in use as PowerDNS shows them, `dnskey` and `ds` among their members."""
        answer = await self._http.get(self._url(f"/zones/{_zone_id(zone)}/cryptokeys"))
        answer.raise_for_status()
        return [key for key in answer.json() if key["active"]]

    def _url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._port}/api/v1/servers/localhost{path}"

    async def _prepare(self) -> Sequence[str]:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = self._directory / "zones.sqlite3"
        if not database.exists():
            _create_database(database)
        # PowerDNS cannot serve its API on a unix socket; a port chosen at each start cannot clash.
        self._port = free_port()
        settings = {
            "launch": "gsqlite3",
            "gsqlite3-database": database,
            "gsqlite3-dnssec": "yes",
            "local-address": self._address,
            "local-port": 53,
            "socket-dir": self._directory,
            "daemon": "no",
            "guardian": "no",
            "api": "yes",
            "api-key": self._key,
            "webserver-address": "127.0.0.1",
            "webserver-port": self._port,
            "webserver-allow-from": "127.0.0.0/8",
            "webserver-loglevel": "none",
            "security-poll-suffix": "",
            # What the registry was told is what the next question gets.
            "cache-ttl": 0,
            "query-cache-ttl": 0,
            "negquery-cache-ttl": 0,
            "zone-cache-refresh-interval": 0,
            "receiver-threads": 1,
            "distributor-threads": 1,
            "loglevel": 4,
        }
        config = self._directory / "pdns.conf"
        config.touch(mode=0o600)
        config.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        return ["pdns_server", f"--config-dir={self._directory}"]


def _create_database(database: Path) -> None:
    if not SCHEMA.exists():
        raise NotInstalled("PowerDNS' SQLite schema is missing: apt install pdns-backend-sqlite3")
    # Under another name first: a half-made file must not be taken for a database later.
    unfinished = database.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    connection = sqlite3.connect(unfinished)
    try:
        connection.executescript(SCHEMA.read_text())
    finally:
        connection.close()
    unfinished.rename(database)


def _zone_id(zone: str) -> str:
    # https://doc.powerdns.com/authoritative/http-api/zone.html: the root's id is its name, escaped.
    return "=2E" if zone == "." else zone


def _as_json(rrset: RRset) -> dict[str, object]:
    return {
        "name": rrset.name,
        "type": rrset.type,
        "ttl": rrset.ttl,
        "changetype": "REPLACE" if rrset.contents else "DELETE",
        "records": [{"content": content, "disabled": False} for content in rrset.contents],
    }
