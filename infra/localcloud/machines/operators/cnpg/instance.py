"""What runs in a Cluster's Pod: makes the database once, then becomes PostgreSQL itself.

It is made in a folder beside and renamed when complete, so that a first start that was killed is
simply done again.
"""

import json
import logging
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from infra.localcloud.machines.operators.cnpg.made import (
    OPERATOR,
    OWNER_SECRET,
    RUN,
    SUPERUSER,
    TOLD,
    WORDS,
)

log = logging.getLogger(__name__)

_START_SECONDS, _LOOK_AGAIN_SECONDS = 60.0, 0.05
# In by socket: the Pod's own account. In by network: everybody by password.
_HBA = f"local all {SUPERUSER} trust\nhost all all all scram-sha-256\n"
_NETWORK = {"listen_addresses": "*"}
# Apart from RUN, where the Pod's probes look: it is not ready before it is complete.
_FIRST = f"{RUN}/first"


def _argv(data: Path, parameters: dict[str, str]) -> list[str]:
    settings = {
        # A laptop's disk is slow to sync; a power cut may cost its last commits, never its order.
        "synchronous_commit": "off",
        "unix_socket_directories": RUN,
        "log_timezone": "UTC",
        "timezone": "UTC",
        **parameters,
    }
    words = [word for name, text in settings.items() for word in ("-c", f"{name}={text}")]
    return ["postgres", "-D", str(data), *words]


def initialise(data: Path, told: dict[str, Any], password: str, operator: str) -> None:
    """`password`: the owner's; `operator`: that of the stand-in.

    Raises CalledProcessError, psycopg.Error."""
    fresh = data.with_name("pgdata.new")
    shutil.rmtree(fresh, ignore_errors=True)
    subprocess.run(
        [
            *("initdb", "--pgdata", fresh, "--username", SUPERUSER, "--no-sync"),
            *("--encoding", told["encoding"], "--no-instructions", "--auth", "trust"),
            *(f"--lc-collate={told['collate']}", f"--lc-ctype={told['ctype']}"),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    Path(_FIRST).mkdir(exist_ok=True)
    # Nobody gets in by network before it is complete.
    argv = _argv(fresh, {"listen_addresses": "", "unix_socket_directories": _FIRST})
    with subprocess.Popen(argv) as server:
        try:
            _fill(told, password, operator)
        finally:
            server.send_signal(signal.SIGINT)
    (fresh / "pg_hba.conf").write_text(_HBA)
    fresh.rename(data)


def _fill(told: dict[str, Any], password: str, operator: str) -> None:
    owner, database = (sql.Identifier(told[name]) for name in ("owner", "database"))
    with _connected("postgres") as connection:
        for role, rights, secret in (
            (told["owner"], "LOGIN", password),
            (OPERATOR, "LOGIN SUPERUSER", operator),
        ):
            # As a SCRAM verifier, so that not even the server's log could show the password.
            verifier = connection.pgconn.encrypt_password(
                secret.encode(), role.encode(), b"scram-sha-256"
            ).decode()
            statement = sql.SQL("CREATE ROLE {} {} PASSWORD {}")
            connection.execute(
                statement.format(sql.Identifier(role), sql.SQL(rights), sql.Literal(verifier))
            )
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
        for text in told["after"]:
            connection.execute(text)
    with _connected(told["database"]) as connection:
        for text in told["after_in_app"]:
            connection.execute(text)


def _connected(database: str) -> psycopg.Connection[Any]:
    """As soon as the server takes us."""
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            return psycopg.connect(host=_FIRST, dbname=database, user=SUPERUSER, autocommit=True)
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_LOOK_AGAIN_SECONDS)


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    data = Path(os.environ["PGDATA"])
    told = json.loads(Path(TOLD, "told.json").read_text())
    log.info("%s: PostgreSQL for the database %s", WORDS, told["database"])
    if not data.exists():
        passwords = (Path(OWNER_SECRET, "password"), Path(TOLD, "operator"))
        initialise(data, told, *(each.read_text() for each in passwords))
    argv = _argv(data, {**_NETWORK, **told["parameters"]})
    os.execvp(argv[0], argv)


if __name__ == "__main__":
    main()
