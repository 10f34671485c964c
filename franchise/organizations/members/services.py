"""Who may do what in an Organization. `member()` is the one door of isolation."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.identity.models import User
from catalyst.problem import NotFound
from franchise.organizations import people, problems
from franchise.organizations.members.models import Membership
from franchise.organizations.members.roles import MemberRole, may, may_give
from franchise.organizations.models import Organization
from franchise.organizations.rows import locked, subject
from franchise.organizations.states import State


def member(
    *,
    user: User,
    slug: str,
    at_least: str = MemberRole.VIEWER,
    to_write: bool = False,
) -> Membership:
    """This person's membership, with its `organization`.

    `to_write`: something is to be changed, which takes an active Organization. Raises NotFound for
    a stranger, the same as when there is no such Organization; RoleTooSmall; NotOpen.
    """
    found = _of(user).filter(organization__slug=slug).first()
    if found is None:
        raise problems.unknown()
    if found.user_id is None:
        meet(user=user)
    must_reach(found.role, at_least)
    if to_write and not found.organization.is_open:
        raise problems.not_open(found.organization)
    return found


def of_person(*, user: User) -> list[Membership]:
    """Where somebody belongs to, by name."""
    meet(user=user)
    rows = _of(user).order_by("organization__name", "organization_id", "user_id")
    return list({row.organization_id: row for row in reversed(rows)}.values())[::-1]


def of_organization(*, organization_id: int) -> list[Membership]:
    """Its people in the order they joined."""
    rows = Membership.objects.select_related("user").filter(organization_id=organization_id)
    return list(rows.order_by("joined_at", "id"))


def count_by_organization(*, organization_ids: Iterable[int]) -> dict[int, int]:
    """How many people each has."""
    rows = Membership.objects.filter(organization_id__in=list(organization_ids))
    return dict(rows.values_list("organization_id").annotate(models.Count("id")).order_by())


def addresses(*, organization_id: int, at_least: str = MemberRole.OWNER) -> list[str]:
    """Where those with these rights get their mail."""
    roles = [role for role in MemberRole.values if may(role, at_least)]
    rows = Membership.objects.filter(organization_id=organization_id, role__in=roles)
    return list(rows.order_by("id").values_list("email", flat=True))


def must_reach(role: str, at_least: str) -> None:
    """Raises RoleTooSmall."""
    if not may(role, at_least):
        raise problems.RoleTooSmall(
            _("It takes the role “%(needed)s”; yours is “%(own)s”. Nothing was done.")
            % {"needed": MemberRole(at_least).label, "own": MemberRole(role).label},
            at_least=str(at_least),
        )


def governed(user: User) -> QuerySet[Organization]:
    """Those of which somebody is to see the whole audit."""
    roles = [role for role in MemberRole.values if may(role, MemberRole.SECURITY)]
    theirs = Membership.objects.filter(user=user, role__in=roles).values("organization_id")
    return Organization.objects.filter(pk__in=theirs)


def meet(*, user: User) -> int:
    """Somebody logged in: what waits for their e-mail address is theirs from now on.

    An address is proved when an account has it: the issuer says so in the token
    (`email_verified`), and local accounts are made by whoever runs the installation.
    """
    mine = Membership.objects.filter(user=user).values("organization_id")
    waiting = Membership.objects.filter(user__isnull=True, email=user.email.lower())
    with transaction.atomic():
        waiting = waiting.exclude(organization_id__in=mine).select_related("organization")
        rows = list(waiting.select_for_update(skip_locked=True, of=("self",)))
        for row in rows:
            row.user = user
            row.save(update_fields=["user"])
            people.want(slug=row.organization.slug)
    return len(rows)


def change_role(
    *, by: Membership, membership_id: int, role: str, request: HttpRequest | None = None
) -> None:
    """Raises NotFound, RoleTooSmall, NotOpen, AnOwnerIsLeft."""
    with transaction.atomic():
        organization, actor = acting(by=by)
        row = one(organization=organization, membership_id=membership_id)
        if row.role == role:
            return
        if not (may_give(actor.role, role) and may_give(actor.role, row.role)):
            raise _only_owners()
        before, row.role = row.role, MemberRole(role)
        row.save(update_fields=["role"])
        _an_owner_is_left(organization)
        people.want(slug=organization.slug)
        _record(organization, row, str(actor), "role", before, row.role, request)


def remove(*, by: Membership, membership_id: int, request: HttpRequest | None = None) -> None:
    """Somebody else goes. Raises NotFound, RoleTooSmall, NotOpen, AnOwnerIsLeft."""
    with transaction.atomic():
        organization, actor = acting(by=by)
        row = one(organization=organization, membership_id=membership_id)
        if not may_give(actor.role, row.role):
            raise _only_owners()
        _go(organization, row, str(actor), "member-remove", request)


def leave(*, by: Membership, request: HttpRequest | None = None) -> None:
    """Somebody goes on their own, whatever state it is in. Raises NotFound, AnOwnerIsLeft."""
    with transaction.atomic():
        organization = locked(organization_id=by.organization_id)
        row = one(organization=organization, membership_id=by.pk)
        _go(organization, row, row.email, "member-leave", request)


def acting(*, by: Membership, at_least: str = MemberRole.ADMIN) -> tuple[Organization, Membership]:
    """The Organization, locked, and who acts as they are now: both may have changed since the page.

    Raises NotFound, RoleTooSmall, NotOpen.
    """
    organization = locked(organization_id=by.organization_id)
    actor = one(organization=organization, membership_id=by.pk)
    must_reach(actor.role, at_least)
    if not organization.is_open:
        raise problems.not_open(organization)
    return organization, actor


def one(*, organization: Organization, membership_id: int) -> Membership:
    """Raises NotFound."""
    found = Membership.objects.filter(organization=organization, pk=membership_id).first()
    if found is None:
        raise NotFound(_("There is no such member any more. Nothing was done."))
    return found


def _of(user: User) -> QuerySet[Membership]:
    """Theirs: by the account, or by the address while no account has it."""
    theirs = Q(user=user) | Q(user__isnull=True, email=user.email.lower())
    rows = Membership.objects.select_related("organization").filter(theirs)
    return rows.exclude(organization__state=State.DELETED).order_by("user_id")


def _only_owners() -> problems.RoleTooSmall:
    return problems.RoleTooSmall(
        _("Only an owner makes owners, changes their role or removes them. Nothing was done."),
        at_least=str(MemberRole.OWNER),
    )


def _go(
    organization: Organization, row: Membership, actor: str, act: str, request: HttpRequest | None
) -> None:
    _record(organization, row, actor, act, row.role, None, request)
    row.delete()
    _an_owner_is_left(organization)
    people.want(slug=organization.slug)


def _an_owner_is_left(organization: Organization) -> None:
    """Of the rows as they would be; the database says the same at commit."""
    if not organization.memberships.filter(role=MemberRole.OWNER).exists():
        raise problems.AnOwnerIsLeft(
            _("Make somebody else an owner first, or delete the Organization. Nothing was done.")
        )


def _record(
    organization: Organization,
    row: Membership,
    actor: str,
    act: str,
    before: str | None,
    after: str | None,
    request: HttpRequest | None,
) -> None:
    record(
        actor=actor,
        act=f"organization.{act}",
        object=subject(organization),
        before={"email": row.email, "role": before} if before else None,
        after={"email": row.email, "role": after} if after else None,
        request=request,
    )
