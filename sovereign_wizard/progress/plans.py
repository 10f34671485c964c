"""The plan a person may approve, in words and counts. It never writes."""

from __future__ import annotations

from dataclasses import dataclass

from sovereign_wizard.provisioning.models import Deployment, Plan
from sovereign_wizard.tofu.summary import LOSING, Action, Loss


@dataclass(frozen=True, slots=True)
class Change:
    """`count` things of a kind; `loses` when what is on them is gone afterwards."""

    action: str
    noun: str
    count: int
    loses: bool


@dataclass(frozen=True, slots=True)
class PlanView:
    """`sha256` names this very plan file; an approval counts for no other."""

    sha256: str
    words: str
    changes: tuple[Change, ...]
    losses: tuple[Loss, ...]


def waiting(deployment: Deployment) -> PlanView | None:
    """The plan that waits for an approval now; None when none does."""
    plan = Plan.objects.filter(run__deployment=deployment, run__finished_at=None).first()
    if plan is None or plan.approved_at or plan.applied_at:
        return None
    changes = [
        Change(str(action), _noun(kind, count), count, loses=action in LOSING)
        for action, kinds in plan.changes.items()
        for kind, count in kinds.items()
    ]
    # What is lost is read first.
    changes.sort(key=lambda change: not change.loses)
    losses = tuple(Loss(Action(loss["action"]), loss["address"]) for loss in plan.losses)
    return PlanView(plan.sha256, plan.words, tuple(changes), losses)


def _noun(kind: str, count: int) -> str:
    """`hcloud_load_balancer` → `load balancer`."""
    noun = kind.partition("_")[2].replace("_", " ").replace("ssh", "SSH") or kind
    return noun if count == 1 else f"{noun}s"
