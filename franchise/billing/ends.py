"""What billing does when an Organization ends, and what of it goes into its export."""

from __future__ import annotations

from typing import Any

from franchise.billing.invoices import services as invoices
from franchise.billing.orders import services as orders
from franchise.billing.orders.models import Order
from franchise.billing.subscriptions import services as subscriptions
from franchise.billing.subscriptions.uses import of_thing
from franchise.catalog import services as catalog
from franchise.organizations import services as organizations
from franchise.organizations.services import Organization, State


def register() -> None:
    """Called once, when the app starts."""
    organizations.on_state(end_with_it)
    catalog.on_where_used(of_thing)
    organizations.exports("orders.json", of_orders)
    organizations.exports("invoices.json", of_invoices)


def end_with_it(organization: Organization, before: str) -> None:
    """Deleted: nothing is paid for any more, and nobody can pay an open order."""
    if organization.state != State.DELETED:
        return
    for order in Order.objects.filter(organization=organization, state__in=orders.OPEN):
        orders.cancel(order_id=order.pk, actor="billing")
    for row in subscriptions.of_organization(organization_id=organization.pk):
        subscriptions.end(
            subscription=subscriptions.lock(row.pk), because="deleted", with_organization=True
        )


def of_orders(organization_id: int) -> list[dict[str, Any]]:
    """Every order as it stands."""
    kept = ("number", "purpose", "state", "placed_by", "created_at", "paid_at", "quote")
    return [
        {name: getattr(order, name) for name in kept} | {"total": str(order.total)}
        for order in Order.objects.filter(organization_id=organization_id).order_by("id")
    ]


def of_invoices(organization_id: int) -> list[dict[str, Any]]:
    """Every invoice and credit note, as it was issued."""
    return [each.snapshot for each in invoices.of_organization(organization_id=organization_id)]
