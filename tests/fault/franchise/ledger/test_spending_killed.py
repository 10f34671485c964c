"""SIGKILL between the statements of reserve and commit: all of it or nothing, and it goes on."""

from __future__ import annotations

import random

import pytest

from franchise.ledger import services as ledger
from franchise.ledger.models import Hold, HoldState
from tests.fault.franchise.ledger.spending import KILLED, payer
from tests.integration.franchise.ledger.conftest import spendable

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 12


def test_w05_given_a_kill_at_any_statement_when_asked_again_then_reserved_and_spent_once(
    organization, give
) -> None:
    give(5_000)
    give(5_000)
    chosen = random.Random(11)
    with payer(KILLED) as child:

        def pay(number: int, at: int = 0, when: str = "before") -> str:
            order = {"organization": organization.pk, "minor": 10, "source": f"order:{number}"}
            child.tell(**order, at=at, when=when)
            return child.answer()

        statements = int(pay(0))
        places = [(at, when) for at in range(1, statements + 1) for when in ("before", "after")]
        for number, (at, when) in enumerate(chosen.sample(places, ROUNDS), start=1):
            assert pay(number, at, when) == "killed"
            assert ledger.check() == []
            assert Hold.objects.filter(source=f"order:{number}").count() <= 1
            assert int(pay(number)) > 0
    assert spendable(organization) == 10_000 - 10 * (ROUNDS + 1)
    assert Hold.objects.filter(state=HoldState.COMMITTED).count() == ROUNDS + 1
    assert ledger.check() == []
