"""Trying an act out: the plan, the refusals, and that nothing stays."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from catalyst.audit.models import AuditEvent
from catalyst.vault.models import SealedSecret
from catalyst.work.models import OutboxItem
from dns.pools.models import Allocation, AllocationEvent
from dns.pools.services import Reservation
from tests.integration.dns.asking import POOL
from tests.integration.dns.backoffice.test_names import HTMX, words
from tests.integration.dns.conftest import commit

pytestmark = pytest.mark.django_db
PAGE = "/domains/dry-run/"
ROWS = (Allocation, AllocationEvent, AuditEvent, OutboxItem, SealedSecret)


def typed(label: str, **changes: str) -> dict[str, str]:
    wish = {"act": "reserve", "label": label, "pool": POOL}
    return {**wish, "owner": "", "address_v4": "", "address_v6": "", **changes}


@pytest.fixture
def unchanged(db: None) -> Callable[[], bool]:
    def everything() -> list[object]:
        return [list(model.objects.order_by("pk").values()) for model in ROWS]

    before: list[object] = []

    def check() -> bool:
        if not before:
            before.extend(everything())
            return True
        return before == everything()

    return check


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["whole", "htmx"])
def test_given_a_free_name_when_tried_then_the_plan_is_shown_and_nothing_stays(
    operator: Client, label: str, address: str, unchanged, headers: dict[str, str]
) -> None:
    unchanged()
    answer = operator.post(PAGE, typed(label, address_v4=address), headers=headers)
    page = words(answer)
    assert answer.status_code == 200
    for host in ("console", "api", "gitea", "harbor"):
        assert f"{host}.{label}.{POOL}. A write Write {address}" in page
    assert f"{label}.{POOL}. DS write Write made when the zone is signed" in page
    assert "dns_allocation insert" in page and "state active" in page
    assert unchanged()


def test_given_a_held_name_when_given_back_for_a_try_then_what_goes_is_shown(
    operator: Client, reserve: Callable[..., Reservation], address: str, label: str, unchanged
) -> None:
    held = reserve()
    commit(held, address)
    unchanged()
    page = words(operator.post(PAGE, typed(label, act="release")))
    assert f"console.{held.fqdn}. A remove Remove" in page and "state releasing" in page
    assert unchanged()


def test_given_a_held_name_when_published_for_a_try_then_its_token_is_not_needed_nor_shown(
    operator: Client, reserve: Callable[..., Reservation], address: str, label: str, unchanged
) -> None:
    held = reserve()
    unchanged()
    answer = operator.post(PAGE, typed(label, act="commit", address_v4=address))
    assert f"A write Write {address}" in words(answer)
    assert held.token.reveal() not in answer.content.decode()
    assert unchanged()


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"label": ""}, "label", "Write a name"),
        ({"label": "ab"}, "label", ""),
        ({"label": "api"}, "label", "taken"),
        ({"label": "ok-name", "address_v4": "10.0.0.1"}, "address_v4", "not a public address"),
        ({"label": "ok-name", "act": "commit"}, "address_v4", "needs an IPv4"),
        ({"label": "ok-name", "pool": "elsewhere.example"}, "pool", "not one of the available"),
        ({"label": "a\0b"}, "label", "Null characters"),
    ],
)
def test_given_what_would_be_refused_when_tried_then_said_beside_its_field(
    operator: Client, pool, changes: dict[str, str], field: str, said: str
) -> None:
    answer = operator.post(PAGE, {**typed("x"), "owner": "deployment:kept", **changes})
    page = answer.content.decode()
    assert answer.status_code == 422
    errors = re.findall(rf'id="id_{field}-error[^"]*">(.*?)</p>', page, re.DOTALL)
    assert errors and said.lower() in " ".join(errors).lower()
    assert 'value="deployment:kept"' in page


def test_given_a_name_nobody_holds_when_given_back_for_a_try_then_said_above_the_form(
    operator: Client, pool
) -> None:
    answer = operator.post(PAGE, typed("nobody-holds-it", act="release"))
    assert answer.status_code == 422 and "Nobody holds nobody-holds-it" in words(answer)
