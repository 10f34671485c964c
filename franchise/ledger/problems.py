"""Why the book is not written."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from catalyst.problem import Conflict, Problem
from franchise.money import Money


class NotEnoughCredit(Problem):
    """`available` in `extra`: what could be spent now, as `Money` says it."""

    type = "not-enough-credit"
    title = lazy("There is not enough credit")
    status = 402

    def __init__(self, *, available: Money, wanted: Money) -> None:
        words = _("%(available)s is there, %(wanted)s is needed. Nothing was taken.")
        super().__init__(
            words % {"available": available, "wanted": wanted}, available=str(available)
        )
        self.available = available


class SourceReused(Conflict):
    """The same `source` with other values: a mistake in the program that asks."""

    type = "ledger-source-reused"
    title = lazy("This was booked already, with other values")


class HoldReleased(Conflict):
    """It waited for too long, or was cancelled: the credit may be spent otherwise."""

    type = "hold-released"
    title = lazy("The credit is not reserved any more")


class HoldCommitted(Conflict):
    type = "hold-committed"
    title = lazy("The credit is spent already; give it back instead")


class NotCommitted(Conflict):
    type = "hold-not-committed"
    title = lazy("This credit was not spent, so nothing can be given back")


class MoreThanThereWas(Conflict):
    """`left` in `extra`: what can still be given back."""

    type = "more-than-there-was"
    title = lazy("More would be given back than was paid")

    def __init__(self, *, left: Money) -> None:
        super().__init__(
            _("%(left)s can still be given back. Nothing was done.") % {"left": left},
            left=str(left),
        )
        self.left = left
