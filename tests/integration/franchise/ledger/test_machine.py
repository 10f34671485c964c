"""Hypothesis over the ledger: in any interleaving it sums to zero, no credit is below zero, and of
each grant what remains, is held, was spent and has lapsed is its amount."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import Q, Sum
from django.db.models.functions import Now
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run

from franchise.ledger import services as ledger
from franchise.ledger.models import (
    AccountKind,
    Category,
    Grant,
    Hold,
    HoldState,
    Kind,
    LedgerAccount,
    LedgerEntry,
)
from tests.integration.franchise.ledger.conftest import (
    make_organization,
    must_be_sound,
    omr,
    spendable,
)

pytestmark = pytest.mark.django_db
AMOUNTS = st.integers(1, 60)
REFUSALS = (
    ledger.NotEnoughCredit,
    ledger.HoldCommitted,
    ledger.HoldReleased,
    ledger.NotCommitted,
    ledger.MoreThanThereWas,
)


@contextmanager
def may_be_refused() -> Iterator[None]:
    """A refusal is an answer; it leaves the transaction as it was."""
    before = LedgerEntry.objects.count()
    with transaction.atomic():
        try:
            yield
        except REFUSALS:
            assert LedgerEntry.objects.count() == before


class Ledger(RuleBasedStateMachine):
    """One Organization; `owned` is what it was given and took, counted by hand."""

    holds = Bundle("holds")

    def __init__(self) -> None:
        super().__init__()
        self.organization = make_organization()
        self.numbers = itertools.count()
        self.name = uuid.uuid4().hex
        self.given = self.taken = 0

    def source(self) -> str:
        return f"{self.name}:{next(self.numbers)}"

    @rule(
        minor=AMOUNTS, category=st.sampled_from(Category), ends=st.booleans(), first=st.booleans()
    )
    def grant(self, minor: int, category: Category, ends: bool, first: bool) -> None:
        expires_at = Now() + timedelta(days=1) if ends else None
        ledger.grant(
            organization_id=self.organization.pk, amount=omr(minor), category=category,
            source=self.source(), actor="test", expires_at=expires_at,
            priority=1 if first else 50,
        )  # fmt: skip
        self.given += minor

    @rule(target=holds, minor=AMOUNTS)
    def reserve(self, minor: int) -> str:
        source, before = self.source(), spendable(self.organization)
        with may_be_refused():
            ledger.reserve(
                organization_id=self.organization.pk, amount=omr(minor), source=source,
                expires_in=timedelta(hours=1),
            )  # fmt: skip
        taken = before - spendable(self.organization)
        assert taken == (minor if minor <= before else 0)
        return source

    @rule(target=holds, minor=AMOUNTS)
    def spend(self, minor: int) -> str:
        source = self.source()
        with may_be_refused():
            ledger.spend(
                organization_id=self.organization.pk, amount=omr(minor), source=source,
                actor="test",
            )  # fmt: skip
        return source

    @rule(source=holds)
    def commit(self, source: str) -> None:
        if self.is_there(source):
            with may_be_refused():
                ledger.commit(source=source, actor="test")

    @rule(source=holds)
    def release(self, source: str) -> None:
        if self.is_there(source):
            with may_be_refused():
                ledger.release(source=source, actor="test")

    @rule(source=holds, minor=st.none() | AMOUNTS)
    def refund(self, source: str, minor: int | None) -> None:
        if self.is_there(source):
            with may_be_refused():
                ledger.refund(
                    source=source, refund_source=self.source(), actor="test",
                    amount=None if minor is None else omr(minor),
                )  # fmt: skip

    @rule(minor=AMOUNTS.flatmap(lambda minor: st.sampled_from([minor, -minor])))
    def adjust(self, minor: int) -> None:
        with may_be_refused():
            ledger.adjust(
                organization_id=self.organization.pk, amount=omr(minor), reason="A reason",
                source=self.source(), actor="test",
            )  # fmt: skip
            self.given += max(minor, 0)
            self.taken += max(-minor, 0)

    @rule(swept=st.booleans())
    def time_goes_by(self, swept: bool) -> None:
        """Every grant that ends has ended, and a round may have come or not."""
        self.grants().exclude(expires_at=None).update(expires_at=Now())
        if swept:
            ledger.expire_due()

    @rule()
    def holds_are_overdue(self) -> None:
        Hold.objects.filter(organization=self.organization).update(expires_at=Now())
        ledger.release_overdue()

    @invariant()
    def the_book_is_sound(self) -> None:
        must_be_sound()
        total = self.entries().aggregate(total=Sum("amount_minor"))["total"]
        assert not total
        below = LedgerAccount.objects.filter(balance_minor__lt=0)
        assert not below.filter(kind__in=(AccountKind.CREDIT, AccountKind.HELD)).exists()

    @invariant()
    def every_grant_is_all_there(self) -> None:
        credit, held = Q(account__kind=AccountKind.CREDIT), Q(account__kind=AccountKind.HELD)
        for grant in self.grants():

            def sum_of(which: Q, entries=grant.entries) -> int:
                return entries.filter(which).aggregate(sum=Sum("amount_minor"))["sum"] or 0

            spent = -sum_of(held & Q(transaction__kind=Kind.COMMIT))
            spent -= sum_of(credit & Q(transaction__kind=Kind.REFUND))
            lapsed = -sum_of(credit & Q(transaction__kind=Kind.EXPIRE))
            taken = -sum_of(credit & Q(transaction__kind=Kind.ADJUST, amount_minor__lt=0))
            assert min(spent, lapsed, taken) >= 0
            there = grant.remaining_minor + grant.held_minor
            assert there + spent + lapsed + taken == grant.amount_minor

    @invariant()
    def what_was_given_is_somewhere(self) -> None:
        balance = {
            account.kind: account.balance_minor
            for account in LedgerAccount.objects.filter(organization=self.organization)
        }
        where = ("credit", "held", "sales", "lapsed")
        assert sum(balance.get(kind, 0) for kind in where) == self.given - self.taken
        refunded = Sum("parts__refunded_minor")
        committed = Hold.objects.filter(
            organization=self.organization, state=HoldState.COMMITTED
        ).annotate(refunded=refunded)
        sold = sum(hold.amount_minor - hold.refunded for hold in committed)
        assert balance.get("sales", 0) == sold

    def is_there(self, source: str) -> bool:
        return Hold.objects.filter(source=source).exists()

    def grants(self):
        return Grant.objects.filter(organization=self.organization)

    def entries(self):
        return LedgerEntry.objects.filter(transaction__organization=self.organization)


def test_given_any_interleaving_when_looked_at_after_each_step_then_the_book_is_sound() -> None:
    run(
        Ledger,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
