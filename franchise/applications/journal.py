"""What is said of an App: its log for people, the audit, the promises to a worker."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from catalyst.audit.services import record
from catalyst.eventlog.services import Line, append, permit
from catalyst.identity.models import User
from catalyst.work import outbox
from franchise.applications.models import App
from franchise.organizations.members.models import Membership
from franchise.organizations.models import Organization

TOPIC = "franchise.app"
ORGANIZATION_TOPIC = "franchise.app-organization"
PEOPLE_TOPIC = "franchise.app-people"
WORKER = "system:apps"


def stream(app: App) -> str:
    """The subject of its log, and its name in the audit."""
    return f"app:{app.pk}"


def may_read(user: User, key: str) -> bool:
    """Its log: everybody who belongs to its Organization."""
    if not key.isascii() or not key.isdecimal() or len(key) > 18:
        return False
    return Membership.objects.filter(user=user, organization__apps__pk=int(key)).exists()


def register() -> None:
    """When the app starts."""
    permit("app", may_read)


def say(app: App, text: str, *, step: str = "", level: str = "info") -> None:
    append(stream(app), [Line(text, level=level, phase=step, source="franchise.applications")])


def audit(
    app: App, act: str, *, actor: str = WORKER, request: HttpRequest | None = None, **facts: Any
) -> None:
    record(
        actor=actor,
        act=f"app.{act}",
        object=f"organization:{app.organization_id}",
        after={"app": app.label, "state": str(app.state), **facts},
        request=request,
    )


def wake(app: App) -> None:
    """Have a worker go on with it now. Joins the caller's transaction."""
    outbox.put(topic=TOPIC, key=str(app.pk))


def want_place(organization: Organization) -> None:
    """Have Git and the cluster hold what the Organization's row says. Joins the transaction."""
    if enabled():
        outbox.put(topic=ORGANIZATION_TOPIC, key=organization.slug)


def want_people(slug: str) -> None:
    """Have the Organization's teams hold its members. Joins the transaction."""
    if enabled() and settings.CATALYST.gitea_sign_on:
        outbox.put(topic=PEOPLE_TOPIC, key=slug)


def enabled() -> bool:
    """Does this installation know a Git server and a cluster to run Apps in?"""
    ours = settings.CATALYST
    return bool(ours.gitea_url and ours.kubernetes_url)
