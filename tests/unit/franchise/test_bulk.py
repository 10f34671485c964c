"""Which rows were ticked; and pages by key keep their filters."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from catalyst.problem import Invalid
from franchise import bulk
from franchise.paging import Pager, pager


def ticked(*keys: str) -> list[int]:
    return bulk.chosen(RequestFactory().post("/", {"chosen": list(keys)}))


def test_given_rows_when_ticked_then_each_once_in_their_order() -> None:
    assert ticked("3", "1", "3") == [3, 1]


def test_given_nothing_when_ticked_then_said_so() -> None:
    with pytest.raises(bulk.NothingTicked):
        ticked()


@pytest.mark.parametrize("key", ["", "x", "-1", "1 OR 1=1", "٣", "9223372036854775808", "1.0"])
def test_given_what_is_no_row_when_ticked_then_refused(key: str) -> None:
    with pytest.raises(Invalid):
        ticked("1", key)


def test_given_more_rows_than_a_list_shows_when_ticked_then_refused() -> None:
    assert len(ticked(*map(str, range(bulk.MOST)))) == bulk.MOST
    with pytest.raises(Invalid):
        ticked(*map(str, range(bulk.MOST + 1)))


@pytest.mark.parametrize(
    ("query", "older", "there"),
    [
        ("", None, Pager()),
        ("?state=failed", 7, Pager(older="?state=failed&before=7")),
        ("?state=failed&before=9", 7, Pager("?state=failed", "?state=failed&before=7")),
        ("?before=9", None, Pager(newest="?")),
    ],
)
def test_given_a_list_when_paged_then_its_filters_go_along(
    query: str, older: int | None, there: Pager
) -> None:
    assert pager(RequestFactory().get(f"/list/{query}"), older) == there
