"""At its end a run notes what exists and what it costs; that nobody can say stops nothing."""

from __future__ import annotations

import pytest

from catalyst.vault.secret import Secret
from sovereign_wizard.handover import sweep
from sovereign_wizard.provisioning import director
from sovereign_wizard.provisioning.models import Deployment, State
from sovereign_wizard.provisioning.phases import BY_ID
from tests.integration.sovereign_wizard.provisioning.scripted import phases

pytestmark = pytest.mark.django_db(transaction=True)


def handed_over(row: Deployment) -> Deployment:
    director.advance(row.pk, phases=phases(handover=BY_ID["handover"].run))
    row.refresh_from_db()
    return row


def test_given_the_end_of_a_run_then_what_exists_is_known_without_a_click(make) -> None:
    row = handed_over(make())

    assert row.state == State.READY
    seen = sweep.newest(row)
    assert seen is not None and seen.is_empty and row.facts["handover"]["offers"]


def test_given_a_token_that_hetzner_refuses_then_it_is_ready_all_the_same(make) -> None:
    row = handed_over(make(hetzner_token=Secret("y" * 64)))

    assert row.state == State.READY and row.facts["handover"]["offers"]
    assert sweep.newest(row) is None
