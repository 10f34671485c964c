"""Whether the components phase goes on, ends or gives up, from what was seen. Pure."""

from __future__ import annotations

from catalyst.work.steps import Done, Fail, Outcome, Wait
from sovereign_wizard.cluster.problems import ComponentFailed
from sovereign_wizard.cluster.states import Kind, Seen, Status

LOOK_AGAIN_SECONDS = 2.0
# Of those that are not ready, which says the most about why it is not going on.
TELLING = (Status.DEGRADED, Status.SUSPENDED, Status.INSTALLING, Status.PENDING)


def verdict(seen: tuple[Seen, ...]) -> Outcome:
    """Done only when every stage and every release is installed, and there is one of each."""
    if failed := [one for one in seen if one.status == Status.FAILED]:
        told = " ".join(f"{one.id}: {_sentence(one.message)}" for one in failed)
        return Fail(ComponentFailed(told, components=[one.id for one in failed]))
    releases = [one for one in seen if one.kind == Kind.RELEASE]
    missing = [one for one in seen if one.status != Status.INSTALLED]
    if missing or not releases:
        return Wait(_why(releases, missing), LOOK_AGAIN_SECONDS)
    stages = [one.id for one in seen if one.kind == Kind.STAGE]
    if not stages:
        return Wait("No Kustomization says what belongs to this Sovereign.", LOOK_AGAIN_SECONDS)
    return Done({"components": {"installed": [one.id for one in releases], "stages": stages}})


def _why(releases: list[Seen], missing: list[Seen]) -> str:
    ready = sum(one.status == Status.INSTALLED for one in releases)
    told = f"{ready} of the {len(releases)} components known so far are ready."
    # A release says more than the stage that waits for it.
    order = sorted(missing, key=lambda one: (TELLING.index(one.status), one.kind == Kind.STAGE))
    if order:
        first = order[0]
        what = f"Kustomization {first.id}" if first.kind == Kind.STAGE else first.id
        told += f" {what} is {first.status}: {_sentence(first.message)}"
        told += f" {_sentence(first.stuck)}" if first.stuck else ""
    return told


def _sentence(message: str) -> str:
    return message if message.endswith(".") else f"{message}."
