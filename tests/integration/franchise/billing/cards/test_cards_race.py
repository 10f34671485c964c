"""Two clicks at the same moment: one customer at Stripe, one page to pay on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from franchise.billing import payments
from franchise.billing.models import CardAccount
from franchise.billing.orders.checkout import due
from tests.integration.catalyst.racing import at_once
from tests.integration.franchise.billing.stripe_shop import PAGES

pytestmark = pytest.mark.django_db(transaction=True)


def test_given_four_clicks_when_at_once_then_one_customer_and_one_page(shop, buy) -> None:
    what = due(buy())

    def begin(_: int) -> payments.Checkout:
        return payments.provider().begin(
            due=what, open_for=timedelta(hours=1), keep_card=True, **PAGES
        )

    answers = at_once(4, begin)
    assert len(set(map(str, answers))) == 1 and isinstance(answers[0], payments.Checkout)
    assert len(shop.v1.checkout.sessions.list().data) == 1
    assert len(shop.v1.customers.list().data) == CardAccount.objects.count() == 1
