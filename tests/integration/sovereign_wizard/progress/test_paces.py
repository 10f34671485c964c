"""What is known of earlier runs, and what the progress page makes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from sovereign_wizard.progress import paces
from sovereign_wizard.progress.selectors import overview
from sovereign_wizard.provisioning.machine import transition
from sovereign_wizard.provisioning.models import Deployment, PhaseRun, PhaseState, State
from sovereign_wizard.provisioning.runs import open_run
from tests.security.things import deployment_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_before() -> None:
    PhaseRun.objects.all().delete()


@pytest.fixture
def owner(person):
    return person()


def ran(owner, *seconds: float, region: str = "hel1", phase: str = "preflight") -> list[Deployment]:
    """A Deployment for each time, whose phase took so long."""
    made = []
    for took in seconds:
        one = deployment_of(owner)
        Deployment.objects.filter(pk=one.pk).update(region=region)
        run = one.runs.get()
        run.phases.filter(phase=phase).update(
            state=PhaseState.DONE,
            started_at=run.started_at,
            finished_at=run.started_at + timedelta(seconds=took),
        )
        made.append(one)
    return made


def test_given_enough_runs_in_the_region_then_its_own_median_counts(owner) -> None:
    ran(owner, 10, 20, 30)
    ran(owner, 1000, 1000, 1000, region="nbg1")
    new = deployment_of(owner)

    pace = paces.of(new)["preflight"]

    assert (pace.p50, pace.runs, pace.where) == (20.0, 3, "hel1")
    assert 28.9 < pace.p95 < 29.1  # percentile_cont between 20 and 30


def test_given_too_few_in_the_region_then_all_regions_together(owner) -> None:
    ran(owner, 10, 20)
    ran(owner, 40, 50, 60, region="nbg1")

    pace = paces.of(deployment_of(owner))["preflight"]

    assert (pace.p50, pace.runs, pace.where) == (40.0, 5, paces.EVERYWHERE)


def test_given_only_the_region_ran_then_few_runs_are_still_its_own(owner) -> None:
    ran(owner, 10)

    assert paces.of(deployment_of(owner))["preflight"].where == "hel1"


def test_given_no_run_then_nothing_is_known_and_the_page_says_so(owner, browser) -> None:
    new = deployment_of(owner)

    assert paces.of(new) == {}
    page = browser(owner).get(f"/sovereign/deployments/{new.pk}/").content.decode()
    assert "no history yet" in page and "left" not in page.partition("how-far")[2][:600]


def test_given_what_does_not_count_then_it_is_left_out(owner) -> None:
    (old,) = ran(owner, 500)
    PhaseRun.objects.filter(run=old.runs.get()).update(
        finished_at=timezone.now() - paces.REMEMBERED
    )
    (own,) = ran(owner, 700)
    (away,) = ran(owner, 100)
    PhaseRun.objects.filter(run=away.runs.get()).update(vault_away_seconds=60)
    ran(owner, 40)

    pace = paces.of(own)["preflight"]

    # The old one is forgotten, one's own is not history, waiting for our vault is no work.
    assert (pace.runs, pace.p50) == (2, 40.0)


def test_given_a_phase_taken_over_by_a_retry_then_it_counts_once(owner) -> None:
    (first,) = ran(owner, 40)
    run = first.runs.get()
    run.started_at -= timedelta(minutes=5)
    run.save()
    run.phases.filter(phase="preflight").update(started_at=run.started_at)
    run.phases.filter(phase="preflight").update(finished_at=run.started_at + timedelta(seconds=40))
    run.finished_at = timezone.now()
    run.save()
    open_run(first, started_by="owner", first="reserve-name")

    assert paces.of(deployment_of(owner))["preflight"].runs == 1


def test_given_history_of_every_phase_then_the_page_tells_the_time_left(owner, browser) -> None:
    (done,) = ran(owner, 10)
    run = done.runs.get()
    run.phases.update(
        state=PhaseState.DONE,
        started_at=run.started_at,
        finished_at=run.started_at + timedelta(seconds=10),
    )
    new = deployment_of(owner)
    with transaction.atomic():
        transition(new, State.RUNNING)

    seen = overview(new)

    assert seen.eta is not None and seen.eta.seconds == 10.0 * len(seen.phases)
    page = browser(owner).get(f"/sovereign/deployments/{new.pk}/").content.decode()
    assert "About 2 min left" in page and "p50 of 1 run in hel1" in page
    assert page.count('class="usual"') == len(seen.phases)
