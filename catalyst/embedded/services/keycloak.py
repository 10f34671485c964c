"""Keycloak, which says who people are: the realm `catalyst` in our PostgreSQL, on loopback.

Its program is shared and was built once (infra/tools); what it writes lies in a home of this stack,
whose program folders are links. Its secrets are in that home's `keycloak.conf` and in the realm's
file, 0600 both.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from catalyst.embedded import profile
from catalyst.embedded.private_files import write_private
from catalyst.embedded.probes import http_ok
from catalyst.embedded.programs import program
from catalyst.embedded.realm import document
from catalyst.embedded.service import Service
from catalyst.embedded.state import StackState

# Quick to start and small: one that serves a few people needs no code compiled for long runs.
_JAVA = (
    "-Xms64m -Xmx320m -XX:MaxMetaspaceSize=256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "
    "-XX:+ExitOnOutOfMemoryError -Dfile.encoding=UTF-8 -Djava.security.egd=file:/dev/urandom"
)
_SHARED = ("lib", "providers", "themes")


def _home(state: StackState) -> Path:
    return state.state_dir / "keycloak"


def _prepare(state: StackState) -> None:
    shared = program("keycloak").parents[1]
    home = _home(state)
    for folder in ("", "conf", "data", "data/import"):
        (home / folder).mkdir(mode=0o700, exist_ok=True)
    for name in _SHARED:
        link = home / name
        link.unlink(missing_ok=True)
        link.symlink_to(shared / name)
    settings = _settings(state)
    write_private(
        home / "conf" / "keycloak.conf",
        "".join(f"{name}={text}\n" for name, text in settings.items()),
    )
    realm = document.realm(
        public_url=state.web_url or "",
        client_secret=state.oidc_client_secret or "",
        smtp_port=state.ports["smtp"],
    )
    write_private(home / "data/import" / f"{document.REALM}-realm.json", json.dumps(realm))


def _settings(state: StackState) -> dict[str, str]:
    """https://www.keycloak.org/server/all-config; the first two as it was built."""
    return {
        "db": "postgres",
        "health-enabled": "true",
        "db-url-host": "127.0.0.1",
        "db-url-port": str(state.ports["postgres"]),
        "db-url-database": "keycloak",
        "db-username": "keycloak",
        "db-password": state.keycloak_postgres_password or "",
        "db-pool-max-size": "20",
        "hostname": state.keycloak_url or "",
        "http-enabled": "true",
        "http-host": "127.0.0.1",
        "http-port": str(state.ports["keycloak"]),
        "http-management-port": str(state.ports["keycloak_management"]),
        "cache": "local",
        "log-level": "info,io.smallrye.health:error",  # it would tell of each "not yet"
        "bootstrap-admin-username": "admin",
        "bootstrap-admin-password": state.keycloak_admin_password or "",
    }


def _argv(state: StackState) -> list[str]:
    return [
        str(program("keycloak")),
        "start",
        "--optimized",
        "--import-realm",
        f"-Dkc.home.dir={_home(state)}",
    ]


def _env(_state: StackState) -> Mapping[str, str]:
    return {"JAVA_OPTS": _JAVA}


def _answers(state: StackState) -> bool:
    return http_ok(f"http://127.0.0.1:{state.ports['keycloak_management']}/health/ready")


SCHEMA = Service(
    name="keycloak-schema",
    part_of="keycloak",
    needs=("databases",),
    argv=lambda _: [sys.executable, "-m", "catalyst.embedded.realm.schema"],
    wanted=profile.has_keycloak,
    run_once=True,
    late=True,
)
SERVER = Service(
    name="keycloak",
    needs=("keycloak-schema", "mailbox"),
    ports=("keycloak", "keycloak_management", "smtp", "web"),
    argv=_argv,
    prepare=_prepare,
    env=_env,
    probe=_answers,
    wanted=profile.has_keycloak,
    where=lambda state: f"{state.keycloak_url}/realms/{document.REALM}",
    late=True,
    deadline=300,  # the first start on a machine makes its tables
)
REALM = Service(
    name="keycloak-realm",
    part_of="keycloak",
    needs=("keycloak",),
    argv=lambda _: [sys.executable, "-m", "catalyst.embedded.realm"],
    wanted=profile.has_keycloak,
    run_once=True,
    late=True,
    deadline=60,
)
