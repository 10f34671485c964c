"""Which Organizations pay for a thing of the catalog now: they keep it when its sale ends."""

from __future__ import annotations

from franchise.billing.subscriptions.models import State, Subscription
from franchise.catalog.services import Kind, Use

MOST = 20


def of_thing(kind: Kind, slug: str) -> list[Use]:
    """The newest few, for `catalog.on_where_used`."""
    rows = Subscription.objects.exclude(state=State.CANCELLED).filter(
        snapshot__lines__contains=[{"kind": kind.value, "slug": slug}]
    )
    found = rows.select_related("organization").order_by("-id")[:MOST]
    return [Use("subscription", row.organization.slug, row.organization.name) for row in found]
