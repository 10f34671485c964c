"""Two hundred customers at the same moment, in real processes (franchise.md §10 no. 1)."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import ExitStack

import pytest

from tests.fault.catalyst.processes import process
from tests.fault.franchise.redeeming import AT_ONCE
from tests.integration.franchise.books import books, of_organizations

pytestmark = pytest.mark.django_db(transaction=True)
PROCESSES, EACH = 4, 50


def test_proof_01_given_a_cap_of_1_when_200_organizations_redeem_at_once_then_one_has_it(
    issue,
) -> None:
    code = issue().code.reveal()
    with ExitStack() as stack:
        started = [stack.enter_context(process(AT_ONCE)) for _ in range(PROCESSES)]
        for number, one in enumerate(started):
            one.tell(json.dumps({"code": code, "first": number * EACH, "count": EACH}))
        for one in started:
            assert one.line() == "ready"
        for one in started:
            one.tell("go")
        answers = [answer for one in started for answer in json.loads(one.line(120))]

    assert Counter(answers) == {"Redeemed": 1, "ExhaustedCode": PROCESSES * EACH - 1}
    assert books().is_one_to_one and books().redemptions == of_organizations() == 1
