"""What customers and their Organizations are told of a subscription that is not paid for."""

from __future__ import annotations

from franchise.billing.subscriptions.dues import due
from franchise.billing.subscriptions.models import State, Subscription
from franchise.ledger import services as ledger
from franchise.mails import services as mails
from franchise.organizations import services as organizations
from franchise.organizations.states import Cause


def missed(row: Subscription, *, because: str, has_card: bool) -> None:
    """`payment-failed` when a card was tried; else that the credit does not reach."""
    organization = row.organization
    context = {"organization": organization.name, "slug": organization.slug}
    key = f"{row.subject}:{row.period_end.date()}:{row.attempts}"
    if has_card:
        retry = row.retry_at if row.state == State.PAST_DUE else None
        facts = {"amount": due(row).total, "because": because}
        mails.send(
            kind="payment-failed", to=row.email, key=key,
            context={**context, **facts, "next_try": retry},
        )  # fmt: skip
        return
    left = ledger.available(organization_id=organization.pk, currency=row.currency)
    if left:
        mails.send(kind="credit-low", to=row.email, key=key, context={**context, "left": left})
    else:
        mails.send(kind="credit-exhausted", to=row.email, key=key, context=context)


def suspended(row: Subscription) -> None:
    """Its Organization stands still until it is paid."""
    organizations.suspend(
        organization_id=row.organization_id, because=Cause.UNPAID, actor="billing"
    )


def paid_again(row: Subscription) -> None:
    """Lift what we suspended, never what others did, once nothing else is unpaid."""
    others = Subscription.objects.filter(
        organization_id=row.organization_id, state=State.SUSPENDED
    ).exclude(pk=row.pk)
    if not others.exists():
        organizations.resume(
            organization_id=row.organization_id, because=Cause.UNPAID, actor="billing"
        )
