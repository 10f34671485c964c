"""The progress page: who sees it, what it says in each state, and what it leaves alone."""

from __future__ import annotations

import uuid

import pytest
from django.db import transaction

from catalyst.eventlog.services import may_read
from catalyst.identity.models import Role
from catalyst.vault.secret import Secret
from sovereign_wizard.progress.selectors import overview
from sovereign_wizard.provisioning.machine import transition
from sovereign_wizard.provisioning.models import Deployment, PhaseState, State
from sovereign_wizard.provisioning.services import DeploymentRequest, create

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(person):
    return person()


@pytest.fixture
def deployment(owner, pool, name, ssh_public_key) -> Deployment:
    wish = DeploymentRequest(
        organization_name="Omantel",
        owner_email="admin@omantel.example",
        pool_domain=pool.domain,
        subdomain=name,
        region="hel1",
        control_plane_size="cx43",
        worker_size="",
        worker_count=0,
        hetzner_project_id="3311",
        hetzner_token=Secret("x" * 64),
        ssh_public_key=ssh_public_key,
    )
    return create(owner=owner, wish=wish, idempotency_key=str(uuid.uuid4()))


def move(deployment: Deployment, *states: str, **why) -> None:
    with transaction.atomic():
        for state in states:
            transition(deployment, state, **why)


def fail_at(deployment: Deployment, phase: str) -> None:
    run = deployment.runs.get(finished_at__isnull=True)
    position = run.phases.get(phase=phase).position
    run.phases.filter(position__lt=position).update(state=PhaseState.DONE)
    run.phases.filter(phase=phase).update(state=PhaseState.FAILED)
    problem = {"title": "Tofu stopped", "detail": "The quota is used up.", "retryable": True}
    move(deployment, State.RUNNING, State.FAILED, problem=problem)
    run.finished_at = run.started_at
    run.save()


def url(deployment: Deployment, rest: str = "") -> str:
    return f"/sovereign/deployments/{deployment.pk}/{rest}"


def test_given_the_owner_or_an_operator_then_page_and_log_are_theirs(
    deployment, owner, person, browser
) -> None:
    operator = person("operator@example.com", Role.OPERATOR)

    for user in (owner, operator):
        assert deployment.fqdn in browser(user).get(url(deployment)).content.decode()
        assert may_read(user, deployment.subject)


def test_given_anybody_else_then_there_is_no_such_sovereign(deployment, person, browser) -> None:
    stranger = person("stranger@example.com")

    for path in (url(deployment), f"/log/{deployment.subject}/page"):
        assert browser(stranger).get(path).status_code == 404
    for path in (url(deployment, "retry/"), url(deployment, "first-admin/")):
        assert browser(stranger).post(path).status_code == 404
    assert not may_read(stranger, deployment.subject)
    assert not may_read(stranger, "deployment:not-an-id")


def test_given_a_new_deployment_then_all_phases_are_pending_and_it_is_live(deployment) -> None:
    seen = overview(deployment)

    assert seen.live and seen.run_number == 1 and seen.favicon == "running"
    assert {phase.state for phase in seen.phases} == {PhaseState.PENDING}


def test_given_nothing_changed_then_htmx_is_told_to_leave_the_page_alone(
    deployment, owner, browser
) -> None:
    client, seen = browser(owner), overview(deployment).version
    ask = {"path": url(deployment), "data": {"seen": seen}, "headers": {"HX-Request": "true"}}

    unchanged = client.get(**ask)
    move(deployment, State.RUNNING)
    changed = client.get(**ask)

    assert unchanged.status_code == 204
    assert changed.status_code == 200 and "<html" not in changed.content.decode()


def test_given_it_waits_then_the_reason_is_the_headline(deployment, owner, browser) -> None:
    move(deployment, State.RUNNING)
    move(deployment, State.WAITING, because="The cloud does not answer.")

    page = browser(owner).get(url(deployment)).content.decode()

    assert "The cloud does not answer." in page and "favicon-waiting.svg" in page


def test_given_a_failure_then_it_says_why_and_retry_goes_on_from_there(
    deployment, owner, browser
) -> None:
    fail_at(deployment, "tofu-apply")
    client = browser(owner)
    page = client.get(url(deployment)).content.decode()
    assert "The quota is used up." in page and "hx-get" not in page

    answer = client.post(url(deployment, "retry/"))

    seen = overview(Deployment.objects.get(pk=deployment.pk))
    assert answer.url == url(deployment)
    assert seen.live and seen.run_number == 2
    assert [phase.state for phase in seen.phases][:5] == [PhaseState.DONE] * 4 + ["pending"]


def test_given_two_clicks_on_retry_then_there_is_one_more_run(deployment, owner, browser) -> None:
    fail_at(deployment, "preflight")
    client = browser(owner)

    answers = [client.post(url(deployment, "retry/")) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert deployment.runs.count() == 2


def test_given_ready_then_only_the_owner_sees_the_code_and_only_when_asked(
    deployment, owner, person, browser
) -> None:
    move(deployment, State.RUNNING, State.READY)
    client = browser(owner)
    assert "data-secret" not in client.get(url(deployment)).content.decode()

    shown = client.post(url(deployment, "first-admin/"))
    refused = browser(person("op@example.com", Role.OPERATOR)).post(url(deployment, "first-admin/"))

    assert "data-secret" in shown.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]
    assert refused.status_code == 403


def test_given_the_list_then_a_person_sees_theirs_and_an_operator_all(
    deployment, owner, person, browser
) -> None:
    stranger, operator = person("a@example.com"), person("b@example.com", Role.OPERATOR)

    seen = {
        user.email: deployment.fqdn in browser(user).get("/sovereign/").content.decode()
        for user in (owner, stranger, operator)
    }

    assert seen == {owner.email: True, stranger.email: False, operator.email: True}
    assert "No Sovereign yet" in browser(stranger).get("/sovereign/").content.decode()
