"""Into which Organization a code is redeemed: one that is made for it, or one that is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import gettext as _

from catalyst.identity.models import User
from catalyst.problem import NotFound
from franchise.organizations import services as organizations
from franchise.organizations.members import services as members
from franchise.organizations.members.models import Membership
from franchise.organizations.models import Organization
from franchise.vouchers.models import Redemption


class Into(Protocol):
    """`email` is the person who redeems."""

    @property
    def email(self) -> str: ...

    def organization(self) -> Organization | None:
        """The one that is there already. Raises NotFound for one that is not this person's."""

    def take(self) -> Organization:
        """The Organization, for the caller's transaction."""

    def is_that_of(self, done: Redemption) -> bool:
        """Was this asked for when `done` was?"""

    def member(self) -> Membership | None:
        """Whose rights count when more is asked for than the credit; None: of the owner to be."""


@dataclass(frozen=True, slots=True)
class New:
    """`email` and `name` as we keep them."""

    email: str
    name: str
    slug: str
    user: User | None

    def organization(self) -> None:
        return None

    def take(self) -> Organization:
        """Raises BadSlug, SlugTaken."""
        return organizations.create(
            name=self.name, owner_email=self.email, slug=self.slug, user=self.user
        )

    def is_that_of(self, done: Redemption) -> bool:
        return (done.email, done.organization.name) == (self.email, self.name)

    def member(self) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Existing:
    user: User
    organization_id: int

    @property
    def email(self) -> str:
        return self.user.email.lower()

    def organization(self) -> Organization:
        return self._membership().organization

    def take(self) -> Organization:
        """Locked, so that nobody suspends or deletes it meanwhile. Raises RoleTooSmall, NotOpen."""
        role = organizations.MemberRole.BILLING
        return members.acting(by=self._membership(), at_least=role)[0]

    def is_that_of(self, done: Redemption) -> bool:
        return (done.email, done.organization_id) == (self.email, self.organization_id)

    def member(self) -> Membership:
        return self._membership()

    def _membership(self) -> Membership:
        for each in members.of_person(user=self.user):
            if each.organization_id == self.organization_id:
                return each
        raise NotFound(_("There is no such Organization among yours. Nothing was redeemed."))
