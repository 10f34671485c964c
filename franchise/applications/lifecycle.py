"""What happens to Apps and places when an Organization is made, changes, or ends."""

from __future__ import annotations

from typing import Any

from franchise.applications import changes, connections, ground, journal, wanted
from franchise.applications.models import App
from franchise.gitea import places as at_gitea
from franchise.organizations import services as organizations
from franchise.organizations.models import Organization
from franchise.organizations.states import State

ACTOR = "system:organizations"


def register() -> None:
    """When the app starts."""
    journal.register()
    organizations.on_state(follow_it)
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
        if row is None:
            ground.sync(gitea, [slug])
            at_gitea.remove_organization(gitea, slug)
            return
        ground.organization(gitea, slug, title=row.name)
        ground.sync(gitea, [slug])


def of_apps(organization_id: int) -> list[dict[str, Any]]:
    """For the export."""
    kept = ("name", "blueprint", "version", "config", "url", "state", "created_at", "removed_at")
    rows = App.objects.filter(organization_id=organization_id).select_related("environment")
    return [
        {"environment": str(row.environment), **{name: getattr(row, name) for name in kept}}
        for row in rows.order_by("id")
    ]
