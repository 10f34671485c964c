"""Installing: an App's row with all that comes along, in the caller's transaction."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.blueprints.services import App as Blueprint
from catalyst.blueprints.services import apps as blueprints
from catalyst.problem import Invalid, NotFound
from franchise.applications import changes, facts, journal, wanted
from franchise.applications.facts import Fact
from franchise.applications.models import NAME, App, Backing, Change
from franchise.applications.problems import NameTaken, NoRoom, NotInstallable
from franchise.catalog import services as catalog
from franchise.catalog.config.judging import faults
from franchise.catalog.config.questions import defaults
from franchise.organizations import services as organizations
from franchise.organizations.environments.models import Environment
from franchise.organizations.environments.services import label
from franchise.organizations.members import services as members
from franchise.organizations.members.models import Membership
from franchise.organizations.problems import not_open
from franchise.organizations.quotas.limits import Limits
from franchise.vouchers.models import Redemption

LONGEST_NAME = 30
# Repositories an Organization has besides those of its Apps.
TAKEN = frozenset({"shared-blueprints"})
COPIES = 20


def offered() -> list[Blueprint]:
    """What may be installed here by itself, in the order of titles."""
    if not journal.enabled():
        return []
    sold = catalog.choosable()
    return [each for each in blueprints().values() if each.installable and each.id in sold]


def install(
    *,
    organization_id: int,
    environment_id: int,
    blueprint: str,
    actor: str,
    name: str = "",
    config: Mapping[str, Any] | None = None,
    dedicated: Collection[str] = (),
    by: Membership | None = None,
    request: HttpRequest | None = None,
) -> App:
    """Want one more App. `by`: the member who asks; None: a service that has judged already.

    `dedicated`: aliases of needs that get a copy of their own. Raises NotInstallable, Invalid with
    its field, NameTaken, NoRoom, NotFound, NotOpen, RoleTooSmall.
    """
    with transaction.atomic():
        if by is not None:
            members.acting(by=by, at_least=organizations.MemberRole.DEVELOPER)
            organization_id = by.organization_id
        organization = organizations.locked(organization_id=organization_id)
        if not organization.is_open:
            raise not_open(organization)
        environment = Environment.objects.filter(
            pk=environment_id, organization_id=organization_id
        ).first()
        if environment is None:
            raise NotFound(_("There is no such Environment in this Organization."))
        fact = _sold(blueprint)
        answers = judged(fact, config or {}, known=defaults(fact.schema))
        app = App(
            organization=organization, environment=environment, blueprint=fact.id,
            version=fact.versions[0], config=answers,
        )  # fmt: skip
        _name(app, name.strip().lower(), fact)
        _have(app, fact, actor, dedicated)
        _must_fit(organization)
        journal.audit(app, "install", actor=actor, request=request, blueprint=fact.id)
    return app


def came_of(*, app: App, redemption: Redemption) -> None:
    """Remember the redemption an App was asked for with. Joins the caller's transaction."""
    App.objects.filter(pk=app.pk).update(redemption=redemption)
    app.redemption = redemption


def least_plan(*, blueprint: str) -> str:
    """The smallest Plan it runs on. Raises NotInstallable."""
    return _sold(blueprint).least_plan


def judged(fact: Fact, config: Mapping[str, Any], *, known: Mapping[str, Any]) -> dict[str, Any]:
    """The answers with what is known beside them. Raises Invalid with the field."""
    answers = {**known, **config}
    if wrong := faults(fact.schema, answers) if fact.schema else {}:
        path, words = next(iter(wrong.items()))
        raise Invalid(
            words, field=".".join(path), errors={".".join(p): w for p, w in wrong.items()}
        )
    if not fact.schema and config:
        raise Invalid(_("This App has nothing to set."), field="config")
    return answers


