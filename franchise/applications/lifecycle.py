"""What happens to Apps and places when an Organization is made, changes, or ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from catalyst.work.clock import database_now
from franchise.applications import changes, connections, ground, journal, wanted
from franchise.applications.models import App
from franchise.gitea import places as at_gitea
from franchise.mails import services as mails
from franchise.organizations import services as organizations
from franchise.organizations.models import Organization
from franchise.organizations.states import State

ACTOR = "system:organizations"
NEW = timedelta(days=1)


def register() -> None:
    """When the app starts."""
    journal.register()
    organizations.on_state(follow_it)
    organizations.on_people(journal.want_people)
    organizations.exports("apps.json", of_apps)


def follow_it(organization: Organization, before: str) -> None:
    """Deleted: all its Apps go. Its place follows its state."""
    if organization.state == State.DELETED:
        for app in App.objects.filter(organization=organization).order_by("id"):
            changes.remove(app, actor=ACTOR)
    journal.want_place(organization)


def bring_place(*, slug: str) -> None:
    """Git holds what the rows say of whoever has this short name. The worker's part."""
    with connections.gitea() as gitea, connections.cluster() as cluster:
        ground.have(gitea, cluster)
        row = wanted.of_slug(slug)
        if row is not None:
            ground.organization(gitea, slug, title=row.name)
            ground.people(gitea, row)
        if ground.sync(gitea, [slug]):
            ground.look_at_places(cluster)
        if row is None:
            at_gitea.remove_organization(gitea, slug)
        else:
            _tell_it_is_ready(row)


def bring_people(*, slug: str) -> None:
    """Its teams follow its members. One whose place is still to come gets them with it."""
    with connections.gitea() as gitea:
        row = wanted.of_slug(slug)
        if row is not None and gitea.look(f"/orgs/{slug}") is not None:
            ground.people(gitea, row)


def _tell_it_is_ready(organization: Organization) -> None:
    """Once, its owners: said again it is the same mail. Not those that are much older than Apps."""
    if organization.state != State.ACTIVE or not _is_new(organization):
        return
    for to in organizations.addresses(organization_id=organization.pk):
        mails.send(
            kind="organization-ready", to=to, key=f"organization-ready:{organization.pk}",
            context={"organization": organization.name, "slug": organization.slug},
        )  # fmt: skip


def _is_new(organization: Organization) -> bool:
    return database_now() - organization.created_at < NEW


def of_apps(organization_id: int) -> list[dict[str, Any]]:
    """For the export."""
    kept = ("name", "blueprint", "version", "config", "url", "state", "created_at", "removed_at")
    rows = App.objects.filter(organization_id=organization_id).select_related("environment")
    return [
        {"environment": str(row.environment), **{name: getattr(row, name) for name in kept}}
        for row in rows.order_by("id")
    ]
