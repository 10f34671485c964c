"""What the page of an App shows, and which version of it a browser has."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from catalyst.blueprints.services import App as Blueprint
from catalyst.blueprints.services import apps as blueprints
from franchise.applications import services as applications
from franchise.applications.services import App, Progress, Seen

# Which of the page shell's states looks like it; the tab's icon.
PILLS = {
    App.State.INSTALLING: "running",
    App.State.READY: "ready",
    App.State.CHANGING: "running",
    App.State.FAILED: "failed",
    App.State.REMOVING: "destroying",
    App.State.REMOVED: "destroyed",
}
ICONS = {"failed": "failed", "running": "running", "ready": "done", "destroying": "running"}
MARKS = {"done": "done", "now": "running", "failed": "failed", "todo": "pending"}


@dataclass(frozen=True, slots=True)
class Phase:
    """A step as the log's filter and the page's list name it."""

    id: str
    title: str
    state: str


@dataclass(frozen=True, slots=True)
class Board:
    """One App now. `live`: something is under way, look again."""

    app: App
    progress: Progress
    seen: Seen
    title: str

    @property
    def live(self) -> bool:
        return self.app.state in {App.State.INSTALLING, App.State.CHANGING, App.State.REMOVING}

    @property
    def pill(self) -> str:
        return PILLS[App.State(self.app.state)]

    @property
    def favicon(self) -> str:
        return ICONS.get(self.pill, "plain")

    @property
    def news(self) -> str:
        """What a notification is told of."""
        return self.pill if self.pill in {"failed", "ready"} else ""

    @property
    def phases(self) -> list[Phase]:
        told = self.progress.step_labels
        return [Phase(id_, label, MARKS.get(state, "pending")) for id_, label, state in told]

    @property
    def percent(self) -> int:
        done = sum(phase.state == "done" for phase in self.phases)
        return round(done * 100 / len(self.phases)) if self.phases else 100

    @property
    def problem_words(self) -> str:
        """What a stopped step says, in words for people."""
        told = self.progress.problem or {}
        return " ".join(str(told[name]) for name in ("title", "detail") if told.get(name))

    @property
    def version(self) -> str:
        """Changes when there is something new to see."""
        said = [
            self.app.state, self.progress.state, self.progress.words, self.progress.step_labels,
            self.app.seen, self.app.version, (self.progress.eta_seconds or 0) // 5,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(said, default=str).encode()).hexdigest()[:16]


def board(app: App) -> Board:
    return Board(app, applications.progress(app), applications.seen(app), title_of(app))


def title_of(app: App) -> str:
    found = blueprints().get(app.blueprint)
    return found.title if found else app.blueprint


def blueprint_of(app: App) -> Blueprint | None:
    return blueprints().get(app.blueprint)


def schema_of(app: App) -> Mapping[str, Any]:
    found = blueprint_of(app)
    return found.config_schema if found else {}


def versions_of(app: App) -> list[str]:
    """Those it can be upgraded to."""
    found = blueprint_of(app)
    offered = getattr(found, "versions", ()) or ((found.version,) if found else ())
    return [each for each in offered if each and each != app.version]


def why_simulated(seen: Seen) -> str:
    return _("This runs in a local cloud. What stands in for something else is named here.") if (
        seen.simulated
    ) else ""  # fmt: skip
