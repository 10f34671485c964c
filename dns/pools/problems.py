"""What can go wrong with a name, typed; callers branch on the class."""

from __future__ import annotations

from catalyst.language.words import later
from catalyst.problem import Conflict, Forbidden, Invalid, NotFound, Problem


class UnknownPool(Invalid):
    type = "unsupported-pool"
    title = later("This domain is not one of ours")


class NameTaken(Conflict):
    """`suggestions` in `extra` holds free names close to it."""

    type = "name-taken"
    title = later("This name is taken")


class NameQuarantined(Conflict):
    """`until` in `extra`; the account that had it may take it back before."""

    type = "quarantined"
    title = later("This name was given back a short time ago")


class OverLimit(Conflict):
    """`limit` in `extra`: how many names the account may hold at once."""

    type = "over-limit"
    title = later("You hold as many names as you may")


class NotTheHolder(Forbidden):
    type = "not-the-holder"
    title = later("This name is somebody else's")


class IdempotencyMismatch(Conflict):
    type = "idempotency-mismatch"
    title = later("This key was used for another name")


class UnknownAllocation(NotFound):
    type = "not-found"
    title = later("There is no such allocation")


class TokenMismatch(Forbidden):
    type = "token-mismatch"
    title = later("This token does not hold the name")


class ReservationExpired(Problem):
    type = "reservation-expired"
    title = later("The reservation is over")
    status = 410


class AlreadyActive(Conflict):
    type = "already-active"
    title = later("The name is in use with another address")


class NotPublished(Conflict):
    type = "not-published"
    title = later("There is nothing to prove yet")


class InvalidAddress(Invalid):
    type = "invalid-address"
    title = later("This address cannot be published")


class ForeignZone(Conflict):
    """A zone of that name is on the name servers and is not ours; a person has to look."""

    type = "foreign-zone"
    title = later("Somebody else's zone is in the way")


class ParentMissing(Conflict):
    type = "parent-missing"
    title = later("The pool's own zone is not there")
