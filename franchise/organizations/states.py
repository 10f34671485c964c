"""States of an Organization and who may follow whom. Whoever changes one holds the row's lock."""

from __future__ import annotations

from django.db import models

from catalyst.language.words import lazy


class State(models.TextChoices):
    ACTIVE = "active", lazy("Active")
    SUSPENDED = "suspended", lazy("Suspended")
    DELETING = "deleting", lazy("Being deleted")
    DELETED = "deleted", lazy("Deleted")


class Cause(models.TextChoices):
    """Why one is suspended; several may hold at once, and each is lifted by whom it belongs to."""

    UNPAID = "unpaid", lazy("Unpaid")
    CHARGEBACK = "chargeback", lazy("A payment was charged back")
    STAFF = "staff", lazy("Suspended by hand")


FOLLOWS: dict[str, frozenset[str]] = {
    State.ACTIVE: frozenset({State.SUSPENDED, State.DELETING}),
    State.SUSPENDED: frozenset({State.ACTIVE, State.DELETING}),
    State.DELETING: frozenset({State.ACTIVE, State.SUSPENDED, State.DELETED}),
    State.DELETED: frozenset(),
}