def _sold(blueprint: str) -> Fact:
    if not journal.enabled():
        raise NotInstallable(_("This Sovereign has no Apps. Nothing was done."))
    if blueprint not in {each.id for each in offered()}:
        raise NotInstallable(
            _("“%(name)s” cannot be installed here. Choose another App.") % {"name": blueprint},
            field="blueprint", blueprint=blueprint,
        )  # fmt: skip
    return facts.of(blueprint)


def _have(app: App, fact: Fact, actor: str, dedicated: Collection[str]) -> None:
    """Its row, the services it rests on, and the Change that makes it true."""
    _save(app)
    for need in fact.needs:
        if need.holds(app.config):
            alone = need.name in dedicated
            service = (None if alone else _shared(app, need.blueprint)) or _service(
                app, need.blueprint, f"{app.name}-{need.name}" if alone else "", actor
            )
            Backing.objects.create(app=app, service=service, alias=need.name, dedicated=alone)
    changes.begin(app, Change.Kind.INSTALL, actor=actor)


def _shared(app: App, blueprint: str) -> App | None:
    """The one of this Environment that serves whoever needs it."""
    rows = App.objects.filter(environment=app.environment, blueprint=blueprint)
    rows = rows.exclude(state__in=wanted.GOING).exclude(carries__dedicated=True)
    return rows.order_by("id").first()


def _service(app: App, blueprint: str, name: str, actor: str) -> App:
    fact = facts.of(blueprint)
    service = App(
        organization=app.organization, environment=app.environment, blueprint=fact.id,
        version=fact.versions[0], config=defaults(fact.schema),
    )  # fmt: skip
    _name(service, name[:LONGEST_NAME].rstrip("-"), fact)
    _have(service, fact, actor, ())
    return service


def _name(app: App, name: str, fact: Fact) -> None:
    """As it was asked for, else the Blueprint's or the next that is free; with label and URL."""
    if name and (re.fullmatch(NAME, name) is None or name in TAKEN):
        raise Invalid(
            _(
                "A name has 2 to 30 letters a-z, digits and single hyphens, starts with a letter "
                "and ends with a letter or digit."
            ),
            field="name",
        )
    app.name = name or _free(app, fact.id)
    app.label = label(slug=app.organization.slug, kind=app.environment.kind, app=app.name)
    fqdn = settings.CATALYST.sovereign_fqdn
    app.url = f"https://{app.label}.{fqdn}" if fact.has_page else ""


def _free(app: App, wish: str) -> str:
    there = App.objects.filter(environment=app.environment).exclude(state=App.State.REMOVED)
    taken = set(there.values_list("name", flat=True)) | TAKEN
    names = [wish, *(f"{wish[: LONGEST_NAME - 3]}-{number}" for number in range(2, COPIES))]
    return next((each for each in names if each not in taken), names[-1])


def _save(app: App) -> None:
    try:
        with transaction.atomic():
            app.save()
    except IntegrityError as error:
        raise NameTaken(
            _("There is “%(name)s” already. Choose another name.") % {"name": app.name},
            field="name",
        ) from error


def _must_fit(organization: organizations.Organization) -> None:
    """All that is to run there, within what the plan allows."""
    limits = Limits.read(organization.limits)
    if limits is None:
        raise NoRoom(_("Choose a Plan first. Nothing was done."), field="plan")
    rows = App.objects.filter(organization=organization).exclude(state__in=wanted.GOING)
    sizes = [facts.of(each.blueprint) for each in rows]
    over = [
        name
        for name, used, most in (
            (_("memory"), sum(s.memory_mb for s in sizes), limits.memory_mb),
            (_("processor"), sum(s.cpu_milli for s in sizes), limits.vcpu * 1000),
            (_("disk"), sum(s.disk_gb for s in sizes), limits.disk_gb),
        )
        if used > most
    ]
    if over:
        raise NoRoom(
            _("The Plan has not enough left: %(what)s. Take a larger one or remove an App.")
            % {"what": ", ".join(over)},
            field="plan",
        )
