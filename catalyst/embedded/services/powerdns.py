"""PowerDNS authoritative (Debian's `pdns-server`, gsqlite3), behind dnsdist, on a loopback port.

Its API key goes through a configuration file only its owner can read, never through argv.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

from catalyst.embedded.private_files import write_private
from catalyst.embedded.probes import http_ok
from catalyst.embedded.service import CannotStart, Service
from catalyst.embedded.state import StackState

_SCHEMA = Path("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql")
_MISSING = "PowerDNS is missing: apt-get install pdns-server pdns-backend-sqlite3"


def _home(state: StackState) -> Path:
    return state.state_dir / "powerdns"


def _database(state: StackState) -> Path:
    return _home(state) / "zones.sqlite3"


def _config_dir(state: StackState) -> Path:
    return state.config_dir / "powerdns"


def primary_nameserver() -> str:
    """The first of `CATALYST_NAMESERVERS` (as in settings): the MNAME of every zone's SOA."""
    names = os.environ.get("CATALYST_NAMESERVERS", "").replace(",", " ").split()
    return names[0].rstrip(".") if names else "ns1.openova.io"


def _program() -> str:
    # Debian keeps it in /usr/sbin, which is not on everybody's PATH.
    program = shutil.which("pdns_server") or shutil.which("pdns_server", path="/usr/sbin")
    if program is None or not _SCHEMA.exists():
        raise CannotStart(_MISSING)
    return program


def _prepare(state: StackState) -> None:
    _program()
    _home(state).mkdir(mode=0o700, exist_ok=True)
    _config_dir(state).mkdir(mode=0o700, exist_ok=True)
    if not _database(state).exists():
        _create_database(_database(state))
    settings = _settings(state)
    write_private(
        _config_dir(state) / "pdns.conf",
        "".join(f"{name}={text}\n" for name, text in settings.items()),
    )


def _create_database(path: Path) -> None:
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    connection = sqlite3.connect(new)
    try:
        connection.executescript(_SCHEMA.read_text())
    finally:
        connection.close()
    new.rename(path)


def _settings(state: StackState) -> dict[str, str]:
    return {
        "launch": "gsqlite3",
        "gsqlite3-database": str(_database(state)),
        "gsqlite3-dnssec": "yes",
        "gsqlite3-pragma-synchronous": "1",
        "gsqlite3-pragma-foreign-keys": "yes",
        "local-address": "127.0.0.1",
        "local-port": str(state.ports["powerdns_dns"]),
        # Only dnsdist asks here, and says for whom.
        "proxy-protocol-from": "127.0.0.1",
        "socket-dir": str(state.run_dir),
        "daemon": "no",
        "write-pid": "no",
        "guardian": "no",
        "disable-syslog": "yes",
        "loglevel": "4",
        "webserver": "yes",
        "webserver-address": "127.0.0.1",
        "webserver-port": str(state.ports["powerdns"]),
        "webserver-allow-from": "127.0.0.1",
        "webserver-loglevel": "none",
        "api": "yes",
        "api-key": state.powerdns_api_key or "",
        "disable-axfr": "yes",
        "version-string": "anonymous",
        # The stock MNAME is a.misconfigured.dns.server.invalid.
        "default-soa-content": f"{primary_nameserver()} hostmaster.@ 0 10800 3600 604800 300",
        # A signed zone's serial moves with its signatures, so that caches see re-signing.
        "default-soa-edit-signed": "INCEPTION-EPOCH",
        "enable-lua-records": "yes",
        "lua-health-checks-interval": "1",
        "lua-health-checks-expire-delay": "30",
        "default-ttl": "300",
        "receiver-threads": "1",
        "distributor-threads": "1",
        "max-tcp-connections": "100",
    }


def _answers(state: StackState) -> bool:
    return http_ok(
        f"{state.powerdns_url}/api/v1/servers/localhost",
        headers={"X-API-Key": state.powerdns_api_key or ""},
    )


SERVER = Service(
    name="powerdns",
    ports=("powerdns", "powerdns_dns"),
    argv=lambda state: [_program(), f"--config-dir={_config_dir(state)}"],
    prepare=_prepare,
    probe=_answers,
    where=lambda state: f"API 127.0.0.1:{state.ports['powerdns']}",
)
