"""The propagation panel as a page draws it: words and addresses for what `panel()` says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from catalyst.language.figures import duration
from dns.byo.models import ENDED
from dns.byo.problems import NeedsAcknowledgement
from dns.byo.values import Panel, ServerAnswer

# State → (how the pill looks, its word).
LOOKS = {
    "preparing": ("running", "Being prepared"),
    "pending_flip": ("waiting", "Waiting for the parent"),
    "propagating": ("waiting", "Spreading"),
    "delegated": ("done", "Delegated"),
    "active": ("active", "Delegated and watched"),
    "failed": ("failed", "Stopped"),
    "restoring": ("running", "Going back"),
    "restored": ("cancelled", "Back where it was"),
    "releasing": ("running", "Being given up"),
    "released": ("cancelled", "Given up"),
}
COMING = ("preparing", "pending_flip", "propagating", "failed")
TENTHS_BELOW = 10  # `duration` gives these a decimal, which nobody counts down
GROUPS = (
    ("parent", "What the parent’s servers say"),
    ("ours", "Our name servers"),
    ("resolvers", "Public resolvers"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """`left`: for how long what was said may still be believed; None when nobody knows."""

    one: ServerAnswer
    left: str | None


@dataclass(frozen=True, slots=True)
class Group:
    id: str
    title: str
    rows: tuple[Row, ...]

    @property
    def right(self) -> int:
        return sum(row.one.ok for row in self.rows)


def context(panel: Panel) -> dict[str, Any]:
    """`move` for `dns/byo/_panel.html`."""
    status = panel.status
    look, word = LOOKS[status.state]
    move_id = status.move_id
    move = {
        "panel": panel,
        "status": status,
        "look": look,
        "word": word,
        "asks_first": panel.wants_credentials
        or status.problem.get("type") == NeedsAcknowledgement.type,
        "coming": status.state in COMING,
        "live": status.state not in ENDED and (status.state != "active" or bool(panel.needs)),
        "groups": tuple(
            Group(name, title, tuple(Row(one, _left(one.expires_at)) for one in found))
            for name, title in GROUPS
            for found in (getattr(panel, name),)
        ),
        "asked_anything": bool(panel.parent or panel.ours or panel.resolvers),
        "wait": _left(panel.next_poll_at),
        "urls": {
            "panel": reverse("move-panel", args=[move_id]),
            "page": reverse("move", args=[move_id]),
            "check": reverse("move-check", args=[move_id]),
            "resume": reverse("move-resume", args=[move_id]),
            "restore": reverse("move-restore", args=[move_id]),
        },
    }
    return {"move": move}


def _left(moment: datetime | None) -> str | None:
    """`4 min 57 s`, as the browser counts it down; `0 s` when it is over."""
    if moment is None:
        return None
    seconds = max(0, round((moment - timezone.now()).total_seconds()))
    return f"{seconds} s" if seconds < TENTHS_BELOW else duration(float(seconds))
