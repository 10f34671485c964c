"""Search answers the same from rows and chunks, in any case, page by page, to who may read."""

from __future__ import annotations

import time

import pytest
from django.test import Client

from catalyst.eventlog.compaction import compact
from catalyst.eventlog.search import Wanted, search
from catalyst.eventlog.services import Line, append, finish

pytestmark = pytest.mark.django_db(transaction=True)
LOG = "test:reader@example.com"
LINES = [
    Line("Server CREATED", phase="apply"),
    Line("a\nb 100% of _it_", phase="apply", level="warn"),
    Line('say "no" \\ Zürich مرحبا', phase="tls", level="error", source="created"),
    Line("nothing", phase="tls", data={"text": "created", "level": "error"}),
]


@pytest.fixture(params=["rows", "chunks"])
def log(request: pytest.FixtureRequest) -> str:
    append(LOG, LINES)
    if request.param == "chunks":
        finish(LOG)
        assert compact(LOG) == 1
    return LOG


@pytest.mark.parametrize(
    ("wanted", "seqs"),
    [
        (Wanted("created"), [1]),  # in the text, not in source or data
        (Wanted("ZÜRICH"), [3]),
        (Wanted("مرحبا"), [3]),
        (Wanted('"NO" \\'), [3]),
        (Wanted("nb"), []),  # the `n` of an escaped line feed is no letter
        (Wanted("a\nb"), [2]),
        (Wanted("100%"), [2]),
        (Wanted("_it_"), [2]),
        (Wanted("%"), [2]),
        (Wanted(level="warn"), [2, 3]),
        (Wanted("o", phase="tls"), [3, 4]),
        (Wanted("o", phase="tls", level="error"), [3]),
        (Wanted("", phase="t"), []),
    ],
)
def test_given_a_question_when_asked_then_exactly_the_lines_that_match(
    log: str, wanted: Wanted, seqs: list[int]
) -> None:
    found = search(log, wanted)
    assert [entry["seq"] for entry in found.entries] == seqs
    assert (found.count, found.next, found.scanned_to) == (len(seqs), None, 4)


def test_given_more_matches_than_a_page_when_asked_on_then_each_once_and_counted(log: str) -> None:
    seen: list[int] = []
    after: int | None = 0
    counts = []
    while after is not None:
        found = search(log, Wanted("n"), after=after, limit=1)
        seen += [entry["seq"] for entry in found.entries]
        counts.append(found.count)
        after = found.next
    assert seen == [3, 4]
    assert counts == [2, 1]


@pytest.mark.parametrize("packed", [False, True], ids=["rows", "chunks"])
def test_given_100_000_lines_when_searched_then_one_look_is_enough_and_short(packed: bool) -> None:
    for start in range(0, 100_000, 5_000):
        append(LOG, [Line(f"tofu says line {start + n} of many words") for n in range(5_000)])
    if packed:
        finish(LOG)
        compact(LOG)
    began, cpu = time.monotonic(), time.process_time()
    found = search(LOG, Wanted("LINE 99999 "))
    took, cpu = time.monotonic() - began, time.process_time() - cpu
    assert [entry["seq"] for entry in found.entries] == [100_000]
    assert found.next is None
    print(f"search of 100,000 lines: {took:.2f} s, {cpu:.2f} s of them here")
    assert cpu < 0.5  # what other programs on this machine take is not our promise


def test_given_the_page_when_asked_by_reader_and_stranger_then_as_the_log_itself(
    log: str, person, log_in
) -> None:
    reader = log_in(person())
    query = {"q": "created", "level": "info", "phase": "apply"}
    answer = reader.get(f"/log/{log}/matches", query)
    assert answer.json()["ranges"] == [1, 1]
    assert [e["seq"] for e in reader.get(f"/log/{log}/page", query).json()["entries"]] == [1]
    assert Client().get(f"/log/{log}/matches", {"q": "x"}).status_code == 403
    stranger = log_in(person("other@example.com"))
    assert stranger.get(f"/log/{log}/matches", {"q": "x"}).status_code == 404


@pytest.mark.parametrize("query", [{"level": "loud"}, {"after": "-1"}, {"q": "x" * 201}])
def test_given_a_question_that_cannot_be_asked_then_422(
    person, log_in, query: dict[str, str]
) -> None:
    assert log_in(person()).get(f"/log/{LOG}/matches", query).status_code == 422


def test_given_a_null_character_when_asked_for_then_an_answer(log: str, person, log_in) -> None:
    answer = log_in(person()).get(f"/log/{log}/matches", {"q": "cre\0ated", "phase": "a\0"})
    assert answer.status_code == 200
