"""Phases as jobs, runs as batches, lines of a phase as an execution's log."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from catalyst.eventlog.services import Line, append
from sovereign_wizard.provisioning import services
from sovereign_wizard.provisioning.machine import transition
from sovereign_wizard.provisioning.models import Deployment, PhaseState, State
from tests.integration.sovereign_wizard.api.conftest import Caller, kind

pytestmark = pytest.mark.django_db


def work(deployment: Deployment, phase: str, outcome: str, *texts: str) -> None:
    """As a worker leaves a phase of the open run."""
    run = deployment.runs.order_by("-number")[0]
    now = timezone.now()
    run.phases.filter(phase=phase).update(
        state=outcome, attempts=1, started_at=now, finished_at=now + timedelta(seconds=2)
    )
    append(deployment.subject, [Line(text, phase=phase) for text in texts])


@pytest.fixture
def retried(deployment: Deployment) -> Deployment:
    """Run 1 failed in its second phase; run 2 did that one and is in the third."""
    transition(deployment, State.RUNNING)
    work(deployment, "preflight", PhaseState.DONE, "looking", "good")
    work(deployment, "reserve-name", PhaseState.FAILED, "no luck")
    transition(deployment, State.FAILED)
    run = deployment.runs.get()
    run.finished_at = timezone.now()
    run.save()
    services.retry(deployment=deployment, actor="owner@example.com")
    work(deployment, "reserve-name", PhaseState.DONE, "luck", "and more")
    work(deployment, "tofu-init", PhaseState.RUNNING)
    return deployment


def jobs(caller: Caller, deployment: Deployment, rest: str = ""):  # type: ignore[no-untyped-def]
    return caller.get(f"/deployments/{deployment.pk}/jobs{rest}").json()


def test_given_two_runs_when_jobs_are_listed_then_newest_first_pending_last_and_none_twice(
    owner: Caller, retried: Deployment
) -> None:
    listed = jobs(owner, retried)["jobs"]
    begun = [job for job in listed if job["startedAt"]]

    assert [job["jobName"] for job in begun] == [
        "tofu-init-2",
        "reserve-name-2",
        "reserve-name-1",
        "preflight-1",
    ]
    assert [job["status"] for job in begun] == ["running", "succeeded", "failed", "succeeded"]
    assert listed[: len(begun)] == begun
    assert begun[1]["id"] == f"{retried.pk}:reserve-name-2"
    assert begun[1]["dependsOn"] == ["preflight-1"], "what run 1 did, run 2 builds on"
    assert begun[1]["batchId"] == "provision-2"
    assert begun[1]["durationMs"] == 2000
    assert "preflight-2" not in {job["jobName"] for job in listed}


def test_given_two_runs_when_batches_are_counted_then_each_adds_up(
    owner: Caller, retried: Deployment
) -> None:
    second, first = jobs(owner, retried, "/batches")["batches"]

    assert (first["batchId"], second["batchId"]) == ("provision-1", "provision-2")
    assert (first["succeeded"], first["failed"], first["finished"]) == (1, 1, 2)
    assert (second["succeeded"], second["running"]) == (1, 1)
    assert all(
        one["finished"] + one["running"] + one["pending"] == one["total"] for one in (first, second)
    )


def test_given_a_job_when_looked_at_then_its_execution_and_only_its_lines(
    owner: Caller, retried: Deployment
) -> None:
    found = jobs(owner, retried, f"/{retried.pk}:reserve-name-2")
    (execution,) = found["executions"]
    lines = owner.get(f"/actions/executions/{execution['id']}/logs").json()

    assert found["job"]["latestExecutionId"] == execution["id"]
    assert len(bytes.fromhex(execution["id"])) == 16
    assert execution["lineCount"] == lines["total"] == 2
    assert [(line["lineNumber"], line["message"]) for line in lines["lines"]] == [
        (1, "luck"),
        (2, "and more"),
    ]
    assert lines["lines"][0]["level"] == "INFO"
    assert lines["executionFinished"] is True
    assert kind(owner.get(f"/deployments/{retried.pk}/jobs/x"))[0] == 404


@pytest.mark.parametrize(
    ("query", "first", "count"),
    [
        ("fromLine=2", 2, 1),
        ("fromLine=2&limit=0", 2, 1),
        ("fromLine=-5&limit=1", 1, 1),
        ("limit=99999", 1, 2),
        ("fromLine=3", 3, 0),
    ],
)
def test_given_odd_numbers_when_lines_are_asked_for_then_clamped(
    owner: Caller, retried: Deployment, query: str, first: int, count: int
) -> None:
    execution = jobs(owner, retried, f"/{retried.pk}:preflight-1")["job"]["latestExecutionId"]
    page = owner.get(f"/actions/executions/{execution}/logs?{query}").json()

    assert page["total"] == 2
    assert [line["lineNumber"] for line in page["lines"]] == list(range(first, first + count))


def test_given_anothers_or_no_execution_when_its_lines_are_asked_for_then_404(
    owner: Caller, stranger: Caller, retried: Deployment
) -> None:
    execution = jobs(owner, retried, f"/{retried.pk}:preflight-1")["job"]["latestExecutionId"]

    assert kind(stranger.get(f"/actions/executions/{execution}/logs")) == (404, "not-found")
    for made_up in ("x" * 32, "f" * 32, "0" * 32, "1"):
        assert kind(owner.get(f"/actions/executions/{made_up}/logs"))[0] == 404
