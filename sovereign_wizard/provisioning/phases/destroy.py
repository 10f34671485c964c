"""`inventory`, `tofu-destroy`, `sweep`, `dns-release`: a Sovereign goes, and nothing is left.

Only OpenTofu removes things; the sweep only looks and says what is still there and what it costs.
"""

from __future__ import annotations

from catalyst.work.steps import Done, Wait
from dns.pools import services as names
from sovereign_wizard.handover import sweep
from sovereign_wizard.handover.items import Inventory as Things
from sovereign_wizard.provisioning.context import Context, Outcome
from sovereign_wizard.provisioning.phases.passing import waits_for_what_passes
from sovereign_wizard.provisioning.phases.planning import apply_plan, make_plan
from sovereign_wizard.provisioning.phases.session import session


def look(ctx: Context) -> Things:
    """What exists at Hetzner now. Raises Invalid (no token), TokenRefused, HetznerAway."""
    return sweep.see(deployment=ctx.deployment)


class Inventory:
    id = "inventory"
    title = "List what exists at Hetzner"
    budget = 900.0

    @waits_for_what_passes
    def run(self, ctx: Context) -> Outcome:
        found = look(ctx)
        ctx.say(f"At Hetzner there is {found.words()}")
        return Done({sweep.FACT: found.as_dict()})


class TofuDestroy:
    id = "tofu-destroy"
    title = "Destroy it at Hetzner"
    budget = 3600.0

    @waits_for_what_passes
    def run(self, ctx: Context) -> Outcome:
        with session(ctx) as tofu:
            tofu.adopt()
            plan = make_plan(ctx, tofu, destroy=True)
            ctx.say(f"The plan {plan.words}")
            if plan.changes:
                apply_plan(ctx, tofu)
        return Done()


class Sweep:
    id = "sweep"
    title = "See that nothing is left"
    # Deleted things may be listed for some seconds more.
    budget = 60.0

    @waits_for_what_passes
    def run(self, ctx: Context) -> Outcome:
        left = look(ctx)
        ctx.remember(**{sweep.FACT: left.as_dict()})
        if not left.is_empty:
            things = ", ".join(f"{item.noun} {item.name} ({item.why})" for item in left.everything)
            return Wait(
                f"Still at Hetzner: {left.words()}. {things}. Remove them there or in the list of"
                " leftovers, then retry.",
                3.0,
            )
        ctx.say("Nothing is left at Hetzner")
        return Done()


class DnsRelease:
    id = "dns-release"
    title = "Give the name back"
    budget = 600.0

    def run(self, ctx: Context) -> Outcome:
        allocation_id, token = ctx.deployment.allocation_id, ctx.secret("allocation-token")
        status = names.release(
            allocation_id=allocation_id, token=token, actor=f"deployment:{ctx.deployment.pk}"
        )
        if not status.settled:
            why = f" ({status.last_error})" if status.last_error else ""
            return Wait(f"The zone {status.fqdn} is being removed{why}.", 0.5)
        ctx.say(f"{status.fqdn} is gone from the name servers")
        return Done()
