"""Every adapter against a vendor that fails: later, in the middle, or while it says yes.

A way is a registrar with its whole credentials or the lesser ones it also takes.
"""

from __future__ import annotations

import contextlib

import pytest

from dns.registrars.problems import (
    ApiUnavailable,
    JobFailed,
    RateLimited,
    ReadBackDiffers,
    RegistrarProblem,
)
from dns.registrars.services import JobState
from tests.integration.dns.registrars.stage import OURS, WAYS, Customer, Stage
from tests.integration.internet.running import until

# One set of accounts and faults at the vendors for everybody.
pytestmark = pytest.mark.xdist_group("registrars")

every = pytest.mark.parametrize("way", WAYS)
AT_ONCE = ("cloudflare", "namecheap", "dynadot-rest", "dynadot-api3")
WITH_JOBS = ("godaddy-v2", "ovh")


@pytest.mark.parametrize("way", WITH_JOBS)
def test_given_a_job_that_fails_later_when_polled_then_job_failed_and_nothing_has_changed(
    stage: Stage, way: str
) -> None:
    customer = stage.customer(way)
    stage.fault(customer, "job_fails", on="write")
    before = stage.delegation(customer)

    outcome = customer.move()
    assert outcome.state is JobState.PENDING and outcome.job
    with pytest.raises(JobFailed):
        until(lambda: customer.confirm(outcome.job.id).state is JobState.DONE)

    assert stage.delegation(customer) == before


def test_given_a_silent_change_that_fails_when_read_back_then_it_differs(stage: Stage) -> None:
    customer = stage.customer("godaddy-v1")
    stage.fault(customer, "job_fails", on="write")

    outcome = customer.move()
    assert outcome.state is JobState.PENDING and outcome.job
    until(lambda: stage.ask("GET", "/jobs")["jobs"][-1]["state"] == "failed")

    with pytest.raises(ReadBackDiffers):
        customer.confirm(outcome.job.id)


@pytest.mark.parametrize("way", AT_ONCE)
def test_given_a_change_that_is_taken_back_when_looked_at_later_then_it_differs(
    stage: Stage, way: str
) -> None:
    customer = stage.customer(way)
    stage.fault(customer, "reverts", on="write")

    assert customer.move().state is JobState.DONE

    with pytest.raises(ReadBackDiffers) as caught:
        customer.confirm()
    assert caught.value.extra["wanted"] == list(OURS)


@every
def test_given_a_429_when_it_is_longer_than_our_patience_then_how_long_is_told(
    stage: Stage, way: str
) -> None:
    customer = stage.resident(way)
    stage.fault(customer, "rate_limit", retry_after=120)

    with pytest.raises(RateLimited) as caught:
        customer.validate()

    # Namecheap says "Too many requests" and no time.
    assert caught.value.extra["retry_after"] == (60 if way == "namecheap" else 120)


@pytest.mark.parametrize("way", ["cloudflare", "godaddy-v2", "ovh", "dynadot-rest"])
def test_given_a_short_429_when_moved_then_it_is_waited_for_and_done_once(
    stage: Stage, way: str
) -> None:
    customer = stage.customer(way)
    stage.fault(customer, "rate_limit", retry_after=1, on="write")

    customer.moved()

    assert stage.delegation(customer) == list(OURS)


@every
@pytest.mark.parametrize("fault", ["status_after", "lost_answer"])
def test_given_an_answer_that_is_lost_after_success_when_moved_then_reading_decides(
    stage: Stage, way: str, fault: str
) -> None:
    customer = stage.customer(way)
    stage.fault(customer, fault, on="write")

    # Where a vendor is not yet through, the caller must know that it may have been done.
    with contextlib.suppress(ApiUnavailable):
        assert customer.move().state is JobState.DONE

    until(lambda: customer.nameservers() == OURS)
    assert stage.delegation(customer) == list(OURS)


@every
def test_given_a_500_before_anything_was_done_when_moved_then_unavailable_and_uncertain(
    stage: Stage, way: str
) -> None:
    customer = stage.customer(way)
    before = stage.delegation(customer)
    stage.fault(customer, "status", status=500, on="write")

    with pytest.raises(ApiUnavailable) as caught:
        customer.move()

    assert caught.value.uncertain
    assert stage.delegation(customer) == before


@pytest.mark.parametrize("way", ["cloudflare", "namecheap", "ovh", "dynadot-rest", "dynadot-api3"])
def test_given_two_500s_when_only_read_then_tried_again_and_done(stage: Stage, way: str) -> None:
    customer = stage.resident(way)
    stage.fault(customer, "status", status=503, times=2, on="read")

    assert customer.validate().domain == customer.name


@pytest.mark.parametrize("way", ["cloudflare", "namecheap", "ovh", "dynadot-rest", "dynadot-api3"])
def test_given_maintenance_when_asked_then_unavailable_within_the_budget(
    stage: Stage, way: str
) -> None:
    customer = stage.resident(way)
    stage.fault(customer, "maintenance", times=None)

    with pytest.raises(ApiUnavailable):
        customer.validate()

    assert stage.hits() == 4


@every
def test_given_a_fault_for_one_customer_when_another_asks_then_not_disturbed(
    stage: Stage, way: str
) -> None:
    faulty, other = stage.customer(way), stage.resident(way)
    stage.fault(faulty, "status", status=503, times=None)

    assert other.validate().domain == other.name
    assert stage.hits() == 0
    with pytest.raises(ApiUnavailable):
        faulty.validate()


@every
def test_given_a_yes_without_a_change_when_read_back_then_it_is_no_success(
    stage: Stage, way: str
) -> None:
    customer = stage.customer(way)
    stage.fault(customer, "ignored", on="write")

    with pytest.raises(ReadBackDiffers):
        _move_to_the_end(stage, customer)


@pytest.mark.parametrize("way", WITH_JOBS)
def test_given_a_job_under_way_when_another_change_is_asked_for_then_pending_operation(
    stage: Stage, way: str
) -> None:
    stage.ask("PUT", "/pace", job_seconds=600)
    customer = stage.customer(way)
    outcome = customer.move()
    stage.ask("PUT", "/pace", job_seconds=0.3)
    assert outcome.job and customer.confirm(outcome.job.id).state is JobState.PENDING

    with pytest.raises(RegistrarProblem) as caught:
        customer.move(("ns8.openova.io", "ns9.openova.io"))

    assert caught.value.type == "pending-operation"
    [job] = [j for j in stage.ask("GET", "/jobs")["jobs"] if j["domain"] == customer.registered]
    stage.ask("POST", f"/jobs/{job['id']}", state="done")
    assert customer.confirm(outcome.job.id).state is JobState.DONE


def _move_to_the_end(stage: Stage, customer: Customer) -> None:
    outcome = customer.move()
    assert outcome.state is JobState.PENDING and outcome.job
    until(lambda: stage.ask("GET", "/jobs")["jobs"][-1]["state"] == "done")
    customer.confirm(outcome.job.id)
