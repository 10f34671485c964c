"""What can go wrong with a domain of the customer's own, typed; callers branch on the class."""

from __future__ import annotations

from catalyst.language.words import lazy
from catalyst.problem import Conflict, Invalid, NotFound


class UnknownMove(NotFound):
    type = "domain-not-found"
    title = lazy("There is no such domain here")


class OursAlready(Conflict):
    """The domain is, holds or lies under one of our own."""

    type = "domain-is-ours"
    title = lazy("Names of this domain are given out here")


class DomainTaken(Conflict):
    type = "domain-taken"
    title = lazy("Another account uses this domain here")


class NotRegistered(Conflict):
    type = "domain-not-registered"
    title = lazy("Nobody has registered this domain")


class NeedsAcknowledgement(Conflict):
    """`losses` in `extra`: what would stop."""

    type = "needs-acknowledgement"
    title = lazy("Something people use would stop")


class WrongAcknowledgement(Invalid):
    type = "wrong-acknowledgement"
    title = lazy("This is not the domain's name")


class BadRecord(Invalid):
    """`line` in `extra`, from 1."""

    type = "invalid-record"
    title = lazy("This is not a record")


class CredentialsGone(Conflict):
    type = "credentials-gone"
    title = lazy("The registrar's credentials are needed again")


class GaveUp(Conflict):
    type = "delegation-not-seen"
    title = lazy("It did not come within three days")


class NotInThisState(Conflict):
    type = "not-in-this-state"
    title = lazy("That is not possible at the moment")


class NothingToRestore(Conflict):
    type = "nothing-to-restore"
    title = lazy("We know no earlier name servers")
