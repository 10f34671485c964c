"""People hear of credit that lapses soon, runs low or is used up: once per grant and threshold."""

from __future__ import annotations

from datetime import timedelta

import pytest

from catalyst.work.clock import database_now
from franchise.ledger import services as ledger
from franchise.ledger import telling
from franchise.ledger.models import Category, Grant
from franchise.mails.models import Mail
from franchise.money import Money
from franchise.organizations.members.models import Membership
from franchise.organizations.models import Organization

pytestmark = pytest.mark.django_db
OWNER, BILLING, VIEWER = "o@acme.example", "b@acme.example", "v@acme.example"


@pytest.fixture
def acme() -> Organization:
    made = Organization.objects.create(slug="acme", name="Acme", owner_email=OWNER)
    for email, role in ((OWNER, "owner"), (BILLING, "billing"), (VIEWER, "viewer")):
        Membership.objects.create(organization=made, email=email, role=role)
    return made


def give(acme: Organization, minor: int = 10_000, *, source: str = "g", **more: timedelta) -> Grant:
    """Credit given `age` ago, that lapses `life` from now."""
    life, age = more.get("life"), more.get("age", timedelta(days=60))
    grant = ledger.grant(
        organization_id=acme.pk, amount=Money(minor, "OMR"), category=Category.PROMOTIONAL,
        source=source, actor="test", expires_at=database_now() + life if life else None,
    )  # fmt: skip
    Grant.objects.filter(pk=grant.pk).update(created_at=database_now() - age)
    return grant


def spend(acme: Organization, minor: int, source: str = "s") -> None:
    ledger.spend(organization_id=acme.pk, amount=Money(minor, "OMR"), source=source, actor="test")


def told() -> list[tuple[str, str]]:
    return sorted(Mail.objects.values_list("kind", "to"))


def both(kind: str) -> list[tuple[str, str]]:
    return [(kind, BILLING), (kind, OWNER)]


def test_given_credit_that_lapses_in_ten_days_when_looked_at_often_then_told_once(
    acme: Organization,
) -> None:
    give(acme, life=timedelta(days=10))
    assert [telling.tell() for _ in range(3)] == [1, 0, 0]
    assert told() == both("credit-expiring")


def test_given_credit_that_was_told_of_when_three_days_are_left_then_told_again(
    acme: Organization,
) -> None:
    grant = give(acme, life=timedelta(days=10))
    telling.tell()
    Grant.objects.filter(pk=grant.pk).update(expires_at=database_now() + timedelta(days=2))
    assert [telling.tell(), telling.tell()] == [1, 0]
    assert len(told()) == 4


@pytest.mark.parametrize(
    "more",
    [
        {"life": timedelta(days=15)},
        {"life": timedelta(days=10), "age": timedelta(days=1)},  # given so: no news
        {},
    ],
    ids=["far-away", "never-had-longer", "never-lapses"],
)
def test_given_credit_that_is_no_news_when_looked_at_then_nobody_is_written_to(
    acme: Organization, more: dict[str, timedelta]
) -> None:
    give(acme, **more)
    telling.tell()
    assert told() == []


@pytest.mark.parametrize(
    ("spent", "kind"),
    [(7_999, ""), (8_000, "credit-low"), (9_999, "credit-low"), (10_000, "credit-exhausted")],
)
def test_given_credit_spent_when_a_fifth_or_nothing_is_left_then_told_once(
    acme: Organization, spent: int, kind: str
) -> None:
    give(acme)
    spend(acme, spent)
    telling.tell(), telling.tell()
    assert told() == (both(kind) if kind else [])


def test_given_new_credit_after_it_ran_low_when_it_runs_low_again_then_told_again(
    acme: Organization,
) -> None:
    give(acme)
    spend(acme, 9_000)
    telling.tell()
    give(acme, source="g2")
    telling.tell()
    assert len(told()) == 2
    spend(acme, 9_500, source="s2")
    telling.tell()
    assert len(told()) == 4


def test_given_credit_in_two_currencies_when_one_runs_low_then_only_that_is_told(
    acme: Organization,
) -> None:
    give(acme)
    ledger.grant(
        organization_id=acme.pk, amount=Money(500, "EUR"), category=Category.PAID,
        source="eur", actor="test",
    )  # fmt: skip
    spend(acme, 9_000)
    telling.tell()
    (context,) = set(map(str, Mail.objects.values_list("context__left", flat=True)))
    assert "1000" in context and "OMR" in context


def test_given_a_suspended_organization_when_looked_at_then_nobody_is_written_to(
    acme: Organization,
) -> None:
    give(acme, life=timedelta(days=10))
    Organization.objects.filter(pk=acme.pk).update(
        state="suspended", suspended_because={"staff": "x"}
    )
    telling.tell()
    assert told() == []
