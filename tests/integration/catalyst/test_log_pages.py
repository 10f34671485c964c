"""The log without any script: pages, filters, search, permalinks; plain links and one form."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from catalyst.eventlog.compaction import compact
from catalyst.eventlog.services import Line, append, finish

pytestmark = pytest.mark.django_db(transaction=True)
LOG = "test:reader@example.com"
URL = f"/log/{LOG}/lines"


@pytest.fixture(params=["rows", "chunks"])
def reader(
    request: pytest.FixtureRequest, person, log_in, monkeypatch: pytest.MonkeyPatch
) -> Client:
    """The reader of a log with 450 lines; every hundredth is an error."""
    append(
        LOG,
        [
            Line(f"line <{n}>", phase="plan" if n < 300 else "apply", level=level_of(n))
            for n in range(1, 451)
        ],
    )
    if request.param == "chunks":
        monkeypatch.setattr("catalyst.eventlog.chunks.MOST_LINES", 130)
        finish(LOG)
        compact(LOG)
    return log_in(person())


def level_of(n: int) -> str:
    return "info" if n % 100 else "error"


def seqs(page: str) -> list[int]:
    return [int(seq) for seq in re.findall(r'<li id="L(\d+)"', page)]


def link(page: str, words: str) -> str | None:
    """Where the link leads whose words these are."""
    for attributes, inside in re.findall(r"<a ([^>]*)>(.*?)</a>", page, re.DOTALL):
        if re.sub(r"<[^>]*>", "", inside).strip() == words:
            return unescape(attributes.partition('href="')[2].partition('"')[0])
    return None


def walk(client: Client, start: str, words: str) -> list[int]:
    """All lines from this page on, by following one link."""
    seen: list[int] = []
    where: str | None = start
    for _ in range(10):
        page = client.get(where).content.decode()
        seen += seqs(page)
        where = link(page, words)
        if where is None:
            return seen
        where = URL + where if where.startswith("?") else where
    raise AssertionError("the pages do not end")


def test_given_no_question_then_the_newest_lines_and_links_to_all_others(reader: Client) -> None:
    page = reader.get(URL).content.decode()
    assert seqs(page) == list(range(251, 451))
    assert link(page, "Newer") is None
    assert walk(reader, URL + "?after=0", "Newer") == list(range(1, 451))
    older = walk(reader, URL, "Older")
    assert sorted(set(older)) == list(range(1, 451))


def test_given_text_of_a_program_then_it_is_text(reader: Client) -> None:
    page = reader.get(URL, {"line": "7"}).content.decode()
    assert "line &lt;7&gt;" in page and "line <7>" not in page


def test_given_a_permalink_then_the_lines_around_it_and_it_is_marked(reader: Client) -> None:
    page = reader.get(URL, {"line": "300"}).content.decode()
    assert seqs(page)[0] == 201 and 300 in seqs(page)
    assert re.search(r'id="L300" class="error linked"', page)
    assert f'href="{URL}?line=300#L300"' in page
    assert seqs(reader.get(URL, {"line": "9999"}).content.decode())[-1] == 450


def test_given_filters_then_only_what_fits_with_numbers_and_pages(reader: Client) -> None:
    page = reader.get(URL, {"level": "error"}).content.decode()
    assert seqs(page) == [100, 200, 300, 400]
    assert "Errors (4)" in page and "plan (299)" in page and "apply (151)" in page
    assert seqs(reader.get(URL, {"level": "error", "phase": "plan"}).content.decode()) == [100, 200]
    assert walk(reader, URL + "?phase=plan", "More") == list(range(1, 300))


def test_given_a_search_then_what_was_found_is_marked_and_the_field_keeps_it(
    reader: Client,
) -> None:
    page = reader.get(URL, {"q": "LINE <44"}).content.decode()
    assert seqs(page) == [44, *range(440, 450)]
    assert "<mark>line &lt;44</mark>" in page
    assert 'value="LINE &lt;44"' in page


def test_given_nothing_that_fits_then_it_says_so_and_leads_back(reader: Client) -> None:
    page = reader.get(URL, {"q": "nowhere"}).content.decode()
    assert "No line fits" in page and link(page, "Show all lines") == URL


def test_given_an_empty_log_then_it_says_so(person, log_in) -> None:
    page = log_in(person()).get(URL).content.decode()
    assert "No line here" in page


@pytest.mark.parametrize("query", [{"line": "x"}, {"after": "-1"}, {"level": "loud"}])
def test_given_a_question_that_cannot_be_asked_then_422(
    person, log_in, query: dict[str, str]
) -> None:
    assert log_in(person()).get(URL, query).status_code == 422
