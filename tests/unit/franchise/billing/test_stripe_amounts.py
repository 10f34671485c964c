"""What may be asked of Stripe: never an amount that somebody there would round."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from franchise.billing.stripe.amounts import Unchargeable, from_stripe, to_stripe
from franchise.money import EXPONENTS, Money

currencies = st.sampled_from(sorted(EXPONENTS))


@given(st.integers(-1_000, 10**12), currencies)
def test_proof_12_given_any_amount_when_asked_then_exactly_it_or_refused(minor, currency) -> None:
    amount = Money(minor, currency)
    if minor <= 0 or (EXPONENTS[currency] == 3 and minor % 10):
        with pytest.raises(Unchargeable):
            to_stripe(amount)
    else:
        assert to_stripe(amount) == (minor, currency.lower())
        assert from_stripe(*to_stripe(amount)) == amount
