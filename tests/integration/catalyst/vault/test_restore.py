"""The restore drill: a dump and the keys make a new place; a dump without them tells no secret."""

from __future__ import annotations

import base64
import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

from catalyst.audit.sealing import seal
from catalyst.audit.services import record
from catalyst.embedded.openbao.__main__ import connect
from catalyst.embedded.private_files import write_private
from catalyst.embedded.services.postgres import programs
from catalyst.embedded.state import StackState
from catalyst.vault import keys
from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from tests.fault.catalyst.processes import process
from tests.integration.catalyst.vault.conftest import OWNER, Use
from tests.integration.catalyst.vault.values import path_of, remove, work
from tests.integration.embedded.running import RunningStack, short_folder, wait_until
from tests.plugins.backing_stack import STATE_DIR

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("vault"),
    pytest.mark.slow,
]

# A process in the new place: what it finds there, with the keys it was given.
NEW_PLACE = """
import json
from pathlib import Path
from catalyst.audit.sealing import verify
from catalyst.problem import Problem
from catalyst.vault import services as vault, sweeping
given = json.loads(sys.stdin.readline())
settings.CATALYST_VAULT_KEY = given["vault_key"]
if changes := given["openbao"]:
    changes["openbao_secret_id_file"] = Path(changes["openbao_secret_id_file"])
    settings.CATALYST = settings.CATALYST.model_copy(update=changes)
settings.DATABASES["default"]["NAME"] = given["database"]
found = {}
for reference in given["references"]:
    try:
        found[reference] = vault.get(reference).reveal()
    except Problem as problem:
        found[reference] = problem.type
try:
    report = sweeping.check()
    fits = {"missing": report.missing, "unknown": report.unknown}
except Problem as problem:
    fits = problem.type
verdict = verify()
say(json.dumps({"found": found, "whole": verdict.whole, "events": verdict.lines, "fits": fits}))
"""


