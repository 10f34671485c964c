"""Why something cannot be done to an Organization or within it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from catalyst.problem import Conflict, Forbidden, NotFound
from franchise.organizations.models import Organization
from franchise.organizations.states import Cause, State


class SlugTaken(Conflict):
    """`suggestions` in `extra` are free right now."""

    type = "organization-slug-taken"
    title = lazy("This short name is taken")


class RoleTooSmall(Forbidden):
    """`at_least` in `extra`: the role it takes."""

    type = "organization-role"
    title = lazy("Your role does not reach that far")


class NotOpen(Forbidden):
    """Its members may look, and nothing else. `state` in `extra`."""

    type = "organization-not-open"
    title = lazy("This Organization can only be looked at now")


class WrongState(Conflict):
    """`state` in `extra`: the one it has."""

    type = "organization-state"
    title = lazy("The Organization is in another state")


class AnOwnerIsLeft(Conflict):
    type = "organization-owner"
    title = lazy("An Organization has an owner")


def unknown() -> NotFound:
    """The same for one that is not there and one that is another's."""
    return NotFound(_("There is no such Organization, or you do not belong to it."))


def not_open(organization: Organization) -> NotOpen:
    return NotOpen(f"{why_not_open(organization)} {_('Nothing was done.')}",
                   state=organization.state)  # fmt: skip


def why_not_open(organization: Organization) -> str:
    """For its members: what holds it, and what to do. Empty while it is active."""
    if organization.state == State.SUSPENDED:
        words = {
            Cause.UNPAID: _("It is suspended because a payment is missing. Pay, and it opens."),
            Cause.CHARGEBACK: _(
                "It is suspended because a payment was charged back. Ask those who run this "
                "platform."
            ),
            Cause.STAFF: _("It was suspended by those who run this platform. Ask them."),
        }
        return " ".join(
            str(words[Cause(cause)]) for cause in sorted(organization.suspended_because)
        )
    if organization.state == State.DELETING:
        return _("It is going to be deleted. An owner can undo that in its settings.")
    return ""
