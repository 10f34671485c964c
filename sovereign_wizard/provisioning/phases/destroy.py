"""`inventory`, `tofu-destroy`, `sweep`, `dns-release`: a Sovereign goes, and nothing is left.

Only OpenTofu removes things; the sweep only looks and says what is still there and what it costs.
"""

from __future__ import annotations

from catalyst.language.words import lazy
from catalyst.problem import Problem
from catalyst.work.steps import Done, Fail, Wait
from sovereign_wizard.handover import sweep
from sovereign_wizard.handover.items import Inventory as Things
from sovereign_wizard.naming import services as naming
from sovereign_wizard.provisioning.context import Context, Outcome
from sovereign_wizard.provisioning.phases.lifting import lift_protection
from sovereign_wizard.provisioning.phases.names import told
from sovereign_wizard.provisioning.phases.passing import waits_for_what_passes
from sovereign_wizard.provisioning.phases.planning import apply_plan, make_plan
from sovereign_wizard.provisioning.phases.session import session

# Deleted things may be listed for some seconds more.
PATIENCE_SECONDS = 60.0


def look(ctx: Context) -> Things:
    """What exists at Hetzner now. Raises Invalid (no token), TokenRefused, HetznerAway."""
    return sweep.see(deployment=ctx.deployment)


class Inventory:
    id = "inventory"
    title = lazy("List what exists at Hetzner")
    budget = 900.0

    @waits_for_what_passes
    def run(self, ctx: Context) -> Outcome:
        found = look(ctx)
        ctx.say(f"At Hetzner there is {found.words()}")
        return Done({sweep.FACT: found.as_dict()})


class TofuDestroy:
    id = "tofu-destroy"
    title = lazy("Destroy it at Hetzner")
    budget = 3600.0

    @waits_for_what_passes
    def run(self, ctx: Context) -> Outcome:
        with session(ctx) as tofu:
            tofu.adopt()
            if ctx.deployment.delete_protection:
                lift_protection(ctx, tofu)
            plan = make_plan(ctx, tofu, destroy=True)
            ctx.say(f"The plan {plan.words}")
            if plan.changes:
                apply_plan(ctx, tofu)
        return Done()


class LeftAtHetzner(Problem):
    type = "left-at-hetzner"
    title = lazy("Something is still at Hetzner")
    status = 409


class Sweep:
    id = "sweep"
    title = lazy("See that nothing is left")
    # Of a clean-up that was asked for; without one see PATIENCE_SECONDS.
    budget = 1800.0

    @waits_for_what_passes
    def run(self, ctx: Context) -> Outcome:
        left = look(ctx)
        ctx.remember(**{sweep.FACT: left.as_dict()})
        if left.is_empty:
            ctx.say("Nothing is left at Hetzner")
            return Done()
        things = ", ".join(f"{item.noun} {item.name} ({item.why})" for item in left.everything)
        still = f"Still at Hetzner: {left.words()}. {things}."
        if sweep.being_removed(ctx.deployment):
            return Wait(f"{still} What was chosen of it is being removed.", 3.0)
        why = f"{still} Remove them there or in the list of leftovers, then retry."
        if ctx.watch.spent > PATIENCE_SECONDS:
            return Fail(LeftAtHetzner(why))
        return Wait(why, 3.0)


class DnsRelease:
    id = "dns-release"
    title = lazy("Give the name back")
    budget = 600.0

    def run(self, ctx: Context) -> Outcome:
        return told(ctx, naming.of(ctx.deployment).give_back(ctx.deployment))
