"""The way to an order, as the line of steps shows it."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from catalyst.language.words import lazy

ORDER = (
    ("plans", lazy("Plan")),
    ("apps", lazy("Apps")),
    ("addons", lazy("Add-ons")),
    ("review", lazy("Review")),
    ("checkout", lazy("Checkout")),
)


@dataclass(frozen=True, slots=True)
class Step:
    """Every step can be gone to at any time: nothing is locked."""

    id: str
    label: str
    number: int
    state: str

    @property
    def url(self) -> str:
        return "" if self.state == "current" else reverse(f"site-{self.id}")


def steps(here: str) -> list[Step]:
    """`here` is one of them, or a page beside them."""
    ids = [id_ for id_, _label in ORDER]
    at = ids.index("apps" if here == "app" else here)
    found = []
    for number, (id_, label) in enumerate(ORDER):
        state = "done" if number < at else "current" if id_ == here else "open"
        found.append(Step(id_, label, number + 1, state))
    return found
