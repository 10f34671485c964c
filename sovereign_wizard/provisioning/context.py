"""What a phase gets: the Deployment, its secrets, a voice in the log, and its lease."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from catalyst.work.leases import Heartbeat
from catalyst.work.steps import Done, Fail, Wait
from sovereign_wizard.provisioning.journal import Journal
from sovereign_wizard.provisioning.models import Deployment, Run
from sovereign_wizard.provisioning.watch import Watch


@dataclass(frozen=True, slots=True)
class Back:
    """Go on from an earlier phase instead: what it proved no longer holds. `reason` is shown."""

    phase: str
    reason: str


Outcome = Done | Wait | Fail | Back


@dataclass(frozen=True, slots=True)
class Context:
    deployment: Deployment
    run: Run
    beat: Heartbeat
    journal: Journal
    phase: str
    watch: Watch

    def say(self, text: str, *, level: str = "info", **data: Any) -> None:
        """A line in the live log, under this phase."""
        self.journal.say(text, level=level, phase=self.phase, data=data)

    def secret(self, purpose: str) -> Secret:
        """Fetch at the moment of use. Raises NotFound when it was destroyed."""
        return vault.get(self.deployment.secrets.get(purpose, ""))

    def fact(self, name: str) -> Any:
        """What an earlier phase found out."""
        return self.deployment.facts[name]

    def remember(self, **facts: Any) -> None:
        """Facts worth keeping even if the phase does not end well. Raises LeaseLost."""
        with self.beat.held.fenced():
            merge_facts(self.deployment, facts)


def merge_facts(deployment: Deployment, facts: dict[str, Any]) -> None:
    """Add facts inside the caller's fenced transaction.

    Re-reads under a lock: the call-back writes facts from a web process.
    """
    current = Deployment.objects.select_for_update().only("facts").get(pk=deployment.pk)
    deployment.facts = {**current.facts, **facts}
    deployment.save(update_fields=["facts", "updated_at"])


class Phase(Protocol):
    """One step. Idempotent: killed at any line and run again, the world ends the same.

    `id` is API, `title` is for people, `budget` is seconds from its first start to `Done`.
    """

    id: str
    title: str
    budget: float

    def run(self, ctx: Context) -> Outcome: ...
