"""Making and listing Organizations. Making one joins the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from catalyst.blueprints.services import App, apps
from catalyst.identity.keycloak.services import want_groups
from catalyst.language.words import lazy
from catalyst.problem import Conflict, Invalid
from franchise.organizations import slugs
from franchise.organizations.models import Organization

SUGGESTIONS = 3


class SlugTaken(Conflict):
    """`suggestions` in `extra` are free right now."""

    type = "organization-slug-taken"
    title = lazy("This short name is taken")


@dataclass(frozen=True, slots=True)
class Page:
    """Newest first; `next_before` is the id to give for the following page."""

    rows: list[Organization]
    next_before: int | None


def clean_email(email: str) -> str:
    """The address as we keep it. Raises Invalid(field="email")."""
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid(
            _("This is not an e-mail address. Write it like name@example.com."), field="email"
        ) from error
    return email


def clean_name(name: str) -> str:
    """The name as we keep it, single spaces. Raises Invalid(field="organization_name")."""
    name = " ".join(name.split())
    if not 2 <= len(name) <= 120 or not name.isprintable():
        raise Invalid(_("A name has 2 to 120 characters."), field="organization_name")
    return name


def create(*, name: str, owner_email: str, slug: str = "") -> Organization:
    """Make an Organization; the slug comes from the name when none is given.

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
            want_groups(slug=slug)
            return made
    except IntegrityError as error:
        raise SlugTaken(
            _("“%(slug)s” belongs to another Organization. Nothing was redeemed.") % {"slug": slug},
            field="organization_slug",
            suggestions=_free_slugs(slug),
        ) from error


def preselected(organization: Organization) -> list[App]:
    """The Apps it finds chosen, without what there is no more."""
    known = apps()
    return [known[name] for name in organization.preselected_apps if name in known]


def _for_the_first() -> list[str]:
    """What the Sovereign's owner chose, while there is no Organization yet; then nothing."""
    if Organization.objects.exists():
        return []
    known = apps()
    wanted = settings.CATALYST.preselected_apps
    return [name for name in wanted if name in known and known[name].choosable]


def _free_slugs(slug: str) -> list[str]:
    candidates = list(slugs.alternatives(slug))
    taken = set(Organization.objects.filter(slug__in=candidates).values_list("slug", flat=True))
    return list(islice((each for each in candidates if each not in taken), SUGGESTIONS))


def page(*, before: int | None = None, limit: int = 50) -> Page:
    """Organizations newest first, by key."""
    rows = Organization.objects.order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows[: limit + 1])
    return Page(found[:limit], found[limit - 1].pk if len(found) > limit else None)
