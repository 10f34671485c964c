"""The operator's pages of names."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.test import Client

from catalyst.identity.models import Role
from dns.pools import selectors
from dns.pools.services import Reservation

pytestmark = pytest.mark.django_db


def test_given_names_when_the_list_is_opened_then_they_and_their_pool_are_shown(
    operator: Client, published: Reservation, address: str
) -> None:
    page = operator.get("/domains/").content.decode()
    for text in (published.fqdn, "omani.works", "Active", "Published", "deployment:1", address):
        assert text in page
    assert published.token.reveal() not in page


def test_given_a_published_name_when_checked_now_then_the_evidence_is_shown(
    operator: Client, published: Reservation, settings
) -> None:
    url = f"/domains/{published.allocation_id}/"
    page = operator.get(url).content.decode()
    assert "committed" in page and "Live check" not in page
    answer = operator.post(f"{url}check/")
    page = answer.content.decode()
    assert answer.status_code == 200 and "Every name server" in page
    for server in (*settings.CATALYST.nameserver_addresses, settings.CATALYST.resolver):
        assert server in page


def test_given_a_reservation_when_checked_now_then_told_why_not(
    operator: Client, reserve: Callable[..., Reservation]
) -> None:
    held = reserve()
    answer = operator.post(f"/domains/{held.allocation_id}/check/")
    assert answer.status_code == 409 and "has no address yet" in answer.content.decode()


def test_given_many_names_when_paged_then_each_is_seen_once(
    pool, reserve: Callable[..., Reservation]
) -> None:
    made = [reserve(label=f"page-{n}", idempotency_key=str(n)).fqdn for n in range(5)]
    seen, cursor = [], ""
    for _ in range(3):
        rows, cursor = selectors.newest(before=cursor, limit=2)
        seen += [row.fqdn for row in rows]
    assert seen == made[::-1] and cursor == ""
    assert selectors.newest(before="nonsense", limit=2)[0]


def test_given_no_operator_when_opened_then_refused(log_in: Callable[..., Client]) -> None:
    assert Client().get("/domains/").status_code == 302
    assert log_in(Role.MEMBER).get("/domains/").status_code == 403
    assert log_in(Role.OPERATOR).get(f"/domains/{uuid.uuid4()}/").status_code == 404
