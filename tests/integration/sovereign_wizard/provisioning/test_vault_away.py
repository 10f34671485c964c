"""A worker that cannot open the vault waits; nothing fails by it and nothing is done without it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from catalyst.models import SealedSecret
from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from catalyst.work.steps import Done
from sovereign_wizard.provisioning import director
from sovereign_wizard.provisioning.context import Context, Outcome
from sovereign_wizard.provisioning.models import Deployment, State
from tests.integration.internet.running import free_port
from tests.integration.sovereign_wizard.provisioning.scripted import phases

pytestmark = pytest.mark.django_db(transaction=True)


def closed(env: Any) -> Any:
    """Settings by which OpenBao keeps the vault's key, and nobody answers at its address."""
    return env.model_copy(
        update={
            "vault": "openbao",
            "openbao_address": f"http://127.0.0.1:{free_port()}",
            "openbao_role_id": "catalyst-worker",
        }
    )


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
    kept = own.values_list("key_id", flat=True)[0]
    own.update(key_id="bao:v1")
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
