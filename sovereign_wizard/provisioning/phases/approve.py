"""`approve`: a person has seen the plan. Bound to that very plan file, for nothing else."""

from __future__ import annotations

from catalyst.language.words import lazy
from catalyst.work.steps import Done, Wait
from sovereign_wizard.provisioning.context import Back, Context, Outcome
from sovereign_wizard.provisioning.models import Plan

WEEK = 7 * 24 * 3600.0


class Approve:
    id = "approve"
    title = lazy("Approve the plan")
    budget = WEEK

    def run(self, ctx: Context) -> Outcome:
        # The approval wakes a worker; looking again is only the safety net.
        plan = Plan.objects.filter(run=ctx.run).first()
        if plan is None:
            return Back("tofu-plan", "there is no plan of this run to approve")
        if plan.approved_at is None:
            return Wait(f"The plan {plan.words}. It waits for an approval.", 15.0)
        ctx.say(f"{plan.approved_by} approved the plan {plan.sha256[:12]}")
        return Done()
