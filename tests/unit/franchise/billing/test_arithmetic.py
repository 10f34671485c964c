"""Tax, the split between credit and card, months: pure, over many values."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from franchise.billing.invoices.numbers import as_number, is_prefix
from franchise.billing.orders.machine import AFTER
from franchise.billing.orders.models import State
from franchise.billing.orders.split import split, step
from franchise.billing.subscriptions.months import next_month
from franchise.billing.taxes.arithmetic import part_of, taxed
from franchise.money import EXPONENTS, Money

MINOR = st.integers(0, 10**12)
CURRENCY = st.sampled_from(sorted(EXPONENTS))
quick = settings(max_examples=60, deadline=None)


def omr(minor: int) -> Money:
    return Money(minor, "OMR")


def test_proof_12_given_9_500_and_credit_3_215_when_split_then_6_280_and_5_baisa() -> None:
    found = split(total=omr(9_500), credit=omr(3_215))
    assert (found.credit.minor, found.card.minor, found.rounding.minor) == (3_215, 6_280, 5)


@quick
@given(total=MINOR, credit=MINOR, currency=CURRENCY)
def test_given_any_total_when_split_then_its_parts_are_it_and_the_card_takes_what_stripe_takes(
    total: int, credit: int, currency: str
) -> None:
    found = split(total=Money(total, currency), credit=Money(credit, currency))
    assert found.credit + found.card + found.rounding == Money(total, currency)
    assert found.credit.minor <= credit
    assert found.card.minor % step(currency) == 0
    assert 0 <= found.rounding.minor < step(currency)


@pytest.mark.parametrize(
    ("amount", "included", "net", "tax"),
    [(9_000, True, 8_571, 429), (9_000, False, 9_000, 450), (1, True, 1, 0), (0, False, 0, 0),
     (10, False, 10, 1), (21, True, 20, 1)],
)  # fmt: skip
def test_given_5_percent_when_taxed_then_rounded_once_half_up(
    amount: int, included: bool, net: int, tax: int
) -> None:
    found = taxed(amount=omr(amount), name="VAT", basis_points=500, included=included)
    assert (found.net.minor, found.tax.minor) == (net, tax)


@quick
@given(amount=MINOR, rate=st.integers(0, 10_000), included=st.booleans())
def test_given_any_rate_when_taxed_then_net_and_tax_are_the_total_and_within_half_a_unit(
    amount: int, rate: int, included: bool
) -> None:
    found = taxed(amount=omr(amount), name="VAT", basis_points=rate, included=included)
    assert found.net + found.tax == found.total
    assert abs(found.tax.minor * 10_000 - found.net.minor * rate) <= 10_000


@quick
@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=8), st.integers(0, 10**6))
def test_given_an_amount_in_parts_when_their_taxes_are_taken_one_by_one_then_they_are_all_of_it(
    parts: list[int], tax: int
) -> None:
    whole, said, so_far = omr(sum(parts)), 0, 0
    tax = min(tax, whole.minor)
    for part in parts:
        so_far += part
        up_to_here = part_of(tax=omr(tax), part=omr(so_far), whole=whole).minor
        assert up_to_here >= said
        said = up_to_here
    assert said == tax


def test_given_the_31st_when_months_go_by_then_28_february_and_31_march() -> None:
    at = datetime(2027, 1, 31, 9, 30, tzinfo=UTC)
    days = []
    for _ in range(4):
        at = next_month(at, anchor_day=31)
        days.append((at.month, at.day, at.hour))
    assert days == [(2, 28, 9), (3, 31, 9), (4, 30, 9), (5, 31, 9)]


def test_given_december_or_a_leap_year_when_a_month_goes_by_then_by_the_calendar() -> None:
    assert next_month(datetime(2027, 12, 31, tzinfo=UTC), anchor_day=31).year == 2028
    assert next_month(datetime(2028, 1, 30, tzinfo=UTC), anchor_day=30).day == 29


@quick
@given(st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1)), st.integers(1, 31))  # noqa: DTZ001
def test_given_any_day_when_a_month_goes_by_then_it_is_the_following_month(
    at: datetime, anchor: int
) -> None:
    found = next_month(at.replace(tzinfo=UTC), anchor_day=anchor)
    assert (found.year * 12 + found.month) - (at.year * 12 + at.month) == 1
    assert found.day <= anchor


def test_given_the_machine_when_looked_at_then_every_state_is_in_it_and_money_is_never_lost() -> (
    None
):
    assert set(AFTER) == set(State)
    ends = {state for state, following in AFTER.items() if not following}
    assert ends == {State.CANCELLED, State.FAILED}
    paid = {State.PAID, State.PARTLY_REFUNDED, State.REFUNDED, State.DISPUTED}
    for state in paid:
        assert AFTER[state] <= paid


@pytest.mark.parametrize(
    ("text", "good"),
    [("INV", True), ("A1", True), ("", False), ("inv", False), ("A" * 11, False), ("1A", False)],
)
def test_given_a_prefix_when_judged_then_letters_first(text: str, good: bool) -> None:
    assert is_prefix(text) is good


def test_given_a_number_when_written_then_it_sorts_and_may_grow() -> None:
    assert as_number("INV", 2026, 42) == "INV-2026-000042"
    assert as_number("INV-CN", 2026, 1_000_000) == "INV-CN-2026-1000000"
