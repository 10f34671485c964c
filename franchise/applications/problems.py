"""Why something cannot be done with an App, and why a step of it stopped."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from catalyst.problem import Conflict, Invalid, NotFound, Problem


class NotInstallable(Conflict):
    """`blueprint` in `extra`."""

    type = "app-not-installable"
    title = lazy("This App cannot be had here")


class NameTaken(Conflict):
    """`field` is always name."""

    type = "app-name-taken"
    title = lazy("There is an App of this name in the Environment")


class NoRoom(Conflict):
    """The plan, or that there is none, does not allow it."""

    type = "app-no-room"
    title = lazy("The plan has no room for this App")


class Busy(Conflict):
    type = "app-busy"
    title = lazy("Something is being done to this App already")


class NothingToRetry(Conflict):
    type = "app-nothing-to-retry"
    title = lazy("Nothing of this App has stopped")


class NothingBefore(Conflict):
    type = "app-nothing-before"
    title = lazy("There is nothing to go back to")


class StillNeeded(Conflict):
    """`dependants` in `extra`: names of the Apps that rest on it."""

    type = "app-still-needed"
    title = lazy("Other Apps rest on this one")


class WrongName(Invalid):
    type = "app-wrong-name"
    title = lazy("This is not the name of the App")


class GaveUp(Problem):
    """The cluster says that it does not go on by itself."""

    type = "app-cluster-gave-up"
    title = lazy("The cluster could not make this true")


class OnlySimulated(Problem):
    """A laptop's cluster has no program for an image: it is installed, and nothing of it runs."""

    type = "app-only-simulated"
    title = lazy("Here it is only simulated, so nothing proves that it works")


class TookTooLong(Problem):
    type = "app-too-long"
    title = lazy("It took longer than it ever should")
    status = 504


class NotKnown(NotFound):
    pass


def unknown() -> NotKnown:
    """The same for one that is not there and one that is another's."""
    return NotKnown(_("There is no such App in this Organization."))
