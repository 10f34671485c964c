"""Whoever takes a Sovereign from its owner needs a second person: the owner, or another operator.

An owner who destroys their own stays alone: it is theirs, and they typed its name.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from catalyst.four_eyes import acts
from catalyst.four_eyes import services as four_eyes
from catalyst.identity.models import User
from sovereign_wizard.provisioning.models import Deployment

DESTROY = "deployment.destroy"
REMOVE = "deployment.clean-up"


@dataclass(frozen=True, slots=True)
class First:
    """The first person's act, exactly as it is asked for."""

    act: str
    object: str
    asked: dict[str, Any]
    words: str
    actor: User

    def ask(self, *, request: HttpRequest | None) -> None:
        """Before the act's transaction. Raises SecondPersonNeeded."""
        four_eyes.ask(
            act=self.act,
            object=self.object,
            asked=self.asked,
            words=self.words,
            actor=self.actor,
            request=request,
        )

    def use(self) -> str:
        """Inside it: who agreed. Raises SecondPersonNeeded."""
        return four_eyes.use(act=self.act, object=self.object, asked=self.asked, actor=self.actor)


def wanted(deployment: Deployment, actor: User) -> bool:
    """Does this person need another one to take this Sovereign away?"""
    return four_eyes.wanted() and deployment.owner_id != actor.pk


def destroying(deployment: Deployment, actor: User, also: Iterable[str]) -> First | None:
    """None where one person is enough. A word given for it does not hold after another run."""
    if not wanted(deployment, actor):
        return None
    chosen = sorted(set(also))
    run = deployment.runs.order_by("-number").values_list("number", flat=True).first()
    words = f"Destroy {deployment.fqdn} of {deployment.owner}, with all data on it"
    if chosen:
        words += f"; remove as well: {', '.join(chosen)}"
    asked = {"fqdn": deployment.fqdn, "after_run": run, "also": chosen}
    return First(DESTROY, deployment.subject, asked, f"{words}.", actor)


def removing(deployment: Deployment, actor: User, keys: Iterable[str]) -> First | None:
    """None where one person is enough."""
    if not wanted(deployment, actor):
        return None
    chosen = sorted(set(keys))
    words = f"Remove at Hetzner, of {deployment.fqdn} of {deployment.owner}: {', '.join(chosen)}."
    return First(
        REMOVE, deployment.subject, {"fqdn": deployment.fqdn, "items": chosen}, words, actor
    )


def named(second: str) -> dict[str, str]:
    """For the audit of the act."""
    return {"second_person": second} if second else {}


def _may_agree(user: User, subject: str) -> bool:
    """The owner, or whoever operates; the one who asked is left out by the room itself."""
    if user.has_role("catalyst-operator"):
        return True
    return Deployment.objects.filter(pk=_id(subject), owner=user).exists()


def _id(subject: str) -> uuid.UUID:
    return uuid.UUID(subject.partition(":")[2])


def _page(name: str) -> Callable[[str], str]:
    def place(subject: str) -> str:
        return reverse(name, args=[_id(subject)])

    return place


def register() -> None:
    """Called once when the app is ready."""
    for name, page in ((DESTROY, "deployment-destroy"), (REMOVE, "deployment-leftovers")):
        acts.register(name, acts.Act(may_agree=_may_agree, place=_page(page)))
