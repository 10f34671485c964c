"""What every Sovereign has at Gitea and in its cluster before there is an App, and the place of
each Organization. Derived from rows and asked again at every step, so that it heals by itself.
"""

from __future__ import annotations

import random
import time
import uuid
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import structlog
import yaml
from django.conf import settings

from catalyst.blueprints.services import apps
from catalyst.work.clock import database_now
from catalyst.work.leases import me, take
from franchise.applications import connections, git, places, wanted
from franchise.cluster import objects
from franchise.cluster.http import Cluster
from franchise.cluster.problems import Absent
from franchise.gitea import commits
from franchise.gitea import people as accounts
from franchise.gitea import places as at_gitea
from franchise.gitea.commits import Author
from franchise.gitea.http import Connection
from franchise.organizations import services as organizations
from franchise.organizations.members.roles import MemberRole, may
from franchise.organizations.models import Organization

log = structlog.get_logger(__name__)
CATALOG, OWN_CATALOG, SYSTEM = "catalog", "catalog-sovereign", "system"
SHARED = "shared-blueprints"
# Ours in every Organization: those of its roles that may do something in Git.
TEAMS = {"admins": "admin", "developers": "write", "viewers": "read"}
FLUX_TEAM = "flux"
HOOK_PATH = "/hooks/gitea"
TURN_SECONDS = 30.0


def catalyst() -> Author:
    """Whom commits are by that no person asked for."""
    return Author("Catalyst", f"catalyst@{settings.CATALYST.sovereign_fqdn or 'localhost'}")


def have(gitea: Connection, cluster: Cluster) -> None:
    """Gitea's organizations of the Sovereign itself, and what makes Flux follow them."""
    at_gitea.account(
        gitea,
        connections.FLUX,
        email=f"flux@{settings.CATALYST.sovereign_fqdn or 'localhost'}",
        password=connections.flux_password(),
    )
    for name, title in ((CATALOG, "Blueprints"), (OWN_CATALOG, "Our Blueprints"), (SYSTEM, "")):
        at_gitea.organization(gitea, name, title=title)
    repository = at_gitea.repository(gitea, CATALOG, "blueprints", about="What may be installed")
    git.persistently(
        lambda: commits.write(
            gitea,
            repository,
            branch="main",
            files=catalogue(),
            message="What the product brings",
            author=catalyst(),
        )
    )
    at_gitea.repository(gitea, SYSTEM, "catalyst-config", about="Where Organizations are")
    _let_flux_read(gitea, SYSTEM)
    _be_told(gitea, SYSTEM)
    follow(cluster)


def follow(cluster: Cluster) -> None:
    """Flux's log-in at Gitea, and its two objects that lead to all others."""
    login = {"username": connections.FLUX, "password": connections.flux_password().reveal()}
    if bundle := settings.CATALYST.ca_bundle:
        login["ca.crt"] = bundle.read_text()
    data = {name: b64encode(text.encode()).decode() for name, text in login.items()}
    meta = {"name": places.LOGIN, "namespace": places.FLUX}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": data}
    cluster.apply(objects.path("secrets", places.FLUX, places.LOGIN), secret)
    source, organizations = places.root(settings.CATALYST.gitea_url)
    cluster.apply(objects.path("gitrepositories", places.FLUX, "catalyst-config"), source)
    cluster.apply(objects.path("kustomizations", places.FLUX, "organizations"), organizations)


def organization(gitea: Connection, slug: str, *, title: str) -> None:
    """One Organization's own place at Gitea."""
    at_gitea.organization(gitea, slug, title=title)
    at_gitea.repository(gitea, slug, SHARED, about="Blueprints of your own")
    for name, permission in TEAMS.items():
        at_gitea.team(gitea, slug, name, permission=permission)
    _let_flux_read(gitea, slug)
    _be_told(gitea, slug)


