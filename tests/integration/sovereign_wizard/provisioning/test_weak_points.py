"""The reference's known faults that the engine answers, by their numbers in the specification."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from hcloud import Client

from catalyst.eventlog.services import read
from catalyst.problem import Problem
from catalyst.work.steps import Fail, Wait
from sovereign_wizard.handover.models import CleanUp
from sovereign_wizard.provisioning import director, services
from sovereign_wizard.provisioning.context import Context, Outcome
from sovereign_wizard.provisioning.models import Deployment, PhaseRun, PhaseState, State
from sovereign_wizard.provisioning.order import order_of
from sovereign_wizard.provisioning.phases import BY_ID
from sovereign_wizard.provisioning.phases.destroy import PATIENCE_SECONDS
from tests.integration.sovereign_wizard.conftest import Tokens
from tests.integration.sovereign_wizard.provisioning.scripted import phases

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Deployment]


class Refused(Problem):
    type = "refused"
    title = "The name servers refused"


def refuses(_: Context) -> Outcome:
    return Fail(Refused("on purpose"))


def advance(row: Deployment, **answers: Callable[[Context], Outcome]) -> Deployment:
    director.advance(row.pk, phases=phases(**answers))
    row.refresh_from_db()
    return row


def test_w6_given_the_order_when_read_then_names_follow_addresses_before_any_long_wait() -> None:
    order = order_of("provision")
    after = order.index("tofu-output") + 1
    assert order[after : after + 3] == ("dns-commit", "cluster-callback", "tls")


def test_w6_given_names_not_published_when_it_goes_on_then_not_ready_but_retried_there(
    make: Make,
) -> None:
    waiting = Wait("The addresses are being written.", 60)
    row = advance(make(), dns_commit=lambda _: waiting)
    assert (row.state, row.reason) == (State.WAITING, waiting.reason)

    row = advance(row, dns_commit=refuses)
    assert (row.state, row.problem["phase"]) == (State.FAILED, "dns-commit")

    services.retry(deployment=row, actor="owner")
    assert row.runs.latest("number").phases.get(phase="tofu-output").state == PhaseState.DONE
    assert advance(row).state == State.READY


def something_left(row: Deployment, tokens: Tokens) -> Any:
    cloud = Client(token=tokens.read_write, api_endpoint=settings.CATALYST.hcloud_endpoint or "")
    return cloud.networks.create(
        name=f"left-{row.pk}",
        ip_range="10.7.0.0/16",
        labels={"catalyst.openova.io/deployment": str(row.pk)},
    )


@pytest.mark.parametrize("being_removed", [False, True])
def test_w16_given_something_left_for_long_when_sweeping_then_failed_unless_it_is_being_removed(
    make: Make, tokens: Tokens, being_removed: bool
) -> None:
    row = advance(make())
    left = something_left(row, tokens)
    services.destroy(deployment=row, actor="owner", confirm_fqdn=row.fqdn)
    row = advance(row, sweep=BY_ID["sweep"].run)
    if being_removed:
        CleanUp.objects.create(deployment=row, asked_by="owner", items=[])
    began = timezone.now() - timedelta(seconds=PATIENCE_SECONDS + 1)
    PhaseRun.objects.filter(run__deployment=row, phase="sweep").update(started_at=began)

    row = advance(row, sweep=BY_ID["sweep"].run)

    assert row.state == (State.WAITING if being_removed else State.FAILED)
    assert left.name in (row.reason if being_removed else row.problem["detail"])
    left.delete()


def test_w16_given_something_left_at_hetzner_when_destroying_then_destroyed_only_once_it_is_gone(
    make: Make, tokens: Tokens
) -> None:
    row = advance(make())
    left = something_left(row, tokens)
    services.destroy(deployment=row, actor="owner", confirm_fqdn=row.fqdn)

    row = advance(row, sweep=BY_ID["sweep"].run)
    assert row.state == State.WAITING
    assert left.name in row.reason

    left.delete()
    assert advance(row, sweep=BY_ID["sweep"].run).state == State.DESTROYED


@pytest.mark.parametrize("gate", [False, True])
def test_w30_given_a_run_to_ready_when_its_log_is_read_then_it_names_every_phase_and_no_other(
    make: Make, gate: bool
) -> None:
    row = make(approve_plan=gate)
    advance(row)

    order = order_of("provision", approve=gate)
    said = [entry["phase"] for entry in read(row.subject, limit=10_000).entries if entry["phase"]]
    assert tuple(dict.fromkeys(said)) == order
    assert set(order) <= set(BY_ID)
