"""Cards, the franchisor's share, and the month that both sides settle."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from catalyst.problem import Invalid, NotFound
from franchise.ledger import services as ledger
from franchise.ledger.models import AccountKind, LedgerAccount, LedgerTransaction
from franchise.ledger.settlement import Line
from franchise.money import Money
from tests.integration.franchise.ledger.conftest import make_organization, omr

pytestmark = pytest.mark.django_db


@pytest.fixture
def share(settings):
    def agree(percent: str | None) -> None:
        value = None if percent is None else Decimal(percent)
        settings.CATALYST = settings.CATALYST.model_copy(update={"franchisor_share": value})

    return agree


def pay(organization, minor: int, source: str = "pi_1", **more) -> LedgerTransaction:
    return ledger.record_card_payment(
        organization_id=organization.pk, gross=omr(minor), source=source, order="2026-1", **more
    )


def back(organization, minor: int, source: str = "re_1", act=None) -> LedgerTransaction:
    act = act or ledger.record_card_refund
    return act(
        organization_id=organization.pk, amount=omr(minor), source=source, payment_source="pi_1"
    )


def month() -> Line:
    today = timezone.now()
    (line,) = ledger.settlement(year=today.year, month=today.month).lines
    return line


def balance(kind: AccountKind) -> int:
    found = LedgerAccount.objects.filter(kind=kind).first()
    return found.balance_minor if found else 0


def test_given_a_mixed_order_when_the_month_is_settled_then_every_part_is_there(
    organization, give, share
) -> None:
    """Total 9.500, credit 3.215; 6.285 is due, the card pays 6.280 and 5 baisa are given."""
    share("20")
    give(10_000)
    ledger.spend(organization_id=organization.pk, amount=omr(3_215), source="o:1", actor="test")
    pay(organization, 6_280, rounding=omr(5))
    back(organization, 1_000)
    ledger.refund(source="o:1", refund_source="r:1", amount=omr(215), actor="test")
    line = month()
    assert line.gross == omr(9_500)
    assert (line.credit_funded, line.card_funded, line.rounding) == (omr(3_215), omr(6_280), omr(5))
    assert (line.refunds, line.chargebacks, line.base) == (omr(1_215), omr(0), omr(8_285))
    assert (line.wholesale, line.margin, line.without_share) == (omr(1_657), omr(6_628), omr(0))
    assert (line.credit_given, line.credit_lapsed) == (omr(10_000), omr(0))


def test_w03_given_part_credit_when_paid_then_the_card_is_booked_with_the_rest_only(
    organization, give
) -> None:
    give(3_215)
    ledger.spend(organization_id=organization.pk, amount=omr(3_215), source="o:1", actor="test")
    pay(organization, 6_280, rounding=omr(5))
    assert balance(AccountKind.CARD) == -6_280
    assert balance(AccountKind.ROUNDING) == -5
    assert balance(AccountKind.SALES) == 9_500


def test_w21_given_credit_and_cards_when_settled_then_what_credit_paid_is_apart(
    organization, give
) -> None:
    give(1_000)
    ledger.spend(organization_id=organization.pk, amount=omr(1_000), source="o:1", actor="test")
    pay(organization, 500)
    assert (month().credit_funded, month().card_funded) == (omr(1_000), omr(500))


def test_given_no_percentage_when_sold_then_only_the_base_is_known(organization) -> None:
    pay(organization, 1_000)
    line = month()
    assert (line.base, line.without_share) == (omr(1_000), omr(1_000))
    assert (line.wholesale, line.margin) == (omr(0), omr(0))


def test_given_a_percentage_that_changes_when_sold_then_each_sale_has_its_own(
    organization, share
) -> None:
    pay(organization, 1_000, "pi_0")
    share("12.5")
    pay(organization, 1_000, "pi_1")
    share("99")
    back(organization, 500)
    line = month()
    assert (line.base, line.without_share) == (omr(1_500), omr(1_000))
    assert (line.wholesale, line.margin) == (omr(63), omr(437))


def test_given_a_grant_when_settled_then_nothing_is_owed_before_it_is_used(give, share) -> None:
    share("20")
    give(5_000)
    line = month()
    assert (line.gross, line.wholesale, line.credit_given) == (omr(0), omr(0), omr(5_000))


def test_given_refunds_in_odd_parts_when_all_is_back_then_share_and_rounding_are_gone(
    organization, share
) -> None:
    share("33.33")
    pay(organization, 1_000, rounding=omr(7))
    for number, minor in enumerate([1, 333, 666]):
        back(organization, minor, f"re_{number}")
    for kind in ("sales", "card", "rounding", "wholesale", "franchisor"):
        assert balance(AccountKind(kind)) == 0


def test_given_more_than_was_paid_when_refunded_then_refused(organization) -> None:
    pay(organization, 1_000)
    back(organization, 600)
    with pytest.raises(ledger.MoreThanThereWas) as refused:
        back(organization, 401, "re_2")
    assert refused.value.left == omr(400)


def test_proof_14_given_a_chargeback_when_booked_and_won_then_as_if_it_had_not_been(
    organization, share
) -> None:
    share("20")
    pay(organization, 1_000, rounding=omr(5))
    back(organization, 1_000, "dp_1", ledger.record_chargeback)
    line = month()
    assert (line.chargebacks, line.refunds, line.base) == (omr(1_005), omr(0), omr(0))
    assert line.wholesale == omr(0)
    back(organization, 1_000, "dp_1", ledger.record_chargeback_won)
    line = month()
    assert (line.chargebacks, line.base, line.wholesale) == (omr(0), omr(1_005), omr(201))


def test_given_a_refunded_payment_when_the_bank_takes_it_too_then_booked_as_it_is(
    organization, share
) -> None:
    share("20")
    pay(organization, 1_000)
    back(organization, 400)
    back(organization, 1_000, "dp_1", ledger.record_chargeback)
    line = month()
    assert (line.base, line.wholesale) == (omr(-400), omr(0))


@pytest.mark.parametrize(
    "act", [ledger.record_card_refund, ledger.record_chargeback, ledger.record_chargeback_won]
)
def test_given_the_same_act_when_told_again_then_booked_once(organization, act) -> None:
    assert pay(organization, 1_000) == pay(organization, 1_000)
    assert back(organization, 300, act=act) == back(organization, 300, act=act)
    with pytest.raises(ledger.SourceReused):
        back(organization, 301, act=act)
    with pytest.raises(ledger.SourceReused):
        pay(organization, 999)


def test_given_anothers_payment_when_refunded_then_not_found(organization) -> None:
    pay(make_organization(), 1_000)
    with pytest.raises(NotFound):
        back(organization, 1_000)


def test_given_two_currencies_when_settled_then_a_line_each(organization) -> None:
    pay(organization, 1_000)
    ledger.record_card_payment(
        organization_id=organization.pk, gross=Money(250, "EUR"), source="pi_2", order="2"
    )
    today = timezone.now()
    lines = ledger.settlement(year=today.year, month=today.month).lines
    assert [(line.currency, line.gross.minor) for line in lines] == [("EUR", 250), ("OMR", 1_000)]


def test_given_sales_at_both_ends_of_a_month_when_settled_then_the_month_is_utc(
    organization, time_of_booking
) -> None:
    moments = ["2026-10-31T23:59:59.999999", "2026-11-01T00:00:00", "2026-11-30T23:59:59.999999",
               "2026-12-01T00:00:00"]  # fmt: skip
    for number, moment in enumerate(moments):
        time_of_booking(datetime.fromisoformat(moment).replace(tzinfo=UTC))
        pay(organization, 10**number, f"pi_{number}")
    (line,) = ledger.settlement(year=2026, month=11).lines
    assert line.gross == omr(110)
    (line,) = ledger.settlement(year=2026, month=12).lines
    assert line.gross == omr(1_000)


@pytest.fixture
def time_of_booking(db: None):
    """What the database puts into `created_at` from now on, until the test is undone."""

    def set_to(moment: datetime) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(
                "ALTER TABLE franchise_ledger_transaction ALTER created_at"
                f" SET DEFAULT '{moment.isoformat()}'"
            )
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    return set_to


@pytest.mark.parametrize(("year", "month"), [(2026, 0), (2026, 13), (1, 1), (9999, 1)])
def test_given_no_month_when_settled_then_422(db, year: int, month: int) -> None:
    with pytest.raises(Invalid):
        ledger.settlement(year=year, month=month)
