"""Retry, cancel, destroy, approve: statuses of the API; what happens then is the engine's."""

from __future__ import annotations

import hashlib
import secrets

import pytest
from django.utils import timezone

from catalyst.limits.actions import LIMITS
from catalyst.limits.services import hit
from dns.registrars.services import credentials_of
from sovereign_wizard.provisioning.machine import transition
from sovereign_wizard.provisioning.models import Deployment, PhaseState, Plan, State
from tests.integration.sovereign_wizard.api.conftest import Caller, Make, kind

pytestmark = pytest.mark.django_db


def stop_at(deployment: Deployment, phase: str) -> None:
    """As a worker leaves it when `phase` failed."""
    transition(deployment, State.RUNNING)
    transition(deployment, State.FAILED, problem={"title": "It failed", "phase": phase})
    run = deployment.runs.get()
    position = run.phases.get(phase=phase).position
    run.phases.filter(position__lt=position).update(state=PhaseState.DONE)
    run.phases.filter(phase=phase).update(state=PhaseState.FAILED)
    run.finished_at = timezone.now()
    run.save()


def path(deployment: Deployment, rest: str) -> str:
    return f"/deployments/{deployment.pk}{rest}"


def test_given_a_failed_phase_when_retried_then_a_second_run_goes_on_from_there(
    owner: Caller, deployment: Deployment
) -> None:
    stop_at(deployment, "tofu-apply")
    seen = owner.post(path(deployment, "/retry")).json()

    assert (seen["status"], seen["run"]) == ("running", 2)
    assert next(row["id"] for row in seen["phases"] if row["state"] != "done") == "tofu-apply"


def test_given_an_earlier_phase_when_retried_from_it_then_200_says_what_happens(
    owner: Caller, deployment: Deployment
) -> None:
    stop_at(deployment, "tofu-apply")
    seen = owner.post(path(deployment, "/phases/tofu-init/retry")).json()

    assert seen["phase"] == "tofu-init"
    assert seen["message"] == "Run 2 goes on from tofu-init."
    assert seen["streamURL"].endswith("/logs")


def test_given_an_unknown_phase_when_retried_then_400(
    owner: Caller, deployment: Deployment
) -> None:
    assert kind(owner.post(path(deployment, "/phases/x/retry"))) == (400, "unknown-phase")


@pytest.mark.parametrize("rest", ["/retry", "/phases/tls/retry", "/approve", "/destroy"])
def test_given_a_run_under_way_when_something_else_is_asked_then_409(
    owner: Caller, deployment: Deployment, rest: str
) -> None:
    transition(deployment, State.RUNNING)
    body = {"planSha256": "0" * 64, "confirmFQDN": deployment.fqdn}
    answer = owner.post(path(deployment, rest), body)

    assert answer.status_code == 409, answer.content


def test_given_a_repeated_retry_with_a_key_when_sent_then_one_run(
    owner: Caller, deployment: Deployment
) -> None:
    stop_at(deployment, "tofu-apply")
    key = {"Idempotency-Key": "a-double-click"}
    first, second = (owner.post(path(deployment, "/retry"), **key) for _ in range(2))

    assert first.content == second.content
    assert deployment.runs.count() == 2


def test_given_a_queued_deployment_when_cancelled_then_202_and_cancelled(
    owner: Caller, deployment: Deployment
) -> None:
    answer = owner.post(path(deployment, "/cancel"))

    assert (answer.status_code, answer.json()["status"]) == (202, "cancelled")
    assert kind(owner.post(path(deployment, "/cancel")))[0] == 409


def test_given_a_name_typed_wrongly_when_destroying_then_422_and_nothing_begins(
    owner: Caller, deployment: Deployment
) -> None:
    stop_at(deployment, "tofu-apply")

    assert kind(owner.post(path(deployment, "/destroy"), {"confirmFQDN": "other"}))[0] == 422
    assert kind(owner.post(path(deployment, "/destroy"), {}))[0] == 422
    deployment.refresh_from_db()
    assert deployment.state == State.FAILED


def test_given_the_name_typed_when_destroying_then_202_and_a_run_of_its_kind(
    owner: Caller, deployment: Deployment
) -> None:
    stop_at(deployment, "tofu-apply")
    answer = owner.post(path(deployment, "/destroy"), {"confirmFQDN": deployment.fqdn})
    seen = answer.json()

    assert (answer.status_code, seen["status"], seen["runKind"]) == (202, "destroying", "destroy")
    assert seen["phases"][0]["id"] == "inventory"


def test_given_a_plan_that_waits_when_approved_by_its_hash_then_it_is_and_no_other(
    owner: Caller, make
) -> None:
    deployment = make(approve_plan=True)
    transition(deployment, State.RUNNING)
    run = deployment.runs.get()
    content = b"a plan"
    digest = hashlib.sha256(content).hexdigest()
    Plan.objects.create(run=run, content=content, sha256=digest, words="creates 1 network")
    seen = owner.get(path(deployment, "")).json()
    other = owner.post(path(deployment, "/approve"), {"planSha256": "0" * 64})
    right = owner.post(path(deployment, "/approve"), {"planSha256": seen["plan"]["sha256"]})

    assert seen["plan"]["words"] == "creates 1 network"
    assert kind(other) == (409, "plan-changed")
    assert right.status_code == 200
    assert right.json()["plan"]["approvedBy"] == "owner@example.com"


@pytest.mark.parametrize(
    ("rest", "action", "state"),
    [
        ("/retry", "retry", State.FAILED),
        ("/phases/tofu-init/retry", "retry", State.FAILED),
        ("/cancel", "cancel", State.QUEUED),
        ("/destroy", "destroy", State.FAILED),
        ("/approve", "approve", State.QUEUED),
    ],
)
def test_given_an_act_done_too_often_when_done_again_then_429_and_nothing_happens(
    owner: Caller, deployment: Deployment, rest: str, action: str, state: str
) -> None:
    if state == State.FAILED:
        stop_at(deployment, "tofu-apply")
    for _ in range(LIMITS[action].amount):
        assert hit(action=action, key=f"person:{owner.user.pk}").allowed
    body = {"planSha256": "0" * 64, "confirmFQDN": deployment.fqdn}

    answer = owner.post(path(deployment, rest), body)

    assert kind(answer) == (429, "rate-limited")
    assert int(answer["Retry-After"]) > 0
    deployment.refresh_from_db()
    assert (deployment.state, deployment.runs.count()) == (state, 1)


def test_given_a_move_that_was_given_up_when_retried_then_409_until_credentials_come_again(
    owner: Caller, make: Make
) -> None:
    keys = {"key": "a:b", "secret": "c"}
    row = make(
        domain_mode="byo-api", own_domain=f"d{secrets.token_hex(6)}.com", registrar="godaddy",
        registrar_credentials=credentials_of("godaddy", fields=keys), pool_domain="", subdomain="",
    )  # fmt: skip
    owner.post(path(row, "/cancel"))

    assert kind(owner.post(path(row, "/retry"))) == (409, "credentials-gone")
    half = owner.post(path(row, "/retry"), {"registrarCredentials": {"key": "a:b"}})
    assert half.json()["field"] == "registrarCredentials.secret"
    given = owner.post(path(row, "/retry"), {"registrarCredentials": keys})
    assert given.status_code == 200 and given.json()["run"] == 2, given.json()
    assert "a:b" not in given.content.decode()
