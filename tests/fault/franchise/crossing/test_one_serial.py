"""Fifty customers with one signed code at the same moment, in real processes."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import ExitStack

import pytest

from catalyst.models import SealedSecret
from franchise.crossing import keys
from franchise.crossing.models import Owed, TakenIn
from franchise.ledger import services as ledger
from franchise.vouchers.issuing import SEALED_AS
from franchise.vouchers.models import Campaign, VoucherCode
from tests.fault.catalyst.processes import process
from tests.fault.franchise.redeeming import AT_ONCE
from tests.integration.franchise.books import books, of_organizations
from tests.integration.franchise.crossing.conftest import Issuer

pytestmark = pytest.mark.django_db(transaction=True)
PROCESSES, EACH = 5, 10


@pytest.mark.parametrize("uses", [1, 3])
def test_given_one_serial_when_50_redeem_at_once_then_as_many_as_it_is_for_have_it(uses) -> None:
    """None of its rows is there before: the first makes them while the others look."""
    there = Issuer().trusted()
    code = there.code(audience=keys.our_name(), uses=uses).reveal()
    answers: Counter[str] = Counter()
    with ExitStack() as stack:
        started = [stack.enter_context(process(AT_ONCE)) for _ in range(PROCESSES)]
        for number, one in enumerate(started):
            one.tell(json.dumps({"code": code, "first": number * EACH, "count": EACH}))
        for one in started:
            assert one.line() == "ready"
        for one in started:
            one.tell("go")
        for one in started:
            answers.update(json.loads(one.line(seconds=120)))
    assert answers == {"Redeemed": uses, "ExhaustedCode": PROCESSES * EACH - uses}
    found = books()
    assert found.is_one_to_one and found.redemptions == uses == of_organizations()
    rows = (TakenIn, VoucherCode, Campaign)
    assert [each.objects.count() for each in rows] == [1, 1, 1]
    assert SealedSecret.objects.filter(purpose=SEALED_AS).count() == 1  # not those who came late
    numbers = sorted(Owed.objects.values_list("number", flat=True))
    assert numbers == list(range(1, uses + 1))
    assert [each.they_owe.minor for each in ledger.between()] == [uses * 12_345]
    assert ledger.check() == []
