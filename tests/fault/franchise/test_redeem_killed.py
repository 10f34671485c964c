"""SIGKILL between every two statements of a redemption (franchise.md §10 no. 4)."""

from __future__ import annotations

import pytest

from franchise.redeem.services import redeem
from tests.fault.franchise.redeeming import Customer, killer
from tests.integration.franchise.books import books, of_organizations

pytestmark = pytest.mark.django_db(transaction=True)


def test_proof_04_given_a_kill_before_each_statement_when_sent_again_then_done_once(issue) -> None:
    code = issue(max_redemptions=200).code
    with killer() as kill:
        statements = kill.redeem(Customer(0, code))
        assert statements > 10
        killed = [Customer(number, code) for number in range(1, statements + 1)]
        for customer in killed:
            assert kill.redeem(customer, at=customer.number) == 0
        last = Customer(statements + 1, code)
        assert kill.redeem(last, at=statements, when="after") == 0  # all done but the COMMIT
        assert of_organizations() == 1, "something of a killed redemption stayed"

        killed.append(last)
        for customer in killed:
            assert kill.redeem(customer) == statements

    found = books()
    assert found.is_one_to_one, found
    assert found.redemptions == statements + 2


def test_proof_04_given_a_kill_after_the_commit_when_sent_again_then_the_same_answer(issue) -> None:
    customer = Customer(1, issue().code)
    with killer() as kill:
        assert kill.redeem(customer, when="unheard") == 0
    assert of_organizations() == 1

    again = redeem(code=customer.code, **customer.values)

    assert again.organization.slug == "customer-1"
    assert books().is_one_to_one and books().redemptions == 1
