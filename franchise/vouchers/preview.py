"""What the public may know of a code. Unknown and revoked look the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache

from django.db import models
from django.db.models import QuerySet

from catalyst.vault.secret import Secret
from franchise.money import Money
from franchise.vouchers import codes, elsewhere, problems, states
from franchise.vouchers.elsewhere import Worth
from franchise.vouchers.models import VoucherCode
from franchise.vouchers.states import Standing


class State(models.TextChoices):
    """Spec franchise §6.1. Revoked codes are `unknown`."""

    VALID = "valid"
    UNKNOWN = "unknown"
    PAUSED = "paused"
    EXHAUSTED = "exhausted"
    EXPIRED = "expired"
    NOT_STARTED = "not_started"
    UNCHECKED = (
        "unchecked"  # of a signed code: too long nothing was heard of what its issuer took back
    )


_PROBLEMS: dict[State, Callable[[], problems.VoucherProblem]] = {
    State.UNKNOWN: problems.unknown,
    State.PAUSED: problems.paused,
    State.EXHAUSTED: problems.exhausted,
    State.EXPIRED: problems.expired,
    State.NOT_STARTED: problems.not_started,
    State.UNCHECKED: problems.unchecked,
}
_PUBLIC = {
    Standing.REVOKED: State.UNKNOWN,
    Standing.EXPIRED: State.EXPIRED,
    Standing.EXHAUSTED: State.EXHAUSTED,
    Standing.PAUSED: State.PAUSED,
    Standing.SCHEDULED: State.NOT_STARTED,
    Standing.ACTIVE: State.VALID,
}


@dataclass(frozen=True, slots=True)
class Preview:
    """The rest is there only when the state is `valid`; `last_day` (UTC) None: it has no end."""

    state: State
    credit: Money | None = None
    last_day: date | None = None
    voucher_id: int | None = None

    @property
    def problem(self) -> problems.VoucherProblem | None:
        """What to say about a code that cannot be redeemed."""
        return problem_of(self.state)


def find(*, code: Secret) -> VoucherCode | None:
    """The judged row of a code, not locked; also of a revoked one.

    Every text costs the same hash and the same statements, so that the time it takes tells nothing
    of a code that is unknown or revoked.
    """
    canonical = codes.normalise(code)
    [*found] = _codes().filter(code_hash=codes.code_hash(canonical or code))
    return None if canonical is None or not found else found[0]


@cache
def _codes() -> QuerySet[VoucherCode]:
    """All codes, judged; never asked itself. Composing it takes as long as asking for a code."""
    return states.judged(VoucherCode.objects.order_by())


def worth(*, code: Secret) -> Worth | None:
    """What a signed code says; None for any other."""
    canonical, reader = codes.normalise(code), elsewhere.reader()
    if canonical is None or reader is None or not codes.is_signed(canonical):
        return None
    return reader.judge(canonical)


def preview(*, code: Secret) -> Preview:
    """What a code is worth now, without using it."""
    row, signed = find(code=code), worth(code=code)
    if signed is not None and (row is None or signed.state != State.VALID):
        return Preview(State(signed.state), signed.credit, signed.last_day)
    if row is None:
        return Preview(State.UNKNOWN)
    state = state_of(row)
    if state is not State.VALID:
        return Preview(state)
    return Preview(state, row.credit, row.last_day, row.pk)


def state_of(voucher: VoucherCode) -> State:
    """Of a judged row."""
    return _PUBLIC[states.standing(voucher)]


def problem_of(state: State) -> problems.VoucherProblem | None:
    return None if state is State.VALID else _PROBLEMS[state]()
