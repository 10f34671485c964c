"""Retry, cancel, approve and destroy: what each does, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from catalyst.problem import Conflict, Forbidden, Invalid, NotFound, Problem
from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from catalyst.work.steps import Done, Fail, Wait
from sovereign_wizard.provisioning import director, services
from sovereign_wizard.provisioning.context import Back, Context, Outcome
from sovereign_wizard.provisioning.lifecycle import NothingToApprove, PlanChanged
from sovereign_wizard.provisioning.machine import IllegalTransition
from sovereign_wizard.provisioning.models import Deployment, PhaseState, Plan, State
from sovereign_wizard.provisioning.phases import BY_ID
from tests.integration.sovereign_wizard.provisioning.scripted import phases

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Deployment]
FOREVER = Wait("Something outside is needed.", 60)


class Stuck(Problem):
    type = "stuck"
    title = "It gave up"


def fails(_: Context) -> Outcome:
    return Fail(Stuck("on purpose"))


def waits(_: Context) -> Outcome:
    return FOREVER


def advance(row: Deployment, **answers: Any) -> Deployment:
    director.advance(row.pk, phases=phases(**answers))
    row.refresh_from_db()
    return row


def done_phases(row: Deployment) -> list[str]:
    last = row.runs.order_by("-number")[0]
    return [phase.phase for phase in last.phases.filter(state=PhaseState.DONE)]


def test_given_a_queued_one_when_cancelled_then_at_once_and_nothing_exists(make: Make) -> None:
    row = make()
    services.cancel(deployment=row, actor="owner")
    assert row.state == State.CANCELLED
    assert row.facts["inventory"]["items"] == []
    assert row.runs.get().finished_at


def test_given_a_waiting_one_when_cancelled_then_a_worker_lists_what_exists(make: Make) -> None:
    row = advance(make(), cluster_callback=waits)
    assert row.state == State.WAITING
    services.cancel(deployment=row, actor="owner")
    assert row.state == State.CANCELLING
    advance(row, cluster_callback=waits)
    assert row.state == State.CANCELLED
    assert row.facts["inventory"]["items"] == []
    assert row.runs.get().phases.get(phase="cluster-callback").state == PhaseState.CANCELLED


@pytest.mark.parametrize("answer", [Done({"late": True}), FOREVER, Fail(Stuck())])
def test_given_a_cancel_while_a_phase_works_when_it_answers_then_cancelled(
    make: Make, answer: Outcome
) -> None:
    row = make()

    def cancelled_meanwhile(ctx: Context) -> Outcome:
        services.cancel(deployment=row, actor="owner")
        return answer

    advance(row, tofu_apply=cancelled_meanwhile)
    assert row.state == State.CANCELLED
    assert not row.problem


def test_given_a_cancelled_one_when_retried_then_it_goes_on_where_it_stopped(make: Make) -> None:
    row = advance(make(), tofu_apply=waits)
    services.cancel(deployment=row, actor="owner")
    advance(row)
    services.retry(deployment=row, actor="owner")
    assert done_phases(row) == ["preflight", "reserve-name", "tofu-init", "tofu-plan"]
    assert advance(row).state == State.READY


def test_given_a_cancel_after_the_last_phase_when_retried_then_that_phase_runs_again(
    make: Make,
) -> None:
    row = advance(make(), handover=waits)
    services.cancel(deployment=row, actor="owner")
    advance(row)
    row.runs.get().phases.update(state=PhaseState.DONE)  # as if the cancel had come a moment later
    services.retry(deployment=row, actor="owner")
    assert "verify" in done_phases(row) and "handover" not in done_phases(row)
    assert advance(row).state == State.READY


def test_given_a_failure_when_retried_from_an_earlier_phase_then_from_there(make: Make) -> None:
    row = advance(make(), tls=fails)
    services.retry(deployment=row, actor="owner", phase="tofu-plan")
    assert done_phases(row) == ["preflight", "reserve-name", "tofu-init"]


def test_given_a_failure_when_retried_from_elsewhere_then_refused(make: Make) -> None:
    row = advance(make(), tofu_plan=fails)
    with pytest.raises(Invalid) as unknown:
        services.retry(deployment=row, actor="owner", phase="sweep")
    assert unknown.value.extra["field"] == "phase"
    with pytest.raises(Conflict):
        services.retry(deployment=row, actor="owner", phase="tls")


def test_given_a_ready_one_when_retried_then_only_from_a_named_phase(make: Make) -> None:
    row = advance(make())
    with pytest.raises(Conflict):
        services.retry(deployment=row, actor="owner")
    services.retry(deployment=row, actor="owner", phase="tofu-plan")
    assert advance(row).state == State.READY
    assert row.runs.count() == 2


def test_w17_given_one_at_work_when_retried_or_destroyed_then_refused(make: Make) -> None:
    row = advance(make(), tls=waits)
    with pytest.raises(IllegalTransition):
        services.retry(deployment=row, actor="owner")
    with pytest.raises(IllegalTransition):
        services.destroy(deployment=row, actor="owner", confirm_fqdn=row.fqdn)


def test_given_a_failed_destroy_when_retried_then_it_goes_on_as_a_destroy(make: Make) -> None:
    row = advance(make())
    services.destroy(deployment=row, actor="owner", confirm_fqdn=f" {row.fqdn.upper()} ")
    assert advance(row, tofu_destroy=fails).state == State.FAILED
    run = services.retry(deployment=row, actor="owner")
    assert (run.kind, row.state) == ("destroy", State.DESTROYING)
    assert done_phases(row) == ["inventory"]
    assert advance(row).state == State.DESTROYED


def test_given_a_destroy_that_waited_when_it_goes_on_then_it_is_destroying(make: Make) -> None:
    row = advance(make())
    services.destroy(deployment=row, actor="owner", confirm_fqdn=row.fqdn)
    assert advance(row, sweep=waits).state == State.WAITING
    seen = []
    advance(row, dns_release=lambda ctx: seen.append(ctx.deployment.state) or Done())
    assert seen == [State.DESTROYING]


def test_given_another_name_typed_when_destroyed_then_refused_beside_the_field(make: Make) -> None:
    row = advance(make())
    with pytest.raises(Invalid) as refused:
        services.destroy(deployment=row, actor="owner", confirm_fqdn="omani.works")
    assert refused.value.extra["field"] == "confirm_fqdn"


def test_w11_given_the_token_was_destroyed_when_destroyed_then_one_is_asked_for_and_must_see_it(
    make: Make, tokens: Any
) -> None:
    row = advance(make())
    vault.delete(row.secrets.pop("hetzner-token"))
    row.facts["load_balancer_ip"] = "198.51.100.130"
    row.save()
    with pytest.raises(Invalid) as missing:
        services.destroy(deployment=row, actor="owner", confirm_fqdn=row.fqdn)
    with pytest.raises(Invalid) as blind:  # a project with nothing of this Sovereign in it
        services.destroy(
            deployment=row,
            actor="owner",
            confirm_fqdn=row.fqdn,
            hetzner_token=Secret(tokens.read_write),
        )
    assert missing.value.extra["field"] == blind.value.extra["field"] == "hetzner_token"


def with_a_plan(ctx: Context) -> Outcome:
    """Stands in for tofu-plan: the row it leaves."""
    Plan.objects.update_or_create(
        run=ctx.run,
        defaults={
            "content": b"sealed",
            "sha256": f"{ctx.run.phases.get(phase='tofu-plan').attempts:064d}",
            "words": "creates 1 network",
            "approved_at": None,
            "applied_at": None,
        },
    )
    return Done()


def gated(row: Deployment, **answers: Any) -> Deployment:
    """Advance with the real gate."""
    played = {**phases(tofu_plan=with_a_plan, **answers), "approve": BY_ID["approve"]}
    director.advance(row.pk, phases=played)
    row.refresh_from_db()
    return row


def test_given_a_gate_when_planned_then_it_waits_for_exactly_this_plan(make: Make) -> None:
    row = gated(make(approve_plan=True))
    assert row.state == State.WAITING and "approval" in row.reason
    with pytest.raises(PlanChanged):
        services.approve(deployment=row, plan_sha256="f" * 64, actor="owner")
    assert gated(row).state == State.WAITING

    for _ in range(2):  # twice is fine
        services.approve(deployment=row, plan_sha256=f"{1:064d}", actor="owner")
    assert gated(row).state == State.READY
    assert Plan.objects.get(run__deployment=row).approved_by == "owner"


def test_given_an_approved_plan_when_a_new_one_is_needed_then_it_waits_again(make: Make) -> None:
    row = gated(make(approve_plan=True))
    services.approve(deployment=row, plan_sha256=f"{1:064d}", actor="owner")
    gated(row, tofu_apply=lambda _: Back("tofu-plan", "the world has changed"))
    row = gated(row)
    assert row.state == State.WAITING and "approval" in row.reason
    with pytest.raises(PlanChanged):
        services.approve(deployment=row, plan_sha256=f"{1:064d}", actor="owner")
    services.approve(deployment=row, plan_sha256=f"{2:064d}", actor="owner")
    assert gated(row).state == State.READY


def test_given_no_gate_when_approved_then_there_is_nothing_to_approve(make: Make) -> None:
    row = advance(make(), tls=waits)
    with pytest.raises(NothingToApprove):
        services.approve(deployment=row, plan_sha256="0" * 64, actor="owner")


def test_given_a_wait_over_its_budget_then_it_fails_with_the_reason_it_waited_for(
    make: Make,
) -> None:
    row = make()
    director.advance(row.pk, phases=phases(budget=-1.0, default=waits))
    row.refresh_from_db()
    assert row.problem["type"] == "phase-budget-exceeded"
    assert FOREVER.reason in row.problem["detail"]


def test_given_a_kubeconfig_when_sent_again_then_only_the_same_is_accepted(make: Make) -> None:
    row = make()
    bearer = vault.get(row.secrets["callback-bearer"]).reveal()

    def send(content: bytes, bearer: str = bearer) -> None:
        services.keep_kubeconfig(deployment_id=row.pk, bearer=bearer, kubeconfig=content)

    with pytest.raises(Conflict):
        services.kubeconfig(deployment=row, actor=row.owner)
    for problem, content, shown in (
        ("forbidden", b"a", "wrong"),
        ("empty-body", b" \n", bearer),
        ("body-too-large", b"x" * ((1 << 20) + 1), bearer),
    ):
        with pytest.raises(Problem) as refused:
            send(content, shown)
        assert refused.value.type == problem
    send(b"apiVersion: v1\n")
    send(b"apiVersion: v1\n")
    with pytest.raises(Forbidden) as other:
        send(b"apiVersion: v2\n")

    row.refresh_from_db()
    assert other.value.type == "already-set"
    kept = services.kubeconfig(deployment=row, actor=row.owner)
    assert kept.reveal() == "apiVersion: v1\n"
    with pytest.raises(NotFound):
        services.export(deployment=row)


def test_given_anybody_but_the_owner_when_they_ask_for_the_kubeconfig_then_refused(
    make: Make, person: Callable[..., Any]
) -> None:
    row = make()
    with pytest.raises(Forbidden):
        services.kubeconfig(deployment=row, actor=person("operator@example.com"))
