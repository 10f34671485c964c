"""A worker that cannot open the vault waits; nothing fails by it and nothing is done without it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from catalyst.models import SealedSecret
from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from catalyst.work.steps import Done, Wait
from sovereign_wizard.provisioning import director
from sovereign_wizard.provisioning.context import Context, Outcome
from sovereign_wizard.provisioning.models import Deployment, PhaseRun, State
from tests.integration.catalyst.vault.away import closed, needs_openbao
from tests.integration.sovereign_wizard.provisioning.scripted import phases

pytestmark = pytest.mark.django_db(transaction=True)


BUDGET, MINUTES = 600.0, timedelta(minutes=1)


def keeps_one(_: Context) -> Outcome:
    return Done({"kept": vault.put(purpose="test", secret=Secret("made by a phase"))})


def test_given_the_vault_away_when_a_phase_needs_it_then_it_waits_and_then_goes_on(
    make: Callable[..., Deployment], settings: Any
) -> None:
    row, original = make(), settings.CATALYST
    settings.CATALYST = closed(original)
    director.advance(row.pk, phases=phases(tofu_apply=keeps_one))
    row.refresh_from_db()
    assert row.state == State.WAITING
    assert "OpenBao" in row.reason

    settings.CATALYST = original
    director.advance(row.pk, phases=phases(tofu_apply=keeps_one))
    row.refresh_from_db()
    assert row.state == State.READY
    assert vault.get(row.facts["kept"]).reveal() == "made by a phase"


def test_given_secrets_that_cannot_be_opened_now_when_advanced_then_no_phase_runs_and_none_fails(
    make: Callable[..., Deployment], settings: Any
) -> None:
    """What a log must not show has to be known before anything may speak."""
    row, original = make(), settings.CATALYST
    own = SealedSecret.objects.filter(pk__in=row.secrets.values())
    kept = {needs_openbao(reference) for reference in row.secrets.values()}.pop()
    settings.CATALYST = closed(original)
    ran: list[str] = []

    def runs(ctx: Context) -> Outcome:
        ran.append(ctx.phase)
        return Done()

    director.advance(row.pk, phases=phases(default=runs))
    row.refresh_from_db()
    assert (row.state, ran) == (State.QUEUED, [])

    own.update(key_id=kept)
    settings.CATALYST = original
    director.advance(row.pk, phases=phases(default=runs))
    row.refresh_from_db()
    assert row.state == State.READY and ran


def waits(_: Context) -> Outcome:
    return Wait("the cluster is not there yet")


def earlier(row: Deployment, minutes: int) -> PhaseRun:
    """All that was measured of the phase that waits happened so much earlier."""
    phase = PhaseRun.objects.get(run__deployment=row, phase="tofu-apply")
    assert phase.started_at
    phase.started_at -= minutes * MINUTES
    if phase.vault_away_since:
        phase.vault_away_since -= minutes * MINUTES
    phase.save()
    return phase


def advance(row: Deployment, apply: Callable[[Context], Outcome]) -> Deployment:
    director.advance(row.pk, phases=phases(budget=BUDGET, tofu_apply=apply))
    row.refresh_from_db()
    return row


def test_given_a_phase_that_begins_while_the_vault_is_away_for_longer_than_its_budget_then_it_waits(
    make: Callable[..., Deployment], settings: Any
) -> None:
    row, original = make(), settings.CATALYST
    settings.CATALYST = closed(original)
    advance(row, keeps_one)
    earlier(row, 11)
    assert advance(row, keeps_one).state == State.WAITING, row.problem
    settings.CATALYST = original
    earlier(row, 11)
    assert advance(row, waits).state == State.WAITING, row.problem
    assert row.reason == "the cluster is not there yet"


def test_given_a_vault_that_was_away_when_the_phase_goes_on_then_its_own_time_counts_and_ends_it(
    make: Callable[..., Deployment], settings: Any
) -> None:
    """Away for 11 minutes between looks of a phase that waited 6 minutes before and 5 after."""
    row, original = make(), settings.CATALYST
    advance(row, waits)
    earlier(row, 6)
    reference = next(iter(row.secrets.values()))
    kept = needs_openbao(reference)
    settings.CATALYST = closed(original)
    advance(row, waits)
    earlier(row, 11)

    settings.CATALYST = original
    SealedSecret.objects.filter(pk=reference).update(key_id=kept)
    assert advance(row, waits).state == State.WAITING, row.problem
    earlier(row, 5)
    assert advance(row, waits).state == State.FAILED
    waited = re.search(r"Waited (\d+) s", row.problem["detail"])
    assert waited and 11 * 60 <= int(waited[1]) < 20 * 60, "11 of the 22 minutes"
