"""`handover`: the Sovereign has its own tree, what the owner takes away is there; all ends."""

from __future__ import annotations

from django.conf import settings

from catalyst.work.steps import Done, Wait
from sovereign_wizard.cluster.problems import ClusterAway
from sovereign_wizard.handover import services as handover
from sovereign_wizard.handover import tree
from sovereign_wizard.handover.gitea import GiteaAway
from sovereign_wizard.provisioning.context import Context, Outcome
from sovereign_wizard.provisioning.probe import NotYet


class Handover:
    id = "handover"
    title = "Hand it over"
    budget = 900.0

    def run(self, ctx: Context) -> Outcome:
        if settings.CATALYST.cluster:
            try:
                why = tree.hand_over(ctx.deployment)
            except (ClusterAway, GiteaAway, NotYet) as problem:
                why = f"{problem.title}. {problem.detail}"
            if why:
                return Wait(why, 2.0)
            ctx.say(f"Its releases come from its own Git now: {tree.OWN}")
        return Done(handover.complete(deployment=ctx.deployment))
