"""Lifts the deletion protection a Deployment was made with, before it is destroyed."""

from __future__ import annotations

import json
from dataclasses import replace

from catalyst.language.words import lazy
from catalyst.problem import Conflict
from sovereign_wizard.provisioning.context import Context
from sovereign_wizard.provisioning.phases.session import Session
from sovereign_wizard.tofu import command, summary
from sovereign_wizard.tofu.summary import Action


class WouldDoMore(Conflict):
    type = "lifting-would-do-more"
    title = lazy("Lifting the deletion protection would have done more than that")


def lift_protection(ctx: Context, tofu: Session) -> None:
    """Hetzner deletes what the owner had protected only after the module has set it free.

    Looks only at what is protected still: killed anywhere and run again, it goes on with the rest,
    and what an interrupted apply never made, or a destroy has taken away, is not made for it.
    Raises WouldDoMore before anything is changed, and the Problems of `Session.run`.
    """
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
