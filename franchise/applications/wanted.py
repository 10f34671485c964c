"""From rows to what Git is to hold: of an App, of an Organization, of the list of all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db.models import Q

from franchise.applications import facts, files, names, places
from franchise.applications.models import App, Backing
from franchise.organizations.models import Organization
from franchise.organizations.quotas import services as quotas
from franchise.organizations.states import State

GOING = (App.State.REMOVING, App.State.REMOVED)


def told(
    app: App,
    *,
    config: Mapping[str, Any],
    own: Mapping[str, Any] | None = None,
    former: tuple[str, ...] = (),
) -> files.Told:
    """The App as its files are made of. `own`, `former`: what stands in its values.yaml."""
    fact = facts.of(app.blueprint)
    organization, kind = app.organization.slug, app.environment.kind
    return files.Told(
        organization=organization,
        kind=kind,
        name=app.name,
        label=app.label,
        fqdn=settings.CATALYST.sovereign_fqdn,
        url=app.url,
        blueprint=app.blueprint,
        title=fact.title,
        chart=fact.chart,
        version=app.version,
        config=config,
        secrets=fact.secrets,
        rests=tuple(map(_rest, rests_on(app))),
        consumers=tuple(each.app.name for each in carried_by(app)),
        former=former,
        own=own or {},
    )


def rests_on(app: App) -> list[Backing]:
    """The services it rests on, by what it calls them."""
    rows = Backing.objects.select_related("service__environment", "app__environment")
    return list(rows.filter(app=app).order_by("alias"))


def carried_by(service: App) -> list[Backing]:
    """Who rests on a service and is not on its way out."""
    rows = Backing.objects.select_related("app__environment").filter(service=service)
    return list(rows.exclude(app__state__in=GOING).order_by("app__name", "app_id"))


def _rest(row: Backing) -> files.Rest:
    service = names.release(row.service.environment.kind, row.service.name)
    suffix, port = facts.ADDRESSES[row.service.blueprint]
    return files.Rest(
        alias=row.alias,
        host=f"{service}{suffix}",
        port=port,
        database=row.app.name,
        secret=files.credentials(service, row.app.name),
    )


def listed() -> list[str]:
    """Slugs of the Organizations that have a place: the living ones, and those whose Apps are still
    on their way out."""
    leaving = App.objects.exclude(state=App.State.REMOVED).values("organization_id")
    rows = Organization.objects.filter(~Q(state=State.DELETED) | Q(pk__in=leaving))
    return sorted(set(rows.values_list("slug", flat=True)))


def place(slug: str) -> places.Place | None:
    """What an Organization has in the cluster; None for one that has no place (any more)."""
    organization = of_slug(slug)
    if organization is None:
        return None
    ours = settings.CATALYST
    rows = App.objects.select_related("environment").filter(organization=organization)
    apps = rows.exclude(commit="").exclude(state__in=GOING).order_by("label")
    return places.Place(
        organization=slug,
        fqdn=ours.sovereign_fqdn,
        charts=places.Charts(ours.chart_registry, ours.chart_registry_insecure),
        quota=tuple(quotas.wanted(organization)),
        apps=tuple(_follow(each) for each in apps),
        paused=bool(organization.suspended_because),
    )


def of_slug(slug: str) -> Organization | None:
    """Whoever has the short name now: a living one, else one whose Apps are on their way out."""
    rows = Organization.objects.filter(slug=slug)
    living = rows.exclude(state=State.DELETED).first()
    leaving = App.objects.exclude(state=App.State.REMOVED).values("organization_id")
    return living or rows.filter(pk__in=leaving).first()


def address(app: App) -> str:
    """Where Flux and its members clone it."""
    return f"{settings.CATALYST.gitea_url}/{app.organization.slug}/{app.name}.git"


def _follow(app: App) -> places.Follow:
    rests = Backing.objects.filter(app=app).exclude(service__commit="")
    return places.Follow(
        label=app.label,
        name=app.name,
        kind=app.environment.kind,
        url=address(app),
        after=tuple(rests.values_list("service__label", flat=True)),
    )
