"""Cancel, retry, approve and destroy as pages: what they say first, and that only POST acts."""

from __future__ import annotations

import secrets
import uuid

import pytest
from django.db import transaction

from catalyst.eventlog.services import may_read
from catalyst.identity.models import Role, User
from catalyst.limits.actions import LIMITS
from catalyst.limits.services import hit
from catalyst.vault.secret import Secret
from sovereign_wizard.progress import history
from sovereign_wizard.provisioning.machine import transition
from sovereign_wizard.provisioning.models import Deployment, PhaseState, Plan, RunKind, State
from sovereign_wizard.provisioning.phases import TITLES
from sovereign_wizard.provisioning.services import DeploymentRequest, create

pytestmark = pytest.mark.django_db
SHA = "a" * 64


@pytest.fixture
def owner(person):
    return person()


@pytest.fixture
def deployment(owner, pool, name, ssh_public_key, tokens) -> Deployment:
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
        hetzner_token=Secret(tokens.read_write),
        ssh_public_key=ssh_public_key,
        approve_plan=True,
    )
    return create(owner=owner, wish=wish, idempotency_key=str(uuid.uuid4()))


def move(deployment: Deployment, *states: str, **why) -> None:
    with transaction.atomic():
        for state in states:
            transition(deployment, state, **why)


def stop(deployment: Deployment, state: str) -> None:
    move(deployment, State.RUNNING)
    if state == State.CANCELLED:
        move(deployment, State.CANCELLING)
    run = deployment.runs.get()
    run.phases.filter(phase="preflight").update(
        state=PhaseState.FAILED if state == State.FAILED else PhaseState.CANCELLED
    )
    run.finished_at = run.started_at
    run.save()
    move(deployment, state)


def url(deployment: Deployment, rest: str = "") -> str:
    return f"/sovereign/deployments/{deployment.pk}/{rest}"


def wait_for_approval(deployment: Deployment) -> None:
    run = deployment.runs.get()
    approve = run.phases.get(phase="approve")
    run.phases.filter(position__lt=approve.position).update(state=PhaseState.DONE)
    run.phases.filter(pk=approve.pk).update(state=PhaseState.WAITING)
    Plan.objects.create(
        run=run,
        content=b"sealed",
        sha256=SHA,
        words="creates 1 network; replaces 1 server; €41.20/month net",
        changes={"creates": {"hcloud_network": 1}, "replaces": {"hcloud_server": 1}},
        losses=[{"action": "replaces", "address": "hcloud_server.worker[0]"}],
    )
    move(deployment, State.RUNNING, State.WAITING, because="It waits for an approval.")


def test_given_it_is_queued_when_cancelled_then_at_once_and_twice_is_fine(
    deployment, owner, browser
) -> None:
    client = browser(owner)
    assert "cancelled at once" in client.get(url(deployment, "cancel/")).content.decode()

    answers = [client.post(url(deployment, "cancel/")) for _ in range(2)]

    deployment.refresh_from_db()
    assert [answer.status_code for answer in answers] == [302, 302]
    assert deployment.state == State.CANCELLED
    page = client.get(url(deployment)).content.decode()
    assert "favicon-stopped.svg" in page and "nothing is billed" in page


def test_given_nothing_at_work_when_cancelling_then_409_and_said_in_words(
    deployment, owner, browser
) -> None:
    stop(deployment, State.FAILED)

    answer = browser(owner).post(url(deployment, "cancel/"))

    assert answer.status_code == 409
    assert "nothing that can be cancelled" in answer.content.decode()


def test_given_a_cancelled_run_when_retried_then_it_runs_again(deployment, owner, browser) -> None:
    stop(deployment, State.CANCELLED)
    client = browser(owner)
    assert "Retry from" in client.get(url(deployment)).content.decode()

    assert client.post(url(deployment, "retry/")).status_code == 302

    deployment.refresh_from_db()
    assert deployment.state == State.RUNNING and deployment.runs.count() == 2


def test_given_it_stopped_anywhere_when_retried_then_from_the_phase_the_page_had_named(
    deployment, owner, browser
) -> None:
    client = browser(owner)
    client.post(url(deployment, "cancel/"))  # before any phase began
    assert f"Retry from “{TITLES['preflight']}”" in told(client, deployment)
    client.post(url(deployment, "retry/"))
    run = deployment.runs.get(number=2)
    approve = run.phases.get(phase="approve")
    run.phases.filter(position__lt=approve.position).update(state=PhaseState.DONE)
    run.phases.filter(pk=approve.pk).update(state=PhaseState.CANCELLED)
    deployment.refresh_from_db()
    run.finished_at = run.started_at
    run.save()
    move(deployment, State.CANCELLING, State.CANCELLED)

    named = told(client, deployment)
    client.post(url(deployment, "retry/"))

    begins = deployment.runs.get(number=3).phases.exclude(state=PhaseState.DONE)[0].phase
    assert f"Retry from “{TITLES[begins]}”" in named


