"""What a laptop stack decided once and keeps: its ports, its public range and its secrets.

Pure standard library, so that Django's settings can import it. It must never start a program,
talk to the network or log a secret; `stack.json` holds none, the files in `secrets/` (0600) do.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, Self

from catalyst.embedded.addresses import Addresses
from catalyst.embedded.document import edit, read_document
from catalyst.embedded.names import PORT_NAMES, SECRETS
from catalyst.embedded.ports import choose_port
from catalyst.embedded.private_files import create_private, read_private

BASE_DIR = Path(__file__).resolve().parents[2]


def default_state_dir() -> Path:
    """`CATALYST_STATE_DIR`, or `.catalyst/` in the checkout."""
    return Path(os.environ.get("CATALYST_STATE_DIR") or BASE_DIR / ".catalyst").resolve()


@dataclass(frozen=True, slots=True)
class StackState(Addresses):
    """A snapshot of one stack's decisions. What was not decided yet reads as `None`."""

    state_dir: Path
    ports: dict[str, int] = field(default_factory=dict)
    range: IPv4Network | None = None
    secrets: dict[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, state_dir: Path | None = None) -> Self:
        """Read what is on disk; creates nothing. A stack never started gives all `None`."""
        root = (state_dir or default_state_dir()).resolve()
        document = read_document(root)
        chosen = document.get("public_range")
        return cls(
            state_dir=root,
            ports={name: int(port) for name, port in document.get("ports", {}).items()},
            range=IPv4Network(chosen) if chosen else None,
            secrets={
                name: text
                for name in SECRETS
                if (text := read_private(root / "secrets" / name)) is not None
            },
        )

    @classmethod
    def ensure(cls, state_dir: Path | None = None, *, ports: Iterable[str] = ()) -> Self:
        """Create the folders, every secret and the named ports that are missing.

        Safe to call from several processes at once. Raises `KeyError` for a port name that is not
        in `PORT_NAMES`.
        """
        root = (state_dir or default_state_dir()).resolve()
        _make_folders(root)
        for name, make in SECRETS.items():
            create_private(root / "secrets" / name, make())
        with edit(root) as document:
            for name in ports:
                _ensure_port(document, name, lambda _: True)
        return cls.load(root)

    def rechoose_taken_ports(
        self, names: Iterable[str], *, free: Callable[[int], bool]
    ) -> StackState:
        """Keep the named ports that `free` accepts and choose new ones for the others."""
        with edit(self.state_dir) as document:
            for name in names:
                _ensure_port(document, name, free)
        return StackState.load(self.state_dir)

    def remember_range(self, public_range: IPv4Network) -> StackState:
        """Keep the /24 that this stack's local internet lives in."""
        with edit(self.state_dir) as document:
            document["public_range"] = str(public_range)
        return StackState.load(self.state_dir)

    # --- folders ---------------------------------------------------------------------------------

    @property
    def run_dir(self) -> Path:
        return self.state_dir / "run"

    @property
    def log_dir(self) -> Path:
        return self.state_dir / "logs"

    @property
    def config_dir(self) -> Path:
        """Generated configuration, 0600 in a 0700 folder: it may name secrets."""
        return self.state_dir / "config"

    @property
    def secrets_dir(self) -> Path:
        return self.state_dir / "secrets"

    @property
    def acme_dir(self) -> Path:
        return self.state_dir / "acme"

    @property
    def trust_dir(self) -> Path:
        """What the local certificate authority leaves for its clients to trust."""
        return self.acme_dir / "ca"

    # --- PostgreSQL and Redis --------------------------------------------------------------------

    @property
    def postgres_url(self) -> str | None:
        """The owner's: migrations and the command line; may create databases (tests do)."""
        return self._postgres("catalyst", "postgres-catalyst", "catalyst")

    @property
    def app_postgres_url(self) -> str | None:
        """What web and workers are: owns nothing, and may only add to the audit."""
        return self._postgres("catalyst_app", "postgres-app", "catalyst")

    @property
    def tofu_postgres_url(self) -> str | None:
        """State backend of OpenTofu, whose driver (lib/pq) asks for TLS unless told otherwise."""
        url = self._postgres("catalyst_tofu", "postgres-tofu", "catalyst_tofu")
        return f"{url}?sslmode=disable" if url else None

    @property
    def machines_postgres_url(self) -> str | None:
        """Role with which the local cloud makes a role and a database for each machine."""
        return self._postgres("catalyst_machines", "postgres-machines", "postgres")

    @property
    def postgres_superuser_url(self) -> str | None:
        return self._postgres("postgres", "postgres-superuser", "postgres")

    @property
    def redis_url(self) -> str | None:
        password, port = self.secrets.get("redis"), self.ports.get("redis")
        return f"redis://:{password}@127.0.0.1:{port}/0" if password and port else None

    # --- names, certificates, the way out --------------------------------------------------------

    @property
    def public_range(self) -> str | None:
        return str(self.range) if self.range else None

    @property
    def resolver(self) -> str | None:
        """Address of the validating resolver (port 53)."""
        return self._address(4)

    @property
    def nameservers(self) -> tuple[str, ...]:
        """Addresses of ns1, ns2, ns3 (port 53), or nothing before the range is chosen."""
        return tuple(str(self.range[last]) for last in (53, 54, 55)) if self.range else ()

    @property
    def powerdns_url(self) -> str | None:
        return self._http("powerdns")

    @property
    def powerdns_api_key(self) -> str | None:
        return self.secrets.get("powerdns-api")

    @property
    def acme_directory(self) -> str | None:
        port = self.ports.get("acme")
        return f"https://127.0.0.1:{port}/dir" if port else None

    @property
    def ca_bundle(self) -> Path | None:
        """PEM bundle with pebble's root; `None` until the certificate authority has written it."""
        path = self.trust_dir / "bundle.pem"
        return path if path.exists() else None

    @property
    def chromium_home(self) -> Path:
        """A HOME for Chromium whose certificate database trusts pebble's root."""
        return self.trust_dir / "chromium-home"

    @property
    def proxy_url(self) -> str | None:
        return self._http("proxy")

    @property
    def registry_url(self) -> str | None:
        """Where a domain's name servers and DS records are registered with its TLD."""
        return self._http("registry")

    @property
    def registry_key(self) -> str | None:
        return self.secrets.get("registry")


def _make_folders(root: Path) -> None:
    # The root can be traversed: PostgreSQL runs as a user of its own when we are root.
    root.mkdir(mode=0o711, parents=True, exist_ok=True)
    for name in ("secrets", "config", "run", "logs"):
        (root / name).mkdir(mode=0o700, exist_ok=True)


def _ensure_port(document: dict[str, Any], name: str, free: Callable[[int], bool]) -> None:
    if name not in PORT_NAMES:
        raise KeyError(name)
    ports: dict[str, int] = document.setdefault("ports", {})
    if name in ports and free(ports[name]):
        return
    others = {port for other, port in ports.items() if other != name}
    ports[name] = choose_port(preferred=8080 if name == "web" else None, avoid=others)