class Dump:
    """A copy of the test's database as a file, and new databases from it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "dump"
        self._state = StackState.load(STATE_DIR)
        password, port = self._state.secrets["postgres-catalyst"], self._state.ports["postgres"]
        self._pass = write_private(folder / "pgpass", f"127.0.0.1:{port}:*:catalyst:{password}\n")
        self._made: list[str] = []
        name = str(connection.settings_dict["NAME"])
        self._run("pg_dump", "--format=custom", "--compress=none", f"--file={self.file}", name)

    def restored(self) -> str:
        """Name of a new database with all of it."""
        name = f"restored_{secrets.token_hex(4)}"
        with psycopg.connect(self._state.postgres_url or "", autocommit=True) as server:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        self._made.append(name)
        self._run("pg_restore", "--exit-on-error", f"--dbname={name}", str(self.file))
        return name

    def forget(self) -> None:
        with psycopg.connect(self._state.postgres_url or "", autocommit=True) as server:
            for name in self._made:
                drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
                server.execute(drop.format(sql.Identifier(name)))

    def _run(self, program: str, *words: str) -> None:
        place = ["--host=127.0.0.1", f"--port={self._state.ports['postgres']}"]
        subprocess.run(
            [programs() / program, *place, "--username=catalyst", "--no-password", *words],
            env={"PATH": os.environ["PATH"], "PGPASSFILE": str(self._pass)},
            check=True,
            timeout=120,
        )


@pytest.fixture
def kept() -> dict[str, str]:
    """Reference → secret, as an ordinary day makes them, each in the audit."""
    made = {}
    for number in range(3):
        with transaction.atomic():
            secret = f"canary-{number}-{secrets.token_urlsafe(18)}"
            owner = OWNER if number else ""
            reference = vault.put(purpose="test", secret=Secret(secret), owner=owner)
            record(actor="test", act="test.keep", object=f"secret:{reference}")
        made[reference] = secret
    while seal():
        pass
    return made


@pytest.fixture
def forgotten() -> Iterator[list[Dump]]:
    dumps: list[Dump] = []
    yield dumps
    for dump in dumps:
        dump.forget()


def look(database: str, references: Any, *, vault_key: str, openbao: Any = None) -> dict[str, Any]:
    """What a process with these keys finds in the new place."""
    given = {
        "database": database,
        "references": list(references),
        "vault_key": vault_key,
        "openbao": openbao or {},
    }
    with process(NEW_PLACE) as place:
        place.tell(json.dumps(given))
        found: dict[str, Any] = json.loads(place.line())
        return found


def fresh_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def test_given_a_dump_and_the_key_when_restored_then_all_opens_and_without_the_key_nothing(
    kept: dict[str, str], forgotten: list[Dump], tmp_path: Path
) -> None:
    dump = Dump(tmp_path)
    forgotten.append(dump)
    assert not [secret for secret in kept.values() if secret.encode() in dump.file.read_bytes()]
    database = dump.restored()

    with_key = look(database, kept, vault_key=settings.CATALYST_VAULT_KEY)
    assert with_key["found"] == kept
    assert with_key["whole"] and with_key["events"] >= len(kept)

    without = look(database, kept, vault_key=fresh_key())
    assert set(without["found"].values()) == {"vault-unsealable"}


def test_given_a_dump_and_an_older_copy_of_openbao_when_restored_then_all_opens_but_what_is_told(
    use: Use,
    bao: RunningStack,
    root: Any,
    request: pytest.FixtureRequest,
    forgotten: list[Dump],
    tmp_path: Path,
) -> None:
    use("openbao")
    for path in keys.values().paths():
        remove(root, path)
    kept = request.getfixturevalue("kept")
    ended = vault.put(purpose="test", secret=Secret("ended"), owner=OWNER)
    came_back = path_of(ended)
    copy = root.sys.take_raft_snapshot().content
    # Between the two backups one secret ends and one comes.
    vault.delete(ended)
    work()
    late = vault.put(purpose="test", secret=Secret("late"), owner=OWNER)
    dump = Dump(tmp_path)
    forgotten.append(dump)
    database = dump.restored()

    with short_folder() as folder:
        place = RunningStack(folder / "state")
        try:
            place.up("openbao", CATALYST_VAULT="openbao")
            here = {
                "vault": "openbao",
                "openbao_address": place.state.openbao_url,
                "openbao_role_id": "catalyst-worker",
                "openbao_secret_id_file": str(place.state.secrets_dir / "openbao-catalyst-worker"),
            }
            # A new OpenBao has a key of its own, which opens nothing of ours.
            found = look(database, kept, vault_key=fresh_key(), openbao=here)["found"]
            assert set(found.values()) == {"vault-unsealable"}

            _bring(copy, place)
            found = look(database, kept, vault_key=fresh_key(), openbao=here)["found"]
            assert set(found.values()) == {"vault-away"}, "it is sealed until its key is given"

            client = connect(place.state)
            client.sys.submit_unseal_key((bao.state.secrets_dir / "openbao-unseal-key").read_text())
            wait_until(lambda: client.sys.read_leader_status().get("is_self"))
            here["openbao_secret_id_file"] = str(bao.state.secrets_dir / "openbao-catalyst-worker")
            found = look(database, [*kept, ended, late], vault_key=fresh_key(), openbao=here)
            told = {ended: "not-found", late: "vault-unsealable"}
            assert found["found"] == {**kept, **told} and found["whole"]
            assert found["fits"] == {"missing": [late], "unknown": [came_back]}
        finally:
            place.end()


def _bring(copy: bytes, place: RunningStack) -> None:
    """Put the copy in the place of what a new OpenBao has; it seals itself then."""
    client = connect(place.state)
    client.token = (place.state.secrets_dir / "openbao-root-token").read_text()
    client.sys.force_restore_raft_snapshot(copy)
    wait_until(client.sys.is_sealed)
