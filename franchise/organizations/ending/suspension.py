"""Suspending and resuming. Several causes may hold one Organization; the last one lifted opens it.

While it is suspended its members may only look, and its quota is zero Pods.
"""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.problem import Invalid
from franchise.organizations import letters
from franchise.organizations.ending.states import go
from franchise.organizations.models import Organization
from franchise.organizations.problems import WrongState, why_not_open
from franchise.organizations.rows import locked, subject
from franchise.organizations.states import Cause, State

LONGEST_WORDS = 500


def suspend(
    *,
    organization_id: int,
    because: str,
    actor: str,
    words: str = "",
    request: HttpRequest | None = None,
) -> None:
    """Hold an Organization for this cause; for a cause that holds it already nothing happens.

    Billing may learn of something long after an Organization was deleted: then there is nothing to
    hold, and only staff are told so. `words` is what whoever did it says, for their colleagues.
    Raises NotFound, Invalid, WrongState.
    """
    cause = _cause(because)
    words = " ".join(words.split())
    if cause is Cause.STAFF and not 1 <= len(words) <= LONGEST_WORDS:
        raise Invalid(_("Say why, in up to 500 characters."), field="words")
    with transaction.atomic():
        organization = locked(organization_id=organization_id)
        if cause in organization.suspended_because:
            return
        if _is_gone(organization, cause):
            return
        before = dict(organization.suspended_because)
        organization.suspended_because = {**before, str(cause): words}
        was_open = organization.is_open
        if was_open:
            go(organization, State.SUSPENDED)
        else:
            organization.save(update_fields=["suspended_because"])
        key = _record(organization, "suspend", actor, before, request)
        if was_open:
            letters.tell_owners(
                kind="organization-suspended",
                organization=organization,
                key=key,
                because=why_not_open(organization),
            )


def resume(
    *,
    organization_id: int,
    because: str,
    actor: str,
    request: HttpRequest | None = None,
) -> bool:
    """Lift this cause; whether the Organization is active now. Never lifts another's cause.

    Raises NotFound, Invalid, WrongState.
    """
    cause = _cause(because)
    with transaction.atomic():
        organization = locked(organization_id=organization_id)
        if _is_gone(organization, cause):
            return False
        before = dict(organization.suspended_because)
        if cause not in before:
            return organization.is_open
        organization.suspended_because = {
            other: words for other, words in before.items() if other != cause
        }
        opens = organization.state == State.SUSPENDED and not organization.suspended_because
        if opens:
            go(organization, State.ACTIVE)
        else:
            organization.save(update_fields=["suspended_because"])
        key = _record(organization, "resume", actor, before, request)
        if opens:
            letters.tell_owners(kind="organization-resumed", organization=organization, key=key)
    return opens


def _cause(because: str) -> Cause:
    if because not in Cause.values:
        raise Invalid(_("This is no cause to suspend an Organization."), field="because")
    return Cause(because)


def _is_gone(organization: Organization, cause: Cause) -> bool:
    """Raises WrongState where a person is to be told."""
    if organization.state != State.DELETED:
        return False
    if cause is Cause.STAFF:
        raise WrongState(_("It is deleted. Nothing was done."), state=organization.state)
    return True


def _record(
    organization: Organization,
    act: str,
    actor: str,
    before: dict[str, str],
    request: HttpRequest | None,
) -> str:
    """The key of what happened."""
    event = record(
        actor=actor,
        act=f"organization.{act}",
        object=subject(organization),
        before={"suspended_because": before},
        after={"suspended_because": organization.suspended_because, "state": organization.state},
        request=request,
    )
    return str(event.pk)
