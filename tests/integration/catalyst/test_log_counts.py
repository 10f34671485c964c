"""Numbers, places and pages of what matches: the same from rows and chunks, each line once."""

from __future__ import annotations

from collections import Counter

import pytest

from catalyst.eventlog import search as searching
from catalyst.eventlog.compaction import compact, pack_next
from catalyst.eventlog.counts import count, count_all
from catalyst.eventlog.models import Chunk
from catalyst.eventlog.search import Wanted, matches, search
from catalyst.eventlog.services import Line, append, finish, tail

pytestmark = pytest.mark.django_db(transaction=True)
LOG = "test:reader@example.com"
PHASES = ("plan", "tofu-apply")
LEVELS = ("info", "info", "warn", "info", "error")
LINES = [
    Line(f'"level": "error" n{n}', level=LEVELS[n % 5], phase=PHASES[n // 6]) for n in range(12)
]
KINDS = Counter((line.level, line.phase) for line in LINES)


@pytest.fixture(params=["rows", "chunks", "both"])
def log(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    append(LOG, LINES)
    if request.param != "rows":
        monkeypatch.setattr("catalyst.eventlog.chunks.MOST_LINES", 5)
        finish(LOG)
        packed = compact(LOG) if request.param == "chunks" else int(pack_next(LOG))
        assert Chunk.objects.count() == packed == (3 if request.param == "chunks" else 1)
    return LOG


def test_given_a_log_when_counted_then_every_line_once_by_level_and_phase(log: str) -> None:
    assert count_all(log) == KINDS
    assert count_all(log) == KINDS, "what is remembered says the same"
    assert count("test:nobody").of == []


@pytest.mark.parametrize(("after", "until"), [(0, 3), (2, 9), (7, 100), (11, 11), (20, 30)])
def test_given_a_part_of_a_log_when_counted_then_only_that(
    log: str, after: int, until: int
) -> None:
    kinds = Counter((line.level, line.phase) for line in LINES[after:until])
    assert count(log, after=after, until=until).of == [
        (*kind, n) for kind, n in sorted(kinds.items())
    ]


def test_given_looks_that_are_bounded_when_counted_on_then_the_same(
    log: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalyst.eventlog.counts.SCANNED", 5)
    assert count(log).next == 5
    assert count_all(log) == KINDS


def test_given_a_question_when_asked_for_places_then_runs_of_seqs(log: str) -> None:
    assert matches(log, Wanted(level="warn")).ranges == [3, 3, 5, 5, 8, 8, 10, 10]
    found = matches(log, Wanted(phase="tofu-apply"))
    assert (found.ranges, found.count, found.next) == ([7, 12], 6, None)
    assert matches(log, Wanted(phase="tofu-apply"), after=7, until=9).ranges == [8, 9]
    assert matches(log, Wanted("N1")).ranges == [2, 2, 11, 12]


def test_given_looks_that_are_bounded_when_asked_on_then_every_place_once(
    log: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "SCANNED", 4)
    ranges: list[int] = []
    after: int | None = 0
    while after is not None:
        look = matches(log, Wanted(phase="tofu-apply"), after=after, until=11)
        ranges += look.ranges
        after = look.next
    assert ranges == [7, 8, 9, 11], "cut where a look ended, no place twice"


def test_given_an_end_when_searched_then_nothing_behind_it_and_no_next(log: str) -> None:
    found = search(log, Wanted("n"), after=1, until=4)
    assert [entry["seq"] for entry in found.entries] == [2, 3, 4]
    assert found.next is None


def test_given_a_tail_then_the_newest_lines_or_none_but_always_the_end(log: str) -> None:
    page = tail(log, limit=2)
    assert [entry["seq"] for entry in page.entries] == [11, 12]
    far = tail(log, limit=9)  # begins in an earlier chunk, which ends before the end
    assert far.last_seq == 12 and far.chain == page.chain
    assert [entry["seq"] for entry in far.entries] in ([], list(range(4, 13)))


def test_given_addresses_when_asked_by_reader_and_stranger_then_as_the_log_itself(
    log: str, person, log_in
) -> None:
    reader, stranger = log_in(person()), log_in(person("other@example.com"))
    numbers = reader.get(f"/log/{log}/counts", {"until": "3"}).json()
    assert numbers["of"] == [["info", "plan", 2], ["warn", "plan", 1]]
    assert (numbers["scanned_to"], numbers["last_seq"], numbers["next"]) == (3, 12, None)
    assert numbers["began"].endswith("+00:00") and numbers["now"] > 1_700_000_000
    query = {"level": "error", "after": "5", "until": "11", "limit": "1"}
    page = reader.get(f"/log/{log}/page", query).json()
    assert [entry["seq"] for entry in page["entries"]] == [10]
    assert [e["seq"] for e in reader.get(f"/log/{log}/page", {"tail": "1"}).json()["entries"]] == [
        12
    ]
    for what in ("counts", "matches", "page", "lines"):
        assert stranger.get(f"/log/{log}/{what}").status_code == 404


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "501"}, {"until": "x"}, {"tail": "-1"}, {"level": "loud"}]
)
def test_given_a_question_that_cannot_be_asked_then_422(
    person, log_in, query: dict[str, str]
) -> None:
    assert log_in(person()).get(f"/log/{LOG}/page", query).status_code == 422
