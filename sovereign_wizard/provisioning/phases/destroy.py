"""`inventory`, `tofu-destroy`, `sweep`, `dns-release`: a Sovereign goes, and nothing is left.

Only OpenTofu removes things; the sweep only looks and says what is still there and what it costs.
"""

from __future__ import annotations

import json
from dataclasses import replace

from catalyst.problem import Conflict
from catalyst.work.steps import Done, Wait
from dns.pools import services as names
from sovereign_wizard.catalog import throttle
from sovereign_wizard.handover import sweep
from sovereign_wizard.handover.items import Inventory as Things
from sovereign_wizard.provisioning.context import Context, Outcome
from sovereign_wizard.provisioning.phases.passing import waits_for_what_passes
from sovereign_wizard.provisioning.phases.planning import apply_plan, make_plan
from sovereign_wizard.provisioning.phases.session import Session, session
from sovereign_wizard.tofu import command, summary
from sovereign_wizard.tofu.summary import Action


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
            if ctx.deployment.delete_protection:
                lift_protection(ctx, tofu)
            plan = make_plan(ctx, tofu, destroy=True)
            ctx.say(f"The plan {plan.words}")
            if plan.changes:
                apply_plan(ctx, tofu)
        return Done()


class WouldDoMore(Conflict):
    type = "lifting-would-do-more"
    title = "Lifting the deletion protection would have done more than that"


def lift_protection(ctx: Context, tofu: Session) -> None:
    """Hetzner deletes what the owner had protected only after the module has set it free.

    Looks only at what is protected still: killed anywhere and run again, it goes on with the rest,
    and what an interrupted apply never made, or a destroy has taken away, is not made for it.
    Raises WouldDoMore before anything is changed, RateLimited, and the Problems of `Session.run`.
    """
    throttle.take(ctx.secret("hetzner-token"), cost=2 * throttle.PLAN_COST + throttle.APPLY_COST)
    tofu.run(command.plan(tofu=tofu.binary), quiet=True)
    shown = tofu.run(command.show_plan(tofu=tofu.binary)).document
    protected = protected_in(shown)
    if not protected:
        ctx.say("No deletion protection is left to lift")
        return
    ctx.say(f"Lifting the deletion protection of {', '.join(protected)}")
    tofu.run(only(command.plan(tofu=tofu.binary), protected), quiet=True)
    refuse_more(tofu.run(command.show_plan(tofu=tofu.binary)).document)
    try:
        tofu.run(command.apply(tofu=tofu.binary))
    finally:
        tofu.keep_state()
    ctx.say("The deletion protection is lifted; now it can be destroyed")


def protected_in(document: str) -> tuple[str, ...]:
    """Addresses the plan in `document` (`tofu show -json`) would set free: in the state, there
    protected, and to stay."""
    return tuple(
        change["address"]
        for change in json.loads(document).get("resource_changes", [])
        if change["change"]["actions"] == ["update"]
        and (change["change"]["before"] or {}).get("delete_protection")
    )


def only(wanted: command.Command, addresses: tuple[str, ...]) -> command.Command:
    """The same command for these resources and what they stand on."""
    return replace(wanted, argv=(*wanted.argv, *(f"-target={address}" for address in addresses)))


def refuse_more(document: str) -> None:
    """Raises WouldDoMore for a plan that makes, replaces or destroys anything."""
    planned = summary.of(document)
    if set(planned.counts) - {Action.UPDATE}:
        raise WouldDoMore(
            f"The plan {planned.words()}; it should only lift the protection. Nothing was changed. "
            "Lift the protection in the Hetzner console, then retry."
        )


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
