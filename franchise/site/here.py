"""Which Apps can run in this Sovereign's cluster. What is sold and cannot is coming soon."""

from __future__ import annotations

from catalyst.blueprints.services import apps as blueprints
from franchise.applications import services as applications


def lacking() -> frozenset[str]:
    """Ids of Apps without a chart. Where no App can be installed at all, none is told apart."""
    if not applications.enabled():
        return frozenset()
    return frozenset(each.id for each in blueprints().values() if not each.installable)
