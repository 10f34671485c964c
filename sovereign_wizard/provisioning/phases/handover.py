"""`handover`: what the owner takes away is there; provisioning ends."""

from __future__ import annotations

from catalyst.work.steps import Done
from sovereign_wizard.handover import services as handover
from sovereign_wizard.provisioning.context import Context, Outcome


class Handover:
    id = "handover"
    title = "Hand it over"
    budget = 300.0

    def run(self, ctx: Context) -> Outcome:
        return Done(handover.complete(deployment=ctx.deployment))