def told(client, deployment: Deployment) -> str:
    return client.get(url(deployment, "retry/")).content.decode()


def test_given_a_plan_waits_then_the_page_shows_it_and_the_answer_counts_for_it_alone(
    deployment, owner, browser
) -> None:
    wait_for_approval(deployment)
    client = browser(owner)
    assert "waits for your approval" in client.get(url(deployment)).content.decode()
    page = client.get(url(deployment, "approve/")).content.decode()
    assert "€41.20/month" in page and SHA in page and "destroys or replaces" in page

    other = client.post(url(deployment, "approve/"), {"plan": "b" * 64})
    same = client.post(url(deployment, "approve/"), {"plan": SHA})

    assert other.status_code == 409 and "made anew" in other.content.decode()
    assert same.status_code == 302
    assert Plan.objects.get(sha256=SHA).approved_by == str(owner)


def test_given_a_wrong_name_when_destroying_then_422_beside_the_field_and_nothing_happens(
    deployment, owner, browser
) -> None:
    stop(deployment, State.FAILED)

    answer = browser(owner).post(url(deployment, "destroy/"), {"confirm_fqdn": "other.example"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="other.example"' in page and 'id="id_confirm_fqdn-error"' in page
    deployment.refresh_from_db()
    assert deployment.state == State.FAILED


def test_given_the_name_is_typed_when_destroying_then_a_destroy_run_begins_and_twice_is_one(
    deployment, owner, browser
) -> None:
    stop(deployment, State.FAILED)
    client = browser(owner)
    assert "What will be lost" in client.get(url(deployment, "destroy/")).content.decode()

    for _ in range(2):
        answer = client.post(url(deployment, "destroy/"), {"confirm_fqdn": deployment.fqdn})
        assert answer.url == url(deployment)

    deployment.refresh_from_db()
    assert deployment.state == State.DESTROYING
    assert deployment.runs.filter(kind=RunKind.DESTROY).count() == 1
    assert deployment.sightings.get().occasion == "before destroying"
    page = client.get(url(deployment)).content.decode()
    assert "See that nothing is left" in page and "Destroy…" not in page


def test_given_a_run_at_work_then_the_destroy_page_says_to_cancel_first(
    deployment, owner, browser
) -> None:
    move(deployment, State.RUNNING)

    page = browser(owner).get(url(deployment, "destroy/")).content.decode()

    assert "Cancel it first" in page and "confirm_fqdn" not in page


def test_given_only_get_then_no_act_happens(deployment, owner, browser) -> None:
    client = browser(owner)

    for path in ("cancel/", "retry/", "approve/", "destroy/"):
        assert client.get(url(deployment, path)).status_code == 200
    for path in ("look/", "remove/", "archive/", "passphrase/", "kubeconfig/", "destroy-token/"):
        assert client.get(url(deployment, path)).status_code == 405

    deployment.refresh_from_db()
    assert deployment.state == State.QUEUED


def test_given_changes_of_state_then_the_time_in_each_is_shown(deployment, owner, browser) -> None:
    stop(deployment, State.FAILED)

    stays = history.spans(deployment)
    page = browser(owner).get(url(deployment)).content.decode()

    assert [stay.state for stay in stays] == [State.QUEUED, State.RUNNING, State.FAILED]
    assert [time.lasts for time in history.times(stays)] == [False, False, True]
    assert "Time in each state" in page and "so far" in page


@pytest.mark.parametrize("act", ["cancel", "retry", "approve", "destroy"])
def test_given_an_act_done_too_often_when_sent_again_then_429_in_words_and_nothing_happens(
    deployment, browser, act: str
) -> None:
    # An operator whose number no other test's person has: the counts outlive the database.
    operator = User.objects.create(
        pk=secrets.randbelow(10**12) + 10**6,
        subject=act,
        email="o@x.example",
        roles=[Role.OPERATOR],
    )
    if act in ("retry", "destroy"):
        stop(deployment, State.FAILED)
    state = deployment.state
    for _ in range(LIMITS[act].amount):
        assert hit(action=act, key=f"person:{operator.pk}").allowed
    client = browser(operator)

    answer = client.post(url(deployment, f"{act}/"), {"confirm_fqdn": deployment.fqdn})

    assert answer.status_code == 429 and "Nothing was done. Try again in" in answer.content.decode()
    deployment.refresh_from_db()
    assert (deployment.state, deployment.runs.count()) == (state, 1)
    assert client.get(url(deployment, f"{act}/")).status_code == 200, "reading is not counted"


def test_given_a_password_is_still_to_be_set_when_following_the_log_then_refused(
    deployment, owner
) -> None:
    assert may_read(owner, deployment.subject)
    owner.must_set_password = True
    assert not may_read(owner, deployment.subject)
