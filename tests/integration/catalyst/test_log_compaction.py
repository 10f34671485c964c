"""Finished logs become chunks, and nobody who reads, searches or verifies can tell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from catalyst.eventlog import chunks
from catalyst.eventlog.compaction import compact, compact_due
from catalyst.eventlog.search import Wanted, search
from catalyst.eventlog.services import Line, append, finish, read, reopen
from catalyst.eventlog.verification import Verified, verify
from catalyst.models import Chunk, Entry, Stream
from tests.integration.catalyst.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)
LOG = "test:reader@example.com"


def write(count: int, word: str = "line") -> None:
    lines = [Line(f'{word} {n} "é"\n', phase=f"p{n % 2}", data={"n": n}) for n in range(count)]
    append(LOG, lines)


def end() -> None:
    with transaction.atomic():
        finish(LOG)


def everything(limit: int = 500) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while entries := read(LOG, after=len(found), limit=limit).entries:
        found += entries
    return found


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "MOST_LINES", 50)


@pytest.mark.usefixtures("small_chunks")
def test_given_a_finished_log_when_packed_then_every_way_of_reading_gives_the_same() -> None:
    write(120)
    end()
    pages, whole = everything(), read(LOG, limit=500)
    question = Wanted("NE 11", phase="p1")
    matches = search(LOG, question)
    assert compact(LOG) == 3
    assert not Entry.objects.exists()
    assert everything() == everything(limit=7) == pages
    page = read(LOG, after=115)
    assert ([e["seq"] for e in page.entries], page.chain) == (
        [116, 117, 118, 119, 120],
        whole.chain,
    )
    assert search(LOG, question) == matches
    assert matches.count == 6
    assert verify(LOG) == Verified(complete=True, chain_ok=True, last_seq=120)


@pytest.mark.usefixtures("small_chunks")
def test_given_a_packed_log_when_reopened_then_it_goes_on_after_its_chunks() -> None:
    write(70)
    end()
    compact(LOG)
    reopen(LOG)
    write(70, "again")
    assert compact(LOG) == 0  # not finished
    assert [entry["seq"] for entry in everything()] == list(range(1, 141))
    assert search(LOG, Wanted("again")).count == 70
    assert verify(LOG).whole
    end()
    assert compact(LOG) == 2
    assert [entry["seq"] for entry in everything()] == list(range(1, 141))
    assert verify(LOG) == Verified(complete=True, chain_ok=True, last_seq=140)


def test_given_finished_logs_when_a_round_comes_then_only_those_that_rested_are_packed() -> None:
    write(3)
    append("test:young", [Line("x")])
    append("test:running", [Line("x")])
    end()
    with transaction.atomic():
        finish("test:young")
    assert compact_due() == 0
    Stream.objects.filter(subject=LOG).update(compact_at=timezone.now() - timedelta(seconds=1))
    assert compact_due() == 1
    assert compact_due() == 0
    assert set(Entry.objects.values_list("stream__subject", flat=True)) == {
        "test:young",
        "test:running",
    }
    append(LOG, [Line("late")])  # a line after the end: packed in its turn
    Stream.objects.filter(subject=LOG).update(compact_at=timezone.now())
    assert compact_due() == 1
    assert [entry["text"] for entry in everything()][-1] == "late"


@pytest.mark.usefixtures("small_chunks")
def test_given_readers_and_packers_at_once_then_no_reader_sees_a_gap_and_nothing_is_doubled() -> (
    None
):
    write(1_000)
    end()

    def act(number: int) -> Any:
        if number < 2:
            return compact(LOG)
        return [[entry["seq"] for entry in everything(limit=30)] for _ in range(3)]

    answers = at_once(6, act)
    assert answers[0] + answers[1] == 20
    assert all(answer == [list(range(1, 1_001))] * 3 for answer in answers[2:])
    assert verify(LOG).whole


def _change_a_row() -> None:
    Entry.objects.filter(seq=5).update(text="changed")


def _drop_a_row() -> None:
    Entry.objects.filter(seq=5).delete()


def _change_a_chunk() -> None:
    end()
    compact(LOG)
    entries = everything()
    entries[4]["text"] = "changed"
    Chunk.objects.update(lines=chunks.pack(entries), chain="0" * 64)


@pytest.mark.parametrize(
    ("damage", "complete"),
    [(_change_a_row, True), (_drop_a_row, False), (_change_a_chunk, True)],
)
def test_given_a_damaged_log_when_verified_then_said_and_the_command_fails(
    damage: Callable[[], None], complete: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    write(10)
    call_command("log_verify")
    damage()
    assert verify(LOG) == Verified(complete=complete, chain_ok=False, last_seq=10)
    with pytest.raises(SystemExit):
        call_command("log_verify", LOG)
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("10 lines, complete, hash ok")
    assert second.endswith("HASH DIFFERS")


def test_given_a_log_with_a_hole_when_packed_then_left_as_it_is() -> None:
    write(10)
    end()
    _drop_a_row()
    assert compact(LOG) == 0
    assert Entry.objects.count() == 9
    assert Stream.objects.get().compact_at is None
