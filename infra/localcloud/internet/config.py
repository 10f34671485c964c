"""The one configuration file of the local internet, checked before anything starts."""

import ipaddress
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEFAULT_TLDS = (
    "works",
    "io",
    "rest",
    "trade",
    "homes",
    "com",
    "net",
    "org",
    "bank",
    "om",
)
# sun_path of a unix socket, man 7 unix: 108 bytes with the closing NUL.
UNIX_PATH_LIMIT = 107
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


class InvalidConfig(ValueError):
    """The file is missing, is not JSON, or a value in it cannot be used; the text says which."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A TCP address that something listens on."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where the forward proxy listens, and which addresses outside the range it may reach."""

    listen: Endpoint
    allow: frozenset[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Registry:
    """Where the registry API listens; `key_file` holds the bearer, made (0600) when absent."""

    listen: Endpoint
    key_file: Path


@dataclass(frozen=True, slots=True)
class Acme:
    """Where pebble's files and the trust built from it live, and the two ports pebble serves on."""

    directory: Path
    directory_port: int
    management_port: int


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the local internet is told. `network` is the range that plays the internet."""

    path: Path
    state_dir: Path
    network: ipaddress.IPv4Network
    tlds: tuple[str, ...]
    cache_max_ttl: int
    proxy: Proxy
    registry: Registry
    acme: Acme | None

    @property
    def root_address(self) -> str:
        """Address of the root name server, port 53."""
        return str(self.network[2])

    @property
    def tld_address(self) -> str:
        """Address of the name server of all TLDs, port 53."""
        return str(self.network[3])

    @property
    def resolver_address(self) -> str:
        """Address of the validating resolver, port 53."""
        return str(self.network[4])

    @property
    def control_socket(self) -> Path:
        """The unix socket on which unbound takes orders."""
        return self.state_dir / "resolver" / "control"


def load(path: Path) -> Config:
    """Read and check the file; paths in it are relative to the file. Raises InvalidConfig."""
    try:
        raw = json.loads(path.read_text())
    except OSError as error:
        raise InvalidConfig(f"cannot read {path}: {error.strerror}") from error
    except json.JSONDecodeError as error:
        raise InvalidConfig(f"{path} is not JSON: {error}") from error
    base = path.resolve().parent
    try:
        config = Config(
            path=path.resolve(),
            state_dir=base / raw["state_dir"],
            network=_network(raw["range"]),
            tlds=_tlds(raw.get("tlds", DEFAULT_TLDS)),
            cache_max_ttl=int(raw.get("cache_max_ttl", 60)),
            proxy=Proxy(
                listen=_loopback(raw["proxy"]),
                allow=frozenset(_allowed(entry) for entry in raw["proxy"].get("allow", ())),
            ),
            registry=Registry(
                listen=_loopback(raw["registry"]),
                key_file=base / raw["registry"]["key_file"],
            ),
            acme=_acme(base, raw["acme"]) if "acme" in raw else None,
        )
    except KeyError as error:
        raise InvalidConfig(f"{path}: {error.args[0]} is missing") from error
    except (TypeError, AttributeError, ValueError) as error:
        raise InvalidConfig(f"{path}: {error}") from error
    # The longest of the sockets that PowerDNS and unbound make below it.
    socket = config.state_dir / "root" / "pdns.controlsocket"
    if len(str(socket)) > UNIX_PATH_LIMIT:
        raise InvalidConfig(
            f"{path}: state_dir is too long: {socket} is a unix socket and may have"
            f" {UNIX_PATH_LIMIT} characters at most"
        )
    return config


def _network(text: str) -> ipaddress.IPv4Network:
    network = ipaddress.IPv4Network(text)
    if network.num_addresses < 8:
        raise ValueError(f"range {text} is too small: .2, .3 and .4 are needed")
    return network


def _tlds(names: Any) -> tuple[str, ...]:
    if not isinstance(names, list | tuple) or not names:
        raise ValueError("tlds must be a list with at least one name")
    for name in names:
        if not isinstance(name, str) or not _LABEL.fullmatch(name):
            raise ValueError(f"tlds: {name!r} is not one lower-case DNS label")
    return tuple(dict.fromkeys(names))


def _port(value: Any) -> int:
    if not isinstance(value, int) or not 0 < value < 65536:
        raise ValueError(f"{value!r} is not a port")
    return value


def _loopback(raw: dict[str, Any]) -> Endpoint:
    host = str(raw["host"])
    # The registry can point every name anywhere and the proxy reaches every machine: neither is
    # for the neighbours on the network.
    if not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"{host} is not a loopback address")
    return Endpoint(host=host, port=_port(raw["port"]))


def _allowed(entry: str) -> tuple[str, int]:
    host, _, port = entry.rpartition(":")
    if not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"proxy.allow: {entry!r} is not LOOPBACK-ADDRESS:PORT")
    return host, _port(int(port))


def _acme(base: Path, raw: dict[str, Any]) -> Acme:
    return Acme(
        directory=base / str(raw["dir"]),
        directory_port=_port(raw["directory_port"]),
        management_port=_port(raw["management_port"]),
    )
