"""The chain: every committed event once, in order, and any change is found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from threading import Event, Thread

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from catalyst.audit.chain import hash_of, line_of, lines_after
from catalyst.audit.sealing import seal, verify
from catalyst.audit.services import record
from catalyst.models import AuditEvent, AuditPending, AuditSeal
from tests.integration.catalyst.racing import at_once

Act = Callable[..., AuditEvent]


def run(*words: str) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("audit", *words, stdout=out, stderr=err)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def as_owner(statement: str, *values: object, table: str = "audit_event") -> None:
    """What whoever owns the database can do after all: switch the triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@pytest.mark.django_db
def test_given_events_when_sealed_then_each_has_its_place_and_all_verify(act: Act) -> None:
    for number in range(5):
        act(number, after={"n": number, "words": "naïve ☃ \u202e", "deep": {"b": 1, "a": [1.5]}})
    assert seal() == 5
    assert seal() == 0
    assert not AuditPending.objects.exists()
    assert list(AuditSeal.objects.values_list("seq", flat=True)) == [1, 2, 3, 4, 5]
    act(6)
    seal()
    verdict = verify()
    assert verdict.whole and verdict.last == (6, AuditSeal.objects.get(seq=6).hash)
    assert run("verify")[0] == 0


@pytest.mark.django_db
def test_given_exported_lines_when_read_by_anybody_then_json_and_sha256_are_enough(
    act: Act, tmp_path: Path
) -> None:
    for number in range(4):
        act(number, before={"a": None}, after={"ü": "é", "z": 1, "a": True})
    seal()
    code, out, _ = run("export")
    previous = "0" * 64
    for expected, text in enumerate(out.splitlines(), start=1):
        line = json.loads(text)
        given = line.pop("hash")
        spelled = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(spelled.encode()).hexdigest() == given
        assert (line["seq"], line["previous"]) == (expected, previous)
        previous = given
    assert code == 0 and expected == 4
    file = tmp_path / "lines.jsonl"
    file.write_text(out)
    assert run("verify", "--file", str(file))[0] == 0
    file.write_text(out.replace('"n":', '"m":').replace("thing:2", "thing:9"))
    code, _, err = run("verify", "--file", str(file))
    assert code == 1 and "3 was changed" in err
    assert run("export", "--after", "3")[1] == out.splitlines(keepends=True)[3]


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["update", "delete"])
def test_given_a_seal_when_changed_or_deleted_then_the_database_refuses(
    act: Act, change: str
) -> None:
    act()
    seal()
    rows = AuditSeal.objects.filter(seq=1)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(hash="0" * 64) if change == "update" else rows._raw_delete("default")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("table", "statement", "said"),
    [
        (
            "audit_event",
            "UPDATE audit_event SET actor = 'y' WHERE object = 'thing:2'",
            "3 was changed",
        ),
        (
            "audit_event",
            """UPDATE audit_event SET after = '{"n": 7}' WHERE object = 'thing:1'""",
            "2 was changed",
        ),
        ("audit_seal", "DELETE FROM audit_seal WHERE seq = 3", "3 to 3 are missing"),
        ("audit_seal", "DELETE FROM audit_seal WHERE seq = 1", "1 lines are missing"),
        ("audit_pending", "DELETE FROM audit_pending", "1 events are neither sealed nor waiting"),
    ],
)  # fmt: skip
def test_given_a_row_changed_behind_our_back_when_verified_then_found(
    act: Act, table: str, statement: str, said: str
) -> None:
    for number in range(5):
        act(number)
    seal()
    act(99)
    as_owner(statement, table=table)
    code, _, err = run("verify")
    assert code == 1 and said in err


@pytest.mark.django_db
def test_given_the_whole_chain_made_anew_when_verified_then_only_a_head_kept_elsewhere_tells(
    act: Act,
) -> None:
    """Why there is a collector: with all rights and the code, everything fits again."""
    for number in range(3):
        act(number)
    seal()
    seq, digest = verify().last
    as_owner("UPDATE audit_event SET actor = 'nobody' WHERE object = 'thing:1'")
    previous = "0" * 64
    for row in AuditSeal.objects.select_related("event").order_by("seq"):
        previous = hash_of(line_of(row.event, seq=row.seq, previous=previous))
        as_owner(
            "UPDATE audit_seal SET hash = %s WHERE seq = %s", previous, row.seq, table="audit_seal"
        )
    assert run("verify")[0] == 0
    code, _, err = run("verify", "--head", f"{seq}:{digest}")
    assert code == 1 and "is not the line that was kept elsewhere" in err
    code, _, err = run("verify", "--head", f"9:{digest}")
    assert code == 1 and "9, kept elsewhere, is not there" in err


@pytest.mark.django_db(transaction=True)
def test_given_sealers_at_the_same_moment_when_done_then_one_chain_without_gaps(act: Act) -> None:
    for number in range(40):
        act(number)

    def some(number: int) -> int:
        if number < 4:
            return sum(seal() for _ in range(3))
        act(100 + number)
        return 0

    answers = at_once(6, some)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    seal()
    assert verify().whole and verify().last[0] == 42


@pytest.mark.django_db(transaction=True)
def test_given_an_act_that_commits_late_when_sealed_then_after_those_before_it_and_no_gap(
    act: Act,
) -> None:
    written, go_on = Event(), Event()

    def late() -> None:
        with transaction.atomic():
            record(actor="late", act="test.act", object="thing:late")
            written.set()
            go_on.wait(60)
        connection.close()

    thread = Thread(target=late)
    thread.start()
    assert written.wait(60)
    early = act(1)  # a later id that commits first
    assert seal() == 1
    go_on.set()
    thread.join()
    assert seal() == 1
    assert AuditSeal.objects.get(seq=2).event_id < early.pk
    assert verify().whole and len(list(lines_after())) == 2
