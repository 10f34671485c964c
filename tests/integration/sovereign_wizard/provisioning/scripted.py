"""Phases that answer what a test tells them, for the real director on real rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from catalyst.work.steps import Done
from sovereign_wizard.provisioning.context import Context, Outcome, Phase
from sovereign_wizard.provisioning.phases import BY_ID

Answer = Callable[[Context], Outcome]


@dataclass
class Scripted:
    """One phase; `answer` is asked each time it runs."""

    id: str
    answer: Answer
    budget: float = 3600.0

    @property
    def title(self) -> str:
        return self.id

    def run(self, ctx: Context) -> Outcome:
        return self.answer(ctx)


def phases(
    *, budget: float = 3600.0, default: Answer = lambda _: Done(), **answers: Answer
) -> dict[str, Phase]:
    """Every phase of the house; `tofu_apply=…` scripts `tofu-apply`, the others are done."""
    asked = {name.replace("_", "-"): answer for name, answer in answers.items()}
    return {phase: Scripted(phase, asked.get(phase, default), budget) for phase in BY_ID}
