"""Making, naming and listing Organizations, and the door to what happens to them.

Making one joins the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.blueprints.services import App, apps
from catalyst.identity.keycloak.services import want_groups
from catalyst.identity.models import User
from franchise.organizations import people, slugs
from franchise.organizations.ending.export import exports
from franchise.organizations.ending.states import on_state, tell
from franchise.organizations.ending.suspension import resume, suspend
from franchise.organizations.environments import services as environments
from franchise.organizations.members.models import Membership
from franchise.organizations.members.roles import MemberRole
from franchise.organizations.members.services import acting, addresses, member, of_person
from franchise.organizations.models import Organization, Tombstone
from franchise.organizations.people import known, on_people
from franchise.organizations.problems import SlugTaken, unknown
from franchise.organizations.rows import constraint_of, locked, subject
from franchise.organizations.states import Cause, State
from franchise.organizations.typed import clean_email, clean_name

__all__ = [
    "Cause", "MemberRole", "Organization", "Page", "SlugTaken", "State", "addresses",
    "clean_email", "clean_name", "create", "exports", "get", "known", "locked", "member",
    "must_be_free", "of_person", "on_people", "on_state", "page", "preselected", "rename", "resume",
    "subject", "suspend",
]  # fmt: skip
SUGGESTIONS = 3
SLUG_IS_UNIQUE = "franchise_organization_slug"


@dataclass(frozen=True, slots=True)
class Page:
    """Newest first; `next_before` is the id to give for the following page."""

    rows: list[Organization]
    next_before: int | None


def create(
    *, name: str, owner_email: str, slug: str = "", user: User | None = None
) -> Organization:
    """Make an Organization with its owner and its first Environment; the slug comes from the name
    when none is given. `user`: the owner, if they are logged in under that address.

    Raises Invalid (name, email), BadSlug, SlugTaken with free suggestions.
    """
    name = clean_name(name)
    slug = slugs.check(slug.strip().lower() or slugs.from_name(name))
    email = clean_email(owner_email)
    try:
        with transaction.atomic():
            made = Organization.objects.create(
                slug=slug, name=name, owner_email=email, preselected_apps=_for_the_first()
            )
            # Looked for after the row is there: whoever deleted the last one has committed by now.
            if Tombstone.objects.filter(slug=slug, held_until__gt=Now()).exists():
                raise _taken(slug)
            Membership.objects.create(
                organization=made, email=email, user=user, role=MemberRole.OWNER
            )
            environments.first(organization=made)
            want_groups(slug=slug)
            people.want(slug=slug)
            tell(made, "")
    except IntegrityError as error:
        if constraint_of(error) != SLUG_IS_UNIQUE:
            raise
        raise _taken(slug) from error
    return made


def must_be_free(*, name: str = "", slug: str = "") -> str:
    """The slug an Organization of this name would get now. Raises BadSlug, SlugTaken."""
    wanted = slugs.check(slug.strip().lower() or slugs.from_name(name))
    living = Organization.objects.filter(slug=wanted).exclude(state=State.DELETED)
    if living.exists() or Tombstone.objects.filter(slug=wanted, held_until__gt=Now()).exists():
        raise _taken(wanted)
    return wanted


def get(*, organization_id: int) -> Organization:
    """For those who may see all of them. Raises NotFound."""
    found = Organization.objects.filter(pk=organization_id).first()
    if found is None:
        raise unknown()
    return found


def rename(*, by: Membership, name: str, request: HttpRequest | None = None) -> None:
    """Another name; the slug stays. Raises Invalid, RoleTooSmall, NotOpen."""
    name = clean_name(name, field="name")
    with transaction.atomic():
        organization, actor = acting(by=by)
        before, organization.name = organization.name, name
        if before == name:
            return
        organization.save(update_fields=["name"])
        record(
            actor=str(actor),
            act="organization.rename",
            object=subject(organization),
            before={"name": before},
            after={"name": name},
            request=request,
        )


def preselected(organization: Organization) -> list[App]:
    """The Apps it finds chosen, without what there is no more."""
    known = apps()
    return [known[name] for name in organization.preselected_apps if name in known]


def page(*, search: str = "", state: str = "", before: int | None = None, limit: int = 50) -> Page:
    """Organizations newest first, by key; `search` in name, slug and its people's addresses."""
    rows = Organization.objects.order_by("-id")
    if state:
        rows = rows.filter(state=state)
    if words := search.strip():
        theirs = Membership.objects.filter(email__icontains=words).values("organization_id")
        found_in = Q(name__icontains=words) | Q(slug__icontains=words.lower())
        rows = rows.filter(found_in | Q(owner_email__icontains=words) | Q(pk__in=theirs))
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows[: limit + 1])
    return Page(found[:limit], found[limit - 1].pk if len(found) > limit else None)


def _for_the_first() -> list[str]:
    """What the Sovereign's owner chose, while there is no Organization yet; then nothing."""
    wanted = settings.CATALYST.preselected_apps
    if not wanted or Organization.objects.exists():
        return []
    known = apps()
    return [name for name in wanted if name in known and known[name].choosable]


def _taken(slug: str) -> SlugTaken:
    return SlugTaken(
        _("“%(slug)s” belongs to another Organization. Nothing was redeemed.") % {"slug": slug},
        field="organization_slug",
        suggestions=_free_slugs(slug),
    )


def _free_slugs(slug: str) -> list[str]:
    candidates = list(slugs.alternatives(slug))
    living = Organization.objects.exclude(state=State.DELETED).filter(slug__in=candidates)
    held = Tombstone.objects.filter(slug__in=candidates, held_until__gt=Now())
    taken = {*living.values_list("slug", flat=True), *held.values_list("slug", flat=True)}
    return list(islice((each for each in candidates if each not in taken), SUGGESTIONS))
