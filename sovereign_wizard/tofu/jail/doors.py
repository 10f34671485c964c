"""Where tofu must get to: the provider's endpoint and the database of its state, nothing else.

Names are answered by a hosts file inside, so no question about a name leaves the jail either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from psycopg.conninfo import conninfo_to_dict

from sovereign_wizard.tofu.jail.child import Door

# What the provider asks when it is told no other endpoint.
HETZNER = "https://api.hetzner.cloud/v1"
POSTGRES_PORT = "5432"
_PORTS = {"https": 443, "http": 80}
# Loopback, so that it is there without being made; out of the way of 127.0.0.x.
_NAMES = "127.77.0.{}"


@dataclass(frozen=True, slots=True)
class Doors:
    """`hosts`: what /etc/hosts says inside. `sockets`: folders of PostgreSQL's local sockets."""

    doors: tuple[Door, ...]
    hosts: str
    sockets: tuple[Path, ...]


def of(environment: Mapping[str, str]) -> Doors:
    """The doors that this environment of tofu asks for."""
    hosts, doors, sockets = ["127.0.0.1 localhost"], [], []
    for host, port in (_endpoint(environment), *_databases(environment)):
        if host.startswith("/"):
            sockets.append(Path(host))
            continue
        try:
            inside = str(ip_address(host))
        except ValueError:
            inside = "127.0.0.1" if host == "localhost" else _NAMES.format(len(hosts))
            hosts.append(f"{inside} {host}")
        door = Door(inside, port, host, port)
        if door not in doors:
            doors.append(door)
    return Doors(tuple(doors), "\n".join(dict.fromkeys(hosts)) + "\n", tuple(sockets))


def _endpoint(environment: Mapping[str, str]) -> tuple[str, int]:
    address = urlsplit(environment.get("HCLOUD_ENDPOINT", HETZNER))
    return address.hostname or "", address.port or _PORTS[address.scheme]


def _databases(environment: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    if dsn := environment.get("PG_CONN_STR"):
        found = conninfo_to_dict(dsn)
        hosts = str(found.get("host") or "localhost").split(",")
        ports = str(found.get("port") or POSTGRES_PORT).split(",")
        for number, host in enumerate(hosts):
            yield host, int(ports[number if len(ports) > 1 else 0])
