"""Filters that a person keeps of a list: theirs alone, and never a way out of this site."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from catalyst.identity.models import Role, User
from franchise.backoffice import filters
from franchise.backoffice.models import SavedFilter

pytestmark = pytest.mark.django_db
LogIn = Callable[..., Client]
PAGE = "backoffice-mails"
LIST = "/backoffice/mails/"


def keep(client: Client, **changes: str):  # type: ignore[no-untyped-def]
    values = {"page": PAGE, "name": "Given up", "query": "state=failed&to=&before=7"}
    return client.post("/backoffice/filters/", {**values, **changes})


def test_given_a_filter_when_kept_then_it_stands_above_the_list_and_can_be_forgotten(
    seller: Client,
) -> None:
    answer = keep(seller)
    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}?state=failed")
    page = seller.get(f"{LIST}?state=failed").text
    assert 'aria-current="true"><bdi>Given up</bdi>' in page
    assert "Keep this filter" not in page
    kept = SavedFilter.objects.get()
    seller.post(f"/backoffice/filters/{kept.pk}/forget/")
    assert not SavedFilter.objects.exists()
    assert "Given up" not in seller.get(LIST).text


def test_given_a_filter_of_somebody_else_when_looked_for_then_as_if_there_were_none(
    seller: Client, log_in: LogIn
) -> None:
    keep(seller)
    kept = SavedFilter.objects.get()
    other = log_in(Role.OPERATOR)
    assert "Given up" not in other.get(LIST).text
    assert other.post(f"/backoffice/filters/{kept.pk}/forget/").status_code == 404
    assert SavedFilter.objects.exists()


def test_given_the_same_name_when_kept_again_then_it_takes_the_others_place(seller: Client) -> None:
    keep(seller)
    keep(seller, query="state=sent")
    assert [kept.query for kept in SavedFilter.objects.all()] == ["state=sent"]


@pytest.mark.parametrize(
    "wrong",
    [{"name": " "}, {"name": "x" * 61}, {"query": "before=7&to="}, {"query": "to=" + "x" * 1000}],
    ids=["no-name", "long-name", "no-filter", "long-filter"],
)
def test_given_a_filter_that_cannot_be_when_kept_then_422_with_what_was_typed(
    seller: Client, wrong: dict[str, str]
) -> None:
    answer = keep(seller, **wrong)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert wrong.get("name", "Given up").strip() in answer.text
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize(
    "page", ["", "https://evil.example/", "voucher-pause", "nowhere", "/vouchers/"]
)
def test_given_a_page_that_is_no_list_when_kept_then_not_found(seller: Client, page: str) -> None:
    assert keep(seller, page=page).status_code == 404


def test_given_thirty_filters_when_another_is_kept_then_refused_but_not_a_change(
    seller: Client,
) -> None:
    person = User.objects.get()
    for number in range(filters.MOST):
        filters.save(person=person, page=PAGE, name=str(number), query="state=sent")
    assert keep(seller).status_code == 422
    assert keep(seller, name="3").status_code == 302


def test_given_a_name_with_tags_when_shown_then_it_is_text(seller: Client) -> None:
    keep(seller, name="<script>alert(1)</script>")
    assert "<script>alert(1)" not in seller.get(LIST).text