def people(gitea: Connection, organization: Organization) -> None:
    """Its teams hold its members, by what their roles may do. While it is closed all only read."""
    sign_on = settings.CATALYST.gitea_sign_on
    if not sign_on:
        return
    inside: dict[str, set[str]] = {name: set() for name in TEAMS}
    for each in organizations.known(slug=organization.slug):
        name = accounts.account(gitea, sign_on=sign_on, subject=each.subject, email=each.email)
        if name:
            inside[_team_of(each.role, is_open=organization.is_open)].add(name)
        else:
            log.warning("a member's address is another account's", organization=organization.slug)
    for team, permission in TEAMS.items():
        team_id = at_gitea.team(gitea, organization.slug, team, permission=permission)
        accounts.members(gitea, team_id, inside[team])


def _team_of(role: str, *, is_open: bool) -> str:
    if is_open and may(role, MemberRole.ADMIN):
        return "admins"
    return "developers" if is_open and may(role, MemberRole.DEVELOPER) else "viewers"


def look(cluster: Cluster, source: str, kustomization: str) -> None:
    """Have Flux look now: at Git, and then at what it got from there."""
    now = {objects.REQUESTED: database_now().isoformat()}
    for kind, name in (("gitrepositories", source), ("kustomizations", kustomization)):
        try:
            cluster.annotate(objects.path(kind, places.FLUX, name), **now)
        except Absent:  # it is not followed yet, and will be looked at when it is
            continue


def look_at_places(cluster: Cluster) -> None:
    """Have Flux look at `catalyst-config` now."""
    look(cluster, "catalyst-config", "organizations")


def sync(gitea: Connection, slugs: Iterable[str]) -> str | None:
    """`catalyst-config` says of these Organizations, and in its list of all, what the rows say.

    The id of the commit; None when it was so already.
    """
    with _turn():
        return git.persistently(lambda: _sync(gitea, sorted(set(slugs))))


@contextmanager
def _turn() -> Iterator[None]:
    """One after the other, as far as waiting helps: of many commits at once Gitea refuses all but
    one. What is right does not hang on it."""
    until = time.monotonic() + TURN_SECONDS
    held = None
    while held is None and time.monotonic() < until:
        held = take("franchise:catalyst-config", holder=f"{me()}:{uuid.uuid4().hex[:8]}")
        if held is None:
            time.sleep(random.uniform(0.05, 0.2))
    try:
        yield
    finally:
        if held is not None:
            held.release()


def _sync(gitea: Connection, slugs: list[str]) -> str | None:
    # Before the rows are read: whoever commits what newer rows say makes ours be refused.
    here = commits.tree(gitea, places.CONFIG, ref="main")
    listed = wanted.listed()
    made: dict[str, str | None] = {}
    for slug in slugs:
        made |= {path: None for path in here if path.startswith(places.folder(slug))}
        if slug in listed and (place := wanted.place(slug)):
            made |= places.files(place)
    # One whose turn has not come yet has no files, so nobody may be sent there.
    begun = {path.split("/")[1] for path in here if path.startswith("organizations/")}
    with_place = [each for each in listed if each in begun or each in slugs]
    made |= places.parent(with_place, url=settings.CATALYST.gitea_url)
    return commits.write(
        gitea,
        places.CONFIG,
        branch="main",
        files=made,
        message=f"Organizations: {', '.join(slugs)}"[:200],
        author=catalyst(),
        here=here,
    )


def catalogue() -> dict[str, str]:
    """One file for each Blueprint that can be installed."""
    return {
        f"{each.id}.yaml": yaml.safe_dump(
            {
                "id": each.id,
                "title": each.title,
                "summary": each.summary,
                "category": each.category,
                "version": each.version,
                "needs": list(each.needs),
                "usage": {
                    "memory_mb": each.usage.memory,
                    "cpu_milli": each.usage.cpu,
                    "disk_gb": each.usage.disk,
                },
            },
            sort_keys=False,
            allow_unicode=True,
        )
        for each in apps().values()
        if each.installable
    } or {"README.md": "Nothing can be installed yet.\n"}


def _let_flux_read(gitea: Connection, organization: str) -> None:
    team = at_gitea.team(gitea, organization, FLUX_TEAM, permission="read")
    at_gitea.member(gitea, team, connections.FLUX)


def _be_told(gitea: Connection, organization: str) -> None:
    at_gitea.organization_webhook(
        gitea,
        organization,
        url=settings.CATALYST.public_url + HOOK_PATH,
        secret=connections.hook_secret(),
    )
