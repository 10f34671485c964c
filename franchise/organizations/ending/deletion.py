"""Deleting: asked for with the short name typed, undone within the grace period, then done.

What is done cannot be undone: members go, other rooms end what is theirs, the slug rests under its
tombstone. The row itself stays, because invoices and the ledger speak of it.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.problem import Invalid
from franchise.organizations import letters, people
from franchise.organizations.ending.states import go
from franchise.organizations.members import services as members
from franchise.organizations.members.models import Invitation, Membership
from franchise.organizations.members.roles import MemberRole
from franchise.organizations.models import Organization, Tombstone
from franchise.organizations.problems import WrongState
from franchise.organizations.rows import locked, subject
from franchise.organizations.states import State

log = structlog.get_logger(__name__)
ACTOR = "system:organizations"
ONE_ROUND = 20


def schedule(
    *, organization_id: int, typed: str, actor: str, by: Membership | None = None,
    request: HttpRequest | None = None,
) -> Organization:  # fmt: skip
    """Begin the grace period. `by`: the owner who asks; None: the platform's staff.

    Raises NotFound, Invalid (the short name typed is not this one's), RoleTooSmall, WrongState.
    """
    with transaction.atomic():
        organization = locked(organization_id=organization_id)
        _owner_or_staff(organization, by)
        if typed.strip().lower() != organization.slug:
            raise Invalid(
                _("Type the short name exactly: %(slug)s. Nothing was done.")
                % {"slug": organization.slug},
                field="typed",
            )
        organization.delete_after = Now() + _grace()
        go(organization, State.DELETING, _("It is being deleted already. Nothing was done."))
        organization.refresh_from_db()
        assert organization.delete_after is not None
        event = record(
            actor=actor,
            act="organization.delete-schedule",
            object=subject(organization),
            after={"delete_after": organization.delete_after.isoformat()},
            request=request,
        )
        letters.tell_owners(
            kind="deletion-scheduled",
            organization=organization,
            key=str(event.pk),
            by=actor,
            when=organization.delete_after,
        )
    return organization


def undo(
    *, organization_id: int, actor: str, by: Membership | None = None,
    request: HttpRequest | None = None,
) -> Organization:  # fmt: skip
    """Back to what it was; what held it before holds it again.

    Raises NotFound, RoleTooSmall, WrongState.
    """
    with transaction.atomic():
        organization = locked(organization_id=organization_id)
        _owner_or_staff(organization, by)
        if organization.state != State.DELETING:
            raise WrongState(_("It is not being deleted. Nothing was done."),
                             state=organization.state)  # fmt: skip
        organization.delete_after = None
        go(organization, State.SUSPENDED if organization.suspended_because else State.ACTIVE)
        event = record(
            actor=actor,
            act="organization.delete-undo",
            object=subject(organization),
            after={"state": organization.state},
            request=request,
        )
        letters.tell_owners(
            kind="deletion-cancelled", organization=organization, key=str(event.pk), by=actor
        )
    return organization


def finish_due() -> int:
    """Delete what the grace period is over for, a few a round; how many were deleted."""
    due = Organization.objects.filter(state=State.DELETING, delete_after__lte=Now())
    done = 0
    for pk in due.order_by("delete_after").values_list("pk", flat=True)[:ONE_ROUND]:
        try:
            done += _finish(pk)
        except Exception as error:  # noqa: BLE001 - one that cannot be deleted leaves the others alone
            log.warning("organization not deleted", organization=pk, error=type(error).__name__)
    return done


def _finish(organization_id: int) -> bool:
    """Whether it was done now: another worker may have been here, or an owner undone it."""
    with transaction.atomic():
        locked(organization_id=organization_id)
        organization = Organization.objects.filter(
            pk=organization_id, state=State.DELETING, delete_after__lte=Now()
        ).first()
        if organization is None:
            return False
        event = record(
            actor=ACTOR,
            act="organization.delete",
            object=subject(organization),
            before={"slug": organization.slug, "members": organization.memberships.count()},
        )
        letters.tell_owners(
            kind="organization-deleted", organization=organization, key=str(event.pk)
        )
        organization.delete_after, organization.deleted_at = None, Now()
        go(organization, State.DELETED)
        _hold_the_slug(organization.slug)
        Membership.objects.filter(organization=organization).delete()
        open_ones = Invitation.objects.filter(organization=organization, accepted_at__isnull=True)
        open_ones.filter(withdrawn_at__isnull=True).update(withdrawn_at=Now())
        people.want(slug=organization.slug)
    return True


def _hold_the_slug(slug: str) -> None:
    rest: timedelta = settings.CATALYST.organization_name_rest
    Tombstone.objects.update_or_create(slug=slug, defaults={"held_until": Now() + rest})


def _grace() -> timedelta:
    grace: timedelta = settings.CATALYST.organization_grace
    return grace


def _owner_or_staff(organization: Organization, by: Membership | None) -> None:
    """Whoever asks from within is an owner still; what state it is in does not matter."""
    if by is not None:
        row = members.one(organization=organization, membership_id=by.pk)
        members.must_reach(row.role, MemberRole.OWNER)
