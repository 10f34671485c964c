"""Issue, preview, pause, resume, revoke, lock and use: everything that happens to a voucher code.

A code comes in as a `Secret` and goes out as one, when it is made or printed again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, models, transaction
from django.db.models import F, Sum
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.problem import Conflict, Invalid, NotFound
from catalyst.vault.secret import Secret
from catalyst.vault.services import get as open_sealed
from catalyst.vault.services import put as seal
from franchise.money import Money
from franchise.vouchers import codes, problems
from franchise.vouchers.models import Redemption, Status, VoucherCode

MOST_REDEMPTIONS = 2**31 - 1


class State(models.TextChoices):
    """What the public may know of a code (spec franchise §6.1). Revoked codes are `unknown`."""

    VALID = "valid"
    UNKNOWN = "unknown"
    PAUSED = "paused"
    EXHAUSTED = "exhausted"
    EXPIRED = "expired"


_PROBLEMS: dict[State, Callable[[], problems.VoucherProblem]] = {
    State.UNKNOWN: problems.unknown,
    State.PAUSED: problems.paused,
    State.EXHAUSTED: problems.exhausted,
    State.EXPIRED: problems.expired,
}


@dataclass(frozen=True, slots=True)
class Issued:
    voucher: VoucherCode
    code: Secret


@dataclass(frozen=True, slots=True)
class Preview:
    """`credit` and `last_day` (UTC) are there only when the state is `valid`."""

    state: State
    credit: Money | None = None
    last_day: date | None = None

    @property
    def problem(self) -> problems.VoucherProblem | None:
        """What to say about a code that cannot be redeemed."""
        return _problem(self.state)


@dataclass(frozen=True, slots=True)
class Row:
    """A voucher as its sellers see it: `state` is active, paused, exhausted, expired or revoked."""

    voucher: VoucherCode
    state: str


@dataclass(frozen=True, slots=True)
class Page:
    """Newest first; `next_before` is the id to give for the following page."""

    rows: list[Row]
    next_before: int | None


def issue(
    *,
    credit: Money,
    max_redemptions: int,
    expires_at: datetime,
    actor: str,
    label: str = "",
    request: HttpRequest | None = None,
) -> Issued:
    """Make a code. Raises Invalid(field=…) for a worthless, endless or past voucher."""
    if credit.minor <= 0:
        raise Invalid(_("A voucher is worth more than nothing."), field="amount")
    if not 1 <= max_redemptions <= MOST_REDEMPTIONS:
        raise Invalid(_("A voucher can be used once or more."), field="max_redemptions")
    code = codes.new_code()
    with transaction.atomic():
        voucher = VoucherCode.objects.create(
            code_hash=codes.code_hash(code),
            last4=code.reveal()[-4:],
            sealed_code=seal(purpose="franchise.voucher-code", secret=code),
            label=label.strip(),
            credit_minor=credit.minor,
            currency=credit.currency,
            max_redemptions=max_redemptions,
            expires_at=expires_at,
            created_by=actor,
        )
        if _state(_fresh(voucher.pk)) is State.EXPIRED:
            raise Invalid(_("A voucher ends in the future."), field="expires_on")
        record(
            actor=actor, act="franchise.voucher-issue", object=f"voucher:{voucher.pk}",
            after={"credit": str(credit), "max_redemptions": max_redemptions,
                   "expires_at": expires_at.isoformat(), "last4": voucher.last4},
            request=request,
        )  # fmt: skip
    return Issued(voucher, code)


def reprint(*, voucher_id: int, actor: str, request: HttpRequest | None = None) -> None:
    """Note in the audit that someone is about to be shown a code again. Raises NotFound."""
    with transaction.atomic():
        _locked(voucher_id)
        record(
            actor=actor, act="franchise.voucher-reprint", object=f"voucher:{voucher_id}",
            request=request,
        )  # fmt: skip


def code_of(*, voucher_id: int) -> Secret:
    """The code, for the person whose `issue` or `reprint` is in the audit. Raises NotFound."""
    voucher = VoucherCode.objects.filter(pk=voucher_id).first()
    if voucher is None:
        raise NotFound(_("There is no such voucher."))
    return open_sealed(str(voucher.sealed_code))


def preview(*, code: Secret) -> Preview:
    """What a code is worth now, without using it. Unknown and revoked look the same."""
    canonical = codes.normalise(code)
    if canonical is None:
        return Preview(State.UNKNOWN)
    row = _with_clock().filter(code_hash=codes.code_hash(canonical)).first()
    state = _state(row) if row else State.UNKNOWN
    if row is None or state is not State.VALID:
        return Preview(state)
    return Preview(state, row.credit, row.last_day)


def pause(*, voucher_id: int, actor: str, request: HttpRequest | None = None) -> None:
    """Stop redemptions for a while; pausing twice is fine. Raises NotFound, Conflict."""
    _turn(voucher_id, Status.PAUSED, actor=actor, request=request)


def resume(*, voucher_id: int, actor: str, request: HttpRequest | None = None) -> None:
    """Let a paused code be used again. Raises NotFound, Conflict when it was revoked."""
    _turn(voucher_id, Status.ACTIVE, actor=actor, request=request)


def revoke(*, voucher_id: int, actor: str, request: HttpRequest | None = None) -> None:
    """End a code for good; credit that was given stays. Revoking twice is fine."""
    _turn(voucher_id, Status.REVOKED, actor=actor, request=request)


def _turn(voucher_id: int, to: Status, *, actor: str, request: HttpRequest | None) -> None:
    with transaction.atomic():
        voucher = _locked(voucher_id)
        before = voucher.status
        if before == to:
            return
        if before == Status.REVOKED:
            raise Conflict(_("This voucher was revoked, which is for good. Issue a new one."))
        voucher.status = to
        voucher.save(update_fields=["status"])
        record(
            actor=actor, act=f"franchise.voucher-{to}", object=f"voucher:{voucher_id}",
            before={"status": before}, after={"status": to}, request=request,
        )  # fmt: skip


def _locked(voucher_id: int) -> VoucherCode:
    voucher = VoucherCode.objects.select_for_update().filter(pk=voucher_id).first()
    if voucher is None:
        raise NotFound(_("There is no such voucher."))
    return voucher


def lock(*, code: Secret) -> VoucherCode:
    """The row of a code, locked until the caller's transaction ends and read inside the lock.

    Every change of a code goes through this lock, so what is read stays true. Raises UnknownCode.
    """
    canonical = codes.normalise(code)
    if canonical is None:
        raise problems.unknown()
    rows = VoucherCode.objects.select_for_update().filter(code_hash=codes.code_hash(canonical))
    pk = rows.values_list("pk", flat=True).first()
    if pk is None:
        raise problems.unknown()
    # A statement of its own: its clock is later than the wait for the lock.
    return _fresh(pk)


def earlier(*, idempotency_key: str) -> Redemption | None:
    """The redemption a key was used for, if any."""
    found = Redemption.objects.select_related("organization", "voucher")
    return found.filter(idempotency_key=idempotency_key).first()


def must_be_usable(*, voucher: VoucherCode, email: str) -> None:
    """Raises the VoucherProblem of the state a locked voucher is in; AlreadyUsed by this person."""
    used = Redemption.objects.select_related("organization").filter(voucher=voucher, email=email)
    if (redemption := used.first()) and voucher.status != Status.REVOKED:
        organization = redemption.organization
        raise problems.already_used(organization=organization.slug, name=organization.name)
    if (problem := _problem(_state(voucher))) is not None:
        raise problem


def use(
    *, voucher: VoucherCode, organization_id: int, email: str, idempotency_key: str
) -> Redemption:
    """Count one use of a locked, usable voucher. Raises KeyReused."""
    try:
        with transaction.atomic():
            redemption = Redemption.objects.create(
                voucher=voucher,
                organization_id=organization_id,
                email=email,
                amount_minor=voucher.credit_minor,
                currency=voucher.currency,
                idempotency_key=idempotency_key,
            )
    except IntegrityError as error:
        if earlier(idempotency_key=idempotency_key) is None:
            raise
        raise problems.KeyReused(_("Load the page again and send the form once more.")) from error
    VoucherCode.objects.filter(pk=voucher.pk).update(redeemed=F("redeemed") + 1)
    return redemption


def _with_clock() -> models.QuerySet[VoucherCode]:
    """Rows with `now`: the database clock decides what has expired."""
    return VoucherCode.objects.annotate(now=Now())


def _fresh(pk: int) -> VoucherCode:
    return _with_clock().get(pk=pk)


def _state(voucher: VoucherCode) -> State:
    if voucher.status == Status.REVOKED:
        return State.UNKNOWN
    if voucher.expires_at <= voucher.now:  # type: ignore[attr-defined]  # from _with_clock
        return State.EXPIRED
    if voucher.redeemed >= voucher.max_redemptions:
        return State.EXHAUSTED
    return State.PAUSED if voucher.status == Status.PAUSED else State.VALID


def _problem(state: State) -> problems.VoucherProblem | None:
    return None if state is State.VALID else _PROBLEMS[state]()


def page(*, before: int | None = None, limit: int = 50) -> Page:
    """Vouchers newest first, by key."""
    rows = _with_clock().order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows[: limit + 1])
    shown = [Row(voucher, _shown_state(voucher)) for voucher in found[:limit]]
    return Page(shown, found[limit - 1].pk if len(found) > limit else None)


def _shown_state(voucher: VoucherCode) -> str:
    state = _state(voucher)
    known = {State.UNKNOWN: Status.REVOKED.value, State.VALID: Status.ACTIVE.value}
    return known.get(state, state.value)


def credit_of(*, organization_ids: Iterable[int]) -> dict[int, list[Money]]:
    """Credit each Organization got from vouchers, one amount per currency."""
    sums = (
        Redemption.objects.filter(organization_id__in=organization_ids)
        .values_list("organization_id", "currency")
        .annotate(total=Sum("amount_minor"))
        .order_by("organization_id", "currency")
    )
    credit: dict[int, list[Money]] = defaultdict(list)
    for organization_id, currency, total in sums:
        credit[organization_id].append(Money(int(total), currency))
    return dict(credit)
