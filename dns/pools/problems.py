"""What can go wrong with a name, typed; callers branch on the class."""

from __future__ import annotations

from catalyst.language.words import lazy
from catalyst.problem import Conflict, Forbidden, Invalid, NotFound, Problem


class UnknownPool(Invalid):
    type = "unsupported-pool"
    title = lazy("This domain is not one of ours")


class NameTaken(Conflict):
    """`suggestions` in `extra` holds free names close to it."""

    type = "name-taken"
    title = lazy("This name is taken")


class NameQuarantined(Conflict):
    """`until` in `extra`; the account that had it may take it back before."""

    type = "quarantined"
    title = lazy("This name was given back a short time ago")


class OverLimit(Conflict):
    """`limit` in `extra`: how many names the account may hold at once."""

    type = "over-limit"
    title = lazy("You hold as many names as you may")


class NotTheHolder(Forbidden):
    type = "not-the-holder"
    title = lazy("This name is somebody else's")


class IdempotencyMismatch(Conflict):
    type = "idempotency-mismatch"
    title = lazy("This key was used for another name")


class UnknownAllocation(NotFound):
    type = "not-found"
    title = lazy("There is no such allocation")


class TokenMismatch(Forbidden):
    type = "token-mismatch"
    title = lazy("This token does not hold the name")


class ReservationExpired(Problem):
    type = "reservation-expired"
    title = lazy("The reservation is over")
    status = 410


class AlreadyActive(Conflict):
    type = "already-active"
    title = lazy("The name is in use with another address")


class NotPublished(Conflict):
    type = "not-published"
    title = lazy("There is nothing to prove yet")


class InvalidAddress(Invalid):
    type = "invalid-address"
    title = lazy("This address cannot be published")


class ForeignZone(Conflict):
    """A zone of that name is on the name servers and is not ours; a person has to look."""

    type = "foreign-zone"
    title = lazy("Somebody else's zone is in the way")


class ParentMissing(Conflict):
    type = "parent-missing"
    title = lazy("The pool's own zone is not there")
