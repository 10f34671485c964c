"""`tofu-init`, `tofu-plan`, `tofu-apply`, `tofu-output`: with `tofu-destroy` the only phases that
change the cloud."""

from __future__ import annotations

import hashlib

from catalyst.language.words import lazy
from catalyst.work.steps import Done
from sovereign_wizard.provisioning.context import Back, Context, Outcome
from sovereign_wizard.provisioning.models import Plan
from sovereign_wizard.provisioning.phases.passing import waits_for_what_passes
from sovereign_wizard.provisioning.phases.planning import apply_plan, make_plan, price
from sovereign_wizard.provisioning.phases.session import session
from sovereign_wizard.tofu import command, stream


class TofuInit:
    id = "tofu-init"
    title = lazy("Prepare OpenTofu")
    budget = 300.0

    @waits_for_what_passes
    def run(self, ctx: Context) -> Outcome:
        with session(ctx):
            return Done()


class TofuPlan:
    id = "tofu-plan"
    title = lazy("Plan what will be made")
    budget = 600.0

    @waits_for_what_passes
    def run(self, ctx: Context) -> Outcome:
        with session(ctx) as tofu:
            plan = make_plan(ctx, tofu, price=price(ctx))
        ctx.say(f"The plan {plan.words}")
        return Done({"plan": plan.words, "plan_sha256": plan.sha256})


class TofuApply:
    id = "tofu-apply"
    title = lazy("Make it at Hetzner")
    budget = 3600.0

    @waits_for_what_passes
    def run(self, ctx: Context) -> Outcome:
        plan = Plan.objects.filter(run=ctx.run).first()
        # Where an earlier attempt began to apply, only a new plan knows what is missing.
        fresh = plan is not None and plan.applied_at is None
        if ctx.deployment.approve_plan and not (plan and fresh and plan.approved_at):
            return Back("tofu-plan", "what is left to make needs a plan and an approval of its own")
        with session(ctx) as tofu:
            if plan and fresh:
                content = bytes(plan.content)
                assert hashlib.sha256(content).hexdigest() == plan.sha256
                tofu.write_plan(content)
            else:
                ctx.say(f"What is left: the plan {make_plan(ctx, tofu).words}")
            apply_plan(ctx, tofu)
        return Done()


class TofuOutput:
    id = "tofu-output"
    title = lazy("Read the addresses")
    budget = 300.0

    @waits_for_what_passes
    def run(self, ctx: Context) -> Outcome:
        with session(ctx) as tofu:
            found = stream.outputs(tofu.run(command.output(tofu=tofu.binary)).document)
        ctx.say(
            f"load balancer {found['load_balancer_ip']}, control plane {found['control_plane_ip']}"
        )
        return Done(found)
