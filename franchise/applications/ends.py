"""How a Change ends: done, or stopped where a person has to act. Joins the worker's transaction."""

from __future__ import annotations

from django.db.models.functions import Now

from catalyst.problem import Problem
from franchise.applications import changes, journal, wanted
from franchise.applications.models import App, Backing, Change
from franchise.mails import services as mails
from franchise.organizations import services as organizations

Kind, State = Change.Kind, App.State


def finish(change: Change) -> None:
    """The world is as it was asked for."""
    app = change.app
    app.refresh_from_db()
    Change.objects.filter(pk=change.pk).update(
        state=Change.State.DONE, next_look_at=None, ended_at=Now(), words="", problem={},
        wanted={**change.wanted, "version": app.version, "config": app.config},
    )  # fmt: skip
    if change.kind == Kind.REMOVE:
        _removed(change, app)
    else:
        app.state = State.READY
        app.save(update_fields=["state"])
        journal.say(app, f"{app.name} is ready.", step=change.step)
        if change.kind == Kind.INSTALL and app.url:
            _tell(change, "app-ready", app=app.name, link=app.url)
    journal.audit(app, f"{change.kind}-done", asked_by=change.actor)


def stop(change: Change, problem: Problem, *, retryable: bool) -> None:
    """It goes on when somebody says so."""
    app = change.app
    text = f"{problem.title}. {problem.detail}".strip()
    told = {"type": problem.type, "title": problem.title, "detail": problem.detail}
    Change.objects.filter(pk=change.pk).update(
        state=Change.State.FAILED, next_look_at=None, ended_at=Now(), words=text[:500],
        problem=told, retryable=retryable,
    )  # fmt: skip
    App.objects.filter(pk=app.pk).update(state=State.FAILED)
    app.state = State.FAILED
    journal.say(app, text, step=change.step, level="error")
    journal.audit(app, f"{change.kind}-failed", asked_by=change.actor, problem=problem.type)
    _tell(change, "app-failed", app=app.name, because=problem.title)


def _removed(change: Change, app: App) -> None:
    services = [row.service for row in wanted.rests_on(app)]
    app.state = State.REMOVED
    App.objects.filter(pk=app.pk).update(
        state=State.REMOVED, removed_at=Now(), commit="", url=app.url, seen={}
    )
    Backing.objects.filter(app=app).delete()
    journal.say(app, f"{app.name} is removed.", step=change.step)
    for service in services:
        if not Backing.objects.filter(service=service).exists():
            changes.remove(service, actor=change.actor)
    journal.want_place(app.organization)


def _tell(change: Change, kind: str, **words: str) -> None:
    """Whoever asked, if they are a person; once per Change, and per failure of it."""
    app = change.app
    known = organizations.addresses(
        organization_id=app.organization_id, at_least=organizations.MemberRole.VIEWER
    )
    if change.actor.lower() in {each.lower() for each in known}:
        mails.send(
            kind=kind, to=change.actor, key=f"{kind}:{change.pk}",
            context={"organization": app.organization.name, "slug": app.organization.slug, **words},
        )  # fmt: skip
