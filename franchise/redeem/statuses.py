"""What became of a redemption, and giving its use back while nothing of it was used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.language.words import lazy
from catalyst.problem import Conflict, NotFound
from franchise.applications import services as applications
from franchise.applications.models import App
from franchise.billing.orders import services as orders
from franchise.billing.orders.models import Order
from franchise.billing.subscriptions import services as subscriptions
from franchise.ledger import services as ledger
from franchise.organizations.members import services as members
from franchise.organizations.members.models import Membership
from franchise.organizations.members.roles import MemberRole
from franchise.redeem import first_app
from franchise.vouchers import services as vouchers
from franchise.vouchers.models import Redemption

REASON = "redemption given back"


class CreditUsed(Conflict):
    """Nothing comes back of what was used."""

    type = "redemption-used"
    title = lazy("The credit of this code was used")


@dataclass(frozen=True, slots=True)
class Status:
    """`state`: a word of spec franchise §6.3, or `released`."""

    state: str
    app: App | None = None
    problem: dict[str, Any] | None = None
    retryable: bool = False
    eta_seconds: int | None = None
    words: str = ""


def status(redemption_id: int) -> Status:
    """Raises NotFound. Who may see it, its caller has judged."""
    row = find(redemption_id)
    if row.state == Redemption.State.RELEASED:
        return Status("released")
    app = first_app.of(row)
    if app is None:  # an Organization, its Environment and the credit are made in one transaction
        return Status("ready")
    seen = applications.progress(app)
    return Status(seen.state, app, seen.problem, seen.retryable, seen.eta_seconds, seen.words)


def find(redemption_id: int) -> Redemption:
    """Raises NotFound."""
    rows = Redemption.objects.select_related("organization", "voucher", "campaign")
    found = rows.filter(pk=redemption_id).first()
    if found is None:
        raise unknown()
    return found


def unknown() -> NotFound:
    """The same for one that is not there and one that is another's."""
    return NotFound(_("There is no such redemption."))


def give_back(*, redemption_id: int, by: Membership, request: HttpRequest | None = None) -> None:
    """The code can be used again, and the credit is gone; so is an App that never came to be, with
    the Plan that was bought for it.

    Raises NotFound, CreditUsed, RoleTooSmall, NotOpen, Conflict for a code that another Sovereign
    signed: it was told of the use.
    """
    with transaction.atomic():
        organization, actor = members.acting(by=by, at_least=MemberRole.BILLING)
        row = find(redemption_id)
        if row.organization_id != organization.pk:
            raise unknown()
        if row.state == Redemption.State.RELEASED:
            return
        if row.campaign.issuer:
            raise _owed()
        app = first_app.of(row)
        if app is not None and app.proved_at is not None:
            raise _used()
        _undo_order(row, str(actor.email))
        source = f"redemption:{row.idempotency_key}"
        if not ledger.take_back(source=source, actor=str(actor.email), reason=REASON):
            raise _used()
        vouchers.release(redemption_id=row.pk)
        if app is not None:
            applications.withdraw(app=app, actor=str(actor.email))
        record(
            actor=str(actor.email), act="franchise.redemption-give-back",
            object=f"voucher:{row.voucher_id}",
            after={"organization": organization.slug, "amount": str(row.amount)},
            request=request,
        )  # fmt: skip


def _undo_order(row: Redemption, actor: str) -> None:
    """The Plan that came with the App: its credit returns to the grant it came from."""
    key = first_app.order_key(row.idempotency_key)
    order = Order.objects.filter(organization_id=row.organization_id, idempotency_key=key).first()
    if order is None or order.state not in (orders.State.PAID, orders.State.PARTLY_REFUNDED):
        return
    orders.refund(order_id=order.pk, actor=actor, reason=REASON)
    if order.subscription_id is not None:
        subscriptions.end(
            subscription=subscriptions.lock(order.subscription_id), because="given-back"
        )


def _used() -> CreditUsed:
    return CreditUsed(_("Nothing can be given back any more. Nothing was done."))


def _owed() -> Conflict:
    return Conflict(
        _("Another Sovereign gave this voucher and was told that it is redeemed. The credit stays.")
    )
