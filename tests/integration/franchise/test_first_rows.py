"""A transactional test empties all tables; whoever comes next finds what migrations wrote."""

from __future__ import annotations

import pytest

from franchise.billing.settings.models import BillingSettings
from franchise.catalog.models import Plan

THEM = pytest.mark.parametrize("time", ["first", "second"])


@THEM
@pytest.mark.django_db(transaction=True)
def test_given_a_transactional_test_when_another_comes_after_it_then_the_first_rows_are_there(
    time: str,
) -> None:
    assert Plan.objects.filter(slug="s").exists() and BillingSettings.objects.exists()


@THEM
@pytest.mark.django_db
def test_given_a_transactional_test_before_then_the_first_rows_are_there(time: str) -> None:
    assert Plan.objects.filter(slug="s").exists() and BillingSettings.objects.exists()
