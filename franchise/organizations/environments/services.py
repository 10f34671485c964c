"""Environments and the names built from them, each a DNS label (RFC 1035 §2.3.4)."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.language.words import lazy
from catalyst.problem import Conflict, Invalid
from franchise.organizations.environments.models import Environment, Kind
from franchise.organizations.members.models import Membership
from franchise.organizations.members.roles import MemberRole
from franchise.organizations.members.services import acting
from franchise.organizations.models import Organization
from franchise.organizations.rows import subject

LONGEST_LABEL = 63


class EnvironmentThere(Conflict):
    type = "environment-there"
    title = lazy("The Organization has this Environment already")


def label(*, slug: str, kind: str, app: str = "") -> str:
    """`{organization}-{type}`, or with an App `{organization}-{type}-{app}`, where one wildcard
    certificate covers a single label (spec franchise §6.6). Raises Invalid when it is too long."""
    made = "-".join(part for part in (slug, Kind(kind).value, app) if part)
    if len(made) > LONGEST_LABEL:
        raise Invalid(
            _("“%(label)s” is longer than the %(most)s letters a name in DNS may have.")
            % {"label": made, "most": LONGEST_LABEL},
            field="app",
        )
    return made


def first(*, organization: Organization) -> Environment:
    """What a new Organization starts with. Joins the caller's transaction."""
    return Environment.objects.create(organization=organization, kind=Kind.PROD)


def of_organization(*, organization_id: int) -> list[Environment]:
    """In the order they were made."""
    rows = Environment.objects.select_related("organization")
    return list(rows.filter(organization_id=organization_id).order_by("id"))


def add(*, by: Membership, kind: str, request: HttpRequest | None = None) -> Environment:
    """One more. Raises Invalid, EnvironmentThere, RoleTooSmall, NotOpen."""
    if kind not in Kind.values:
        raise Invalid(_("Choose a type of Environment."), field="kind")
    with transaction.atomic():
        organization, actor = acting(by=by, at_least=MemberRole.ADMIN)
        label(slug=organization.slug, kind=kind)
        made, is_new = Environment.objects.get_or_create(organization=organization, kind=kind)
        if not is_new:
            raise EnvironmentThere(_("Nothing was done."), field="kind")
        record(
            actor=str(actor),
            act="organization.environment-add",
            object=subject(organization),
            after={"environment": str(made)},
            request=request,
        )
    return made
