"""One budget of requests per Hetzner token: a run waits for it, says until when, and goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from catalyst.limits import store
from catalyst.vault.secret import Secret
from sovereign_wizard.catalog import throttle
from sovereign_wizard.provisioning import director, services
from sovereign_wizard.provisioning.models import Deployment, PhaseState, State
from sovereign_wizard.provisioning.phases import BY_ID
from sovereign_wizard.provisioning.phases.passing import SLOWEST_SECONDS
from tests.integration.sovereign_wizard.conftest import Tokens
from tests.integration.sovereign_wizard.provisioning.scripted import phases

pytestmark = pytest.mark.django_db(transaction=True)


def test_given_a_budget_another_program_used_up_when_tofu_begins_then_it_waits_and_goes_on(
    make: Callable[..., Deployment], tokens: Tokens
) -> None:
    row = make()
    director.advance(row.pk, phases=phases())
    services.destroy(deployment=row, actor="owner", confirm_fqdn=row.fqdn)
    budget = throttle.bucket_of(Secret(tokens.read_write))
    budget.learn({"RateLimit-Remaining": "20"})  # enough to look, too little for tofu

    director.advance(row.pk, phases=phases(tofu_destroy=BY_ID["tofu-destroy"].run))

    row.refresh_from_db()
    assert row.state == State.WAITING
    assert row.reason.startswith("waiting for Hetzner until ")
    assert row.runs.latest("number").phases.get(phase="tofu-destroy").state == PhaseState.WAITING
    # It looks again soon, whatever the vendor said: the count may be put right meanwhile.
    assert row.look_at is not None
    assert row.look_at <= timezone.now() + timedelta(seconds=SLOWEST_SECONDS)
    for key in store.redis().scan_iter(match=f"*:{budget.name}"):  # an hour passes
        store.redis().delete(key)
    director.advance(row.pk, phases=phases())
    row.refresh_from_db()
    assert row.state == State.DESTROYED
