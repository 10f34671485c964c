"""Figures of Deployments and Runs say what the rows say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from prometheus_client.core import Metric

from sovereign_wizard.operations import figures
from sovereign_wizard.provisioning.models import PhaseState, Run, State
from tests.integration.observability.conftest import Make, add_phase

pytestmark = pytest.mark.django_db


def samples(metrics: object, name: str) -> dict[tuple[str, ...], float]:
    found: dict[tuple[str, ...], float] = {}
    for metric in metrics:  # type: ignore[attr-defined]
        assert isinstance(metric, Metric)
        for sample in metric.samples:
            if sample.name == f"catalyst_{name}":
                found[tuple(sample.labels.values())] = sample.value
    return found


def test_given_deployments_when_counted_then_by_state_and_the_longest_in_each(
    make_deployment: Make,
) -> None:
    make_deployment("a")
    make_deployment("b", state=State.WAITING, minutes=5)
    make_deployment("c", state=State.WAITING, minutes=50)

    told = list(figures.deployments())

    counts = samples(told, "deployments")
    assert (counts[("running",)], counts[("waiting",)], counts[("ready",)]) == (1, 2, 0)
    ages = samples(told, "deployment_state_age_seconds")
    assert ages[("waiting",)] == pytest.approx(3000, abs=30)


def test_given_only_one_that_waits_for_its_domain_then_it_counts_and_has_no_age(
    make_deployment: Make,
) -> None:
    make_deployment("a", state=State.WAITING, phase="delegation-wait", minutes=5000)
    assert ("waiting",) not in samples(figures.deployments(), "deployment_state_age_seconds")
    make_deployment("b", state=State.WAITING, minutes=50)

    told = list(figures.deployments())

    assert samples(told, "deployments")["waiting",] == 2
    ages = samples(told, "deployment_state_age_seconds")
    assert ages["waiting",] == pytest.approx(3000, abs=30)


def test_given_open_runs_when_counted_then_by_the_phase_they_are_at(make_deployment: Make) -> None:
    make_deployment("a")
    make_deployment("b")
    make_deployment("c", state=State.WAITING, phase="cluster-callback")
    make_deployment("d", state=State.FAILED)

    assert samples(figures.runs(), "runs") == {
        ("provision", "tofu-apply", "running"): 2,
        ("provision", "cluster-callback", "waiting"): 1,
    }


def test_given_ended_runs_when_counted_then_by_outcome(make_deployment: Make) -> None:
    make_deployment("a", state=State.FAILED)
    good = make_deployment("b").runs.get()
    good.phases.update(state=PhaseState.DONE)
    Run.objects.filter(pk=good.pk).update(finished_at=timezone.now())

    told = samples(figures.runs(), "runs_finished_total")

    assert (told["provision", "failed"], told["provision", "done"]) == (1, 1)


def test_given_a_retry_that_copied_a_phase_when_measured_then_it_counts_once(
    make_deployment: Make,
) -> None:
    deployment = make_deployment("a", state=State.FAILED)
    first = deployment.runs.get().phases.get(phase="preflight")
    assert first.started_at is not None
    second = Run.objects.create(deployment=deployment, number=2, started_by="operator")
    add_phase(second, "preflight", PhaseState.DONE, first.started_at, seconds=10)
    add_phase(second, "tofu-apply", PhaseState.DONE, timezone.now(), seconds=100)

    told = list(figures.phases())

    assert samples(told, "phase_duration_seconds_count") == {("preflight",): 1, ("tofu-apply",): 1}
    assert samples(told, "phase_duration_seconds_sum")[("tofu-apply",)] == pytest.approx(100)
    buckets = samples(told, "phase_duration_seconds_bucket")
    assert buckets["tofu-apply", "60"] == 0
    assert buckets["tofu-apply", "120"] == buckets["tofu-apply", "+Inf"] == 1


def test_given_a_phase_at_work_when_measured_then_only_what_is_done_counts(
    make_deployment: Make,
) -> None:
    run = make_deployment("a").runs.get()
    add_phase(run, "tls", PhaseState.FAILED, timezone.now() - timedelta(seconds=9), seconds=9)

    assert set(samples(figures.phases(), "phase_duration_seconds_count")) == {("preflight",)}
