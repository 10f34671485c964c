"""Time in which the vault is away is no phase's fault: it is measured, and not counted as its time.

From the first refusal to the last look that was refused, and on to the next look: between two
looks nothing is known, and nothing was done.
"""

from __future__ import annotations

import uuid

from catalyst.vault.problems import VaultAway
from catalyst.work.clock import database_now
from catalyst.work.leases import Held
from catalyst.work.steps import Wait
from sovereign_wizard.provisioning.models import PhaseRun, PhaseState

LOOK_SECONDS = 5.0  # between two looks whether the vault is open
FIELDS = ("vault_away_since", "vault_away_seconds")


def wait(problem: VaultAway) -> Wait:
    return Wait(problem.detail, LOOK_SECONDS, counted=False)


def before_any_phase(held: Held, deployment_id: uuid.UUID) -> None:
    """Not even the log could be kept clean, so no phase was begun. Raises LeaseLost."""
    with held.fenced():
        phases = PhaseRun.objects.filter(
            run__deployment=deployment_id, run__finished_at=None, started_at__isnull=False
        )
        row = phases.exclude(state=PhaseState.DONE).order_by("position").first()
        if row is not None:
            still_away(row)
            row.save(update_fields=FIELDS)


def still_away(row: PhaseRun) -> None:
    """Seen away now: what has passed since the last such look is not counted. Saves nothing."""
    now = database_now()
    if row.vault_away_since is not None:
        row.vault_away_seconds += (now - row.vault_away_since).total_seconds()
    row.vault_away_since = now


def begins(row: PhaseRun) -> None:
    """A look begins, which may find it away still. Saves nothing."""
    if row.vault_away_since is not None:
        still_away(row)


def answers(row: PhaseRun) -> None:
    """It was not away in this look, so what has passed in it counts. Saves nothing."""
    row.vault_away_since = None
