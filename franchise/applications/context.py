"""What a step is given: the Change and its App as they were read, both servers, a place for what it
finds out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from franchise.applications.models import App, Change
from franchise.cluster.http import Cluster
from franchise.gitea.commits import Author
from franchise.gitea.http import Connection


@dataclass(slots=True)
class Context:
    """`ours`: a transaction in which no other worker can hold the App; raises LeaseLost.

    A step writes no row of its own App: it leaves `changes` (of the Change), `of_app` and `lines`
    for the log, which are written together with what became of it.
    """

    change: Change
    gitea: Connection
    cluster: Cluster
    ours: Callable[[], AbstractContextManager[None]]
    now: datetime
    changes: dict[str, Any] = field(default_factory=dict)
    of_app: dict[str, Any] = field(default_factory=dict)
    lines: list[tuple[str, str]] = field(default_factory=list)

    @property
    def app(self) -> App:
        return self.change.app

    @property
    def author(self) -> Author:
        """Whoever asked: an address where there is one, as Git wants it."""
        actor = self.change.actor
        if "@" in actor:
            return Author(actor.partition("@")[0], actor)
        return Author(actor, "nobody@localhost")

    def say(self, text: str, level: str = "info") -> None:
        self.lines.append((level, text))
