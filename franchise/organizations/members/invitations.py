"""Asking somebody to join: a link by mail that is good once, for a week, for that address.

The token rests as a hash. It is looked up by the hash of 256 random bits, which needs no
comparison in constant time: who can make the hash has the token.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.identity.models import User
from catalyst.language.words import lazy
from catalyst.limits.gate import too_many
from catalyst.limits.services import hit
from catalyst.problem import Conflict, Forbidden, Invalid, NotFound, Problem
from catalyst.vault.secret import Secret
from franchise.mails.services import send
from franchise.organizations import people
from franchise.organizations.members import services as members
from franchise.organizations.members.models import Invitation, Membership
from franchise.organizations.members.roles import MemberRole, may_give
from franchise.organizations.models import Organization
from franchise.organizations.problems import RoleTooSmall, not_open
from franchise.organizations.rows import locked, subject
from franchise.organizations.typed import clean_email

GOOD_FOR = timedelta(days=7)
OPEN = Q(accepted_at__isnull=True, withdrawn_at__isnull=True)


class AlreadyMember(Conflict):
    type = "invitation-already-member"
    title = lazy("This person belongs to the Organization already")


class InvitationOver(Problem):
    """Withdrawn, accepted or too old; which of them is for whoever sent it to say."""

    type = "invitation-over"
    title = lazy("This invitation is not good any more")
    status = 410


class WrongPerson(Forbidden):
    type = "invitation-wrong-person"
    title = lazy("This invitation is for somebody else")


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open invitation; `is_over`: its link is too old and wants to be sent again."""

    invitation: Invitation
    is_over: bool


def invite(
    *, by: Membership, email: str, role: str, request: HttpRequest | None = None
) -> Invitation:
    """Ask somebody to join; asked again it is the same invitation with a new link.

    Raises Invalid, AlreadyMember, RoleTooSmall, NotOpen, TooMany.
    """
    email = clean_email(email)
    if role not in MemberRole.values:
        raise Invalid(_("Choose a role."), field="role")
    with transaction.atomic():
        organization, actor = members.acting(by=by)
        _must_give(actor, role)
        if organization.memberships.filter(email=email).exists():
            raise AlreadyMember(_("Change the role in the list instead."), field="email")
        known = organization.invitations.filter(OPEN, email=email).first()
        if known is not None:
            _must_give(actor, known.role)
        row = known or Invitation(organization=organization, email=email, sent=0)
        row.role, row.invited_by = MemberRole(role), str(actor)
        _send(organization, row)
        _record(organization, row, "invite", str(actor), request)
    return row


def resend(*, by: Membership, invitation_id: int, request: HttpRequest | None = None) -> None:
    """A new link; the one before is dead. Raises NotFound, RoleTooSmall, NotOpen, TooMany."""
    with transaction.atomic():
        organization, actor = members.acting(by=by)
        row = _open(organization, invitation_id)
        _must_give(actor, row.role)
        row.invited_by = str(actor)
        _send(organization, row)
        _record(organization, row, "invite-again", str(actor), request)


def withdraw(*, by: Membership, invitation_id: int, request: HttpRequest | None = None) -> None:
    """Raises NotFound, RoleTooSmall, NotOpen."""
    with transaction.atomic():
        organization, actor = members.acting(by=by)
        row = _open(organization, invitation_id)
        _must_give(actor, row.role)
        Invitation.objects.filter(pk=row.pk).update(withdrawn_at=Now())
        _record(organization, row, "invite-withdraw", str(actor), request)


def waiting(*, organization_id: int) -> list[Waiting]:
    """Who was asked and has not answered, oldest first."""
    is_over = ExpressionWrapper(Q(expires_at__lte=Now()), output_field=BooleanField())
    rows = Invitation.objects.filter(OPEN, organization_id=organization_id)
    return [Waiting(row, row.is_over) for row in rows.annotate(is_over=is_over).order_by("id")]


def fingerprint(token: Secret) -> str:
    """All that is kept of a token."""
    return sha256(token.reveal().encode()).hexdigest()


def find(*, token_hash: str) -> Invitation:
    """A good invitation with its `organization`. Raises InvitationOver, also for an unknown one."""
    rows = Invitation.objects.select_related("organization")
    found = rows.filter(OPEN, token_hash=token_hash, expires_at__gt=Now()).first()
    if found is None:
        raise _over()
    return found


def accept(*, user: User, token_hash: str, request: HttpRequest | None = None) -> Membership:
    """Join. Raises InvitationOver, WrongPerson, NotOpen; AlreadyMember under another address."""
    found = find(token_hash=token_hash)
    if found.email != user.email.lower():
        raise WrongPerson(
            _(
                "It was sent to %(invited)s, and you are logged in as %(own)s. Log in as the one "
                "who was invited, or ask for an invitation to your own address."
            )
            % {"invited": found.email, "own": user.email}
        )
    with transaction.atomic():
        organization = locked(organization_id=found.organization_id)
        if not organization.is_open:
            raise not_open(organization)
        row = find(token_hash=token_hash)  # as it is under the lock
        if organization.memberships.filter(user=user).exists():
            raise AlreadyMember(_("You are in. Nothing was changed."))
        made = Membership.objects.create(
            organization=organization, email=row.email, user=user, role=row.role
        )
        Invitation.objects.filter(pk=row.pk).update(accepted_at=Now())
        people.want(slug=organization.slug)
        _record(organization, row, "invite-accept", str(user), request)
    return made


def _send(organization: Organization, row: Invitation) -> None:
    """With a new token and a new week. Raises TooMany, for the mailbox's sake."""
    verdict = hit(action="invite", key=f"organization:{organization.pk}")
    if not verdict.allowed:
        raise too_many(verdict, _("Nobody was invited."))
    token = Secret(secrets.token_urlsafe(32))
    row.token_hash, row.sent = fingerprint(token), row.sent + 1
    row.expires_at = Now() + GOOD_FOR
    row.save()
    row.refresh_from_db(fields=["expires_at"])
    base = settings.CATALYST.public_url
    send(
        kind="invite",
        to=row.email,
        key=f"invitation:{row.pk}:{row.sent}",
        context={
            "organization": organization.name,
            "slug": organization.slug,
            "invited_by": row.invited_by,
            "role": str(MemberRole(row.role).label),
            "link": Secret(f"{base}/invitation?token={token.reveal()}"),
            "ends": row.expires_at,
        },
    )


def _must_give(actor: Membership, role: str) -> None:
    if not may_give(actor.role, role):
        raise RoleTooSmall(
            _("Only an owner invites owners. Nothing was done."), at_least=str(MemberRole.OWNER)
        )


def _open(organization: Organization, invitation_id: int) -> Invitation:
    found = organization.invitations.filter(OPEN, pk=invitation_id).first()
    if found is None:
        raise NotFound(_("There is no such invitation any more. Nothing was done."))
    return found


def _over() -> InvitationOver:
    return InvitationOver(_("Ask whoever invited you to send it again."))


def _record(
    organization: Organization, row: Invitation, act: str, actor: str, request: HttpRequest | None
) -> None:
    record(
        actor=actor,
        act=f"organization.{act}",
        object=subject(organization),
        after={"email": row.email, "role": row.role},
        request=request,
    )
