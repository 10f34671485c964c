"""What members do with an App that is there. Each locks the Organization first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.problem import Invalid
from franchise.applications import changes, facts, journal, reading
from franchise.applications.installing import judged
from franchise.applications.models import App, Change
from franchise.applications.problems import (
    Busy,
    NothingBefore,
    NothingToRetry,
    StillNeeded,
    WrongName,
    unknown,
)
from franchise.organizations.members import services as members
from franchise.organizations.members.models import Membership
from franchise.organizations.members.roles import MemberRole

Kind = Change.Kind


def configure(
    *, by: Membership, label: str, config: Mapping[str, Any], request: HttpRequest | None = None
) -> Change:
    """Other answers. Raises NotFound, Invalid with its field, Busy, RoleTooSmall, NotOpen."""
    with _at_rest(by, label) as (app, actor):
        before = app.config
        app.config = judged(facts.of(app.blueprint), config, known=before)
        app.save(update_fields=["config"])
        return _begin(app, Kind.CONFIGURE, actor, request, before=before, after=app.config)


def upgrade(
    *, by: Membership, label: str, version: str, request: HttpRequest | None = None
) -> Change:
    """Another version of its chart. Raises as `configure`."""
    with _at_rest(by, label) as (app, actor):
        if version not in facts.of(app.blueprint).versions or version == app.version:
            raise Invalid(_("Choose one of the versions offered."), field="version")
        before, app.version = app.version, version
        app.save(update_fields=["version"])
        return _begin(app, Kind.UPGRADE, actor, request, before=before, after=version)


def roll_back(*, by: Membership, label: str, request: HttpRequest | None = None) -> Change:
    """To what stood in Git before the newest commit. Asks Gitea.

    Raises NothingBefore, GiteaProblem's kinds, and as `configure`.
    """
    if len(reading.history(by=by, label=label, limit=2)) < 2:
        raise NothingBefore(_("It was installed and never changed. Nothing was done."))
    with _at_rest(by, label) as (app, actor):
        return _begin(app, Kind.ROLL_BACK, actor, request)


def remove(
    *, by: Membership, label: str, confirm_name: str, request: HttpRequest | None = None
) -> Change:
    """With its data, and with the services that only it rests on. It also ends an installation.

    Raises NotFound, WrongName, StillNeeded, Busy, RoleTooSmall, NotOpen.
    """
    with _locked(by, label, MemberRole.ADMIN) as (app, actor):
        if confirm_name.strip() != app.name:
            raise WrongName(
                _("Type its name exactly: %(name)s. Nothing was done.") % {"name": app.name},
                field="confirm_name",
            )
        if needed_by := [each.name for each in reading.of_service(app)]:
            raise StillNeeded(
                _("Remove these first: %(names)s.") % {"names": ", ".join(needed_by)},
                dependants=needed_by,
            )
        if app.state == App.State.REMOVING:
            raise Busy(_("It is being removed already."))
        changes.remove(app, actor=actor)
        journal.audit(app, Kind.REMOVE, actor=actor, request=request)
        found = changes.running(app)
        assert found is not None
        return found


def withdraw(*, app: App, actor: str) -> None:
    """It goes, whatever state it is in. For services that have judged; joins their transaction."""
    changes.remove(app, actor=actor)
    journal.audit(app, Kind.REMOVE, actor=actor)


def retry(*, by: Membership, label: str, request: HttpRequest | None = None) -> Change:
    """Go on with what stopped. Raises NothingToRetry, and as `configure`."""
    with _locked(by, label, MemberRole.DEVELOPER) as (app, actor):
        stopped = changes.last(app)
        if stopped is None or stopped.state != Change.State.FAILED or not stopped.retryable:
            raise NothingToRetry(_("Nothing was done."))
        changes.again(stopped)
        journal.say(app, f"{actor}: once more.", step=stopped.step)
        journal.audit(app, "retry", actor=actor, request=request, step=stopped.step)
        return stopped


def _begin(
    app: App, kind: Change.Kind, actor: str, request: HttpRequest | None, **facts_: Any
) -> Change:
    change = changes.begin(app, kind, actor=actor)
    journal.audit(app, kind, actor=actor, request=request, **facts_)
    return change


@contextmanager
def _at_rest(by: Membership, label: str) -> Iterator[tuple[App, str]]:
    """An App that nothing is being done to. Raises Busy."""
    with _locked(by, label, MemberRole.DEVELOPER) as (app, actor):
        if changes.running(app) is not None:
            raise Busy(_("Wait until it is done. Nothing was done."))
        yield app, actor


@contextmanager
def _locked(by: Membership, label: str, at_least: str) -> Iterator[tuple[App, str]]:
    """Within a transaction: the App as it is now, and who acts."""
    with transaction.atomic():
        organization, actor = members.acting(by=by, at_least=at_least)
        rows = App.objects.select_for_update(of=("self",)).select_related(
            "organization", "environment"
        )
        app = rows.filter(organization=organization, label=label).exclude(
            state=App.State.REMOVED
        ).first()  # fmt: skip
        if app is None:
            raise unknown()
        yield app, str(actor.email)
