"""Killed between any two steps: no secret is lost, none stays for ever, none deleted is readable.

The process that is killed is held at one place by a lock of ours, which PostgreSQL shows.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction

from catalyst.models import Destruction, OutboxItem, SealedSecret
from catalyst.problem import NotFound
from catalyst.vault import gate, keys, lasting, rotation, sweeping
from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from tests.fault.catalyst.processes import Process, process
from tests.integration.catalyst.vault.conftest import OWNER, Use
from tests.integration.catalyst.vault.values import content, path_of, remove, work
from tests.integration.internet.running import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("vault")]
IMPORTS = """
from pathlib import Path
from django.db import transaction
from catalyst.vault import keeping, rotation, sweeping
from catalyst.vault import services as vault
from catalyst.vault.models import SealedSecret
from catalyst.vault.secret import Secret
"""
WAITS = """
SELECT 1 FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@pytest.fixture(autouse=True)
def _kept_in_openbao(use: Use, root: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    use("openbao")
    for path in keys.values().paths():
        remove(root, path)
    monkeypatch.setattr(sweeping, "AGE", timedelta(seconds=-5))


def put(text: str) -> str:
    return vault.put(purpose="test", secret=Secret(text), owner=OWNER)


@contextmanager
def running(code: str) -> Iterator[Process]:
    """With the vault's settings of this test."""
    env = settings.CATALYST
    given = {
        "vault": env.vault,
        "openbao_address": env.openbao_address,
        "openbao_role_id": env.openbao_role_id,
        "openbao_secret_id_file": str(env.openbao_secret_id_file),
    }
    same = f"""
given = {given!r}
given["openbao_secret_id_file"] = Path(given["openbao_secret_id_file"])
settings.CATALYST = settings.CATALYST.model_copy(update=given)
"""
    with process(IMPORTS + same + code) as started:
        yield started


def kill(it: Process) -> None:
    it.signal(signal.SIGKILL)
    it.popen.wait(timeout=30)


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(WAITS)
        return cursor.fetchone() is not None


def nobody_writes(path: str) -> bool:
    """PostgreSQL has seen that the process is gone."""
    with transaction.atomic():
        return not gate.is_on_its_way(path)


PUT = f"""
with transaction.atomic():
    reference = vault.put(purpose="test", secret=Secret("mine"), owner={OWNER!r})
    say(SealedSecret.objects.get(pk=reference).path)
    sys.stdin.readline()
say(reference)
"""


def test_given_a_value_written_when_killed_before_the_commit_then_the_sweep_ends_it(
    root: Any,
) -> None:
    with running(PUT) as it:
        path = it.line()
        assert sweeping.sweep() == 0, "it may still commit"
        kill(it)
    until(lambda: nobody_writes(path))
    assert sweeping.sweep() == 1
    work()
    assert content(root, path) is None


def test_given_a_value_on_its_way_when_swept_meanwhile_then_it_is_there_after_the_commit() -> None:
    with running(PUT) as it:
        it.line()
        assert sweeping.sweep() == 0
        it.tell("go on")
        reference = it.line()
    assert sweeping.sweep() == 0
    assert vault.get(reference).reveal() == "mine"


def test_given_a_deletion_when_killed_before_the_commit_then_the_secret_is_there() -> None:
    reference = put("mine")
    code = f"""
with transaction.atomic():
    vault.delete({reference!r})
    say("deleted")
    sys.stdin.readline()
"""
    with running(code) as it:
        it.line()
        kill(it)
    work()
    assert vault.get(reference).reveal() == "mine"


def test_given_a_value_destroyed_when_killed_before_it_was_noted_then_it_is_noted_later(
    root: Any,
) -> None:
    reference = put("mine")
    path = path_of(reference)
    vault.delete(reference)
    with pytest.raises(NotFound):
        vault.get(reference)
    with transaction.atomic():
        Destruction.objects.select_for_update().get(path=path)
        with running(f"sweeping.destroy({path!r})") as it:
            until(somebody_waits)
            assert content(root, path) is None
            kill(it)
    assert not vault.is_destroyed(reference), "nobody has noted it"
    assert OutboxItem.objects.filter(done_at__isnull=True).count() == 1
    work()
    assert vault.is_destroyed(reference)


def test_given_records_that_move_when_killed_before_the_commit_then_all_open_and_the_next_one_ends(
    use: Use, root: Any
) -> None:
    lasting.keep_all()
    use("envelope", openbao_address="")
    references = {put(text): text for text in ("one", "two", "three")}
    use("openbao")
    known = set(keys.values().paths())
    code = 'list(rotation.rotate(actor="test"))\nsay("whole")'
    with transaction.atomic(), connection.cursor() as cursor:
        # Its values are written; the batch's place in the audit is what it cannot write.
        cursor.execute("LOCK TABLE audit_event IN EXCLUSIVE MODE")
        with running(code) as it:
            until(somebody_waits)
            left = set(keys.values().paths()) - known
            kill(it)
    assert len(left) == len(references)
    assert not SealedSecret.objects.filter(pk__in=references).exclude(path="").exists()
    assert {it: vault.get(it).reveal() for it in references} == references

    with running(code) as it:
        assert it.line() == "whole"
    assert {it: vault.get(it).reveal() for it in references} == references
    assert rotation.out_of_place() == 0
    assert sweeping.sweep() == len(left)
    work()
    assert sweeping.check().whole
