"""`handover`: the Sovereign has its own tree, what the owner takes away is there; all ends."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from catalyst.language.words import lazy
from catalyst.problem import Problem
from catalyst.work.leases import LeaseLost
from catalyst.work.steps import Done, Wait
from sovereign_wizard.cluster.problems import ClusterAway
from sovereign_wizard.handover import services as handover
from sovereign_wizard.handover import sweep, tree
from sovereign_wizard.handover.gitea import GiteaAway
from sovereign_wizard.provisioning.context import Context, Outcome
from sovereign_wizard.provisioning.phases import destroy
from sovereign_wizard.provisioning.probe import NotYet


class Handover:
    id = "handover"
    title = lazy("Hand it over")
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
        return Done(handover.complete(deployment=ctx.deployment) | _what_exists(ctx))


def _what_exists(ctx: Context) -> dict[str, Any]:
    """What there is and what it costs, for its pages. No reason to stop when nobody can say."""
    try:
        found = destroy.look(ctx)
    except LeaseLost:
        raise
    except Problem as problem:
        ctx.say(f"What exists at Hetzner could not be asked: {problem.title}", level="warn")
        return {}
    ctx.say(f"At Hetzner there is {found.words()}")
    return {sweep.FACT: found.as_dict()}
