"""Every adapter against its vendor as played by the local cloud: what goes right, what goes wrong.

A way is a registrar with its whole credentials or the lesser ones it also takes.
"""

from __future__ import annotations

import contextlib

import pytest

from dns.registrars.problems import (
    ApiUnavailable,
    DomainLocked,
    DomainNotInAccount,
    InvalidToken,
    IpNotAllowed,
    JobFailed,
    NotEligible,
    NotSupportedForDomain,
    RateLimited,
    ReadBackDiffers,
    RegistrarProblem,
    ScopeMissing,
)
from dns.registrars.services import JobState
from tests.integration.dns.registrars.stage import OURS, WAYS, Customer, Stage, until

every = pytest.mark.parametrize("way", WAYS)
# Somebody else's domain, at the same vendor where there are two ways to it.
OTHER = {
    "cloudflare": "namecheap",
    "namecheap": "cloudflare",
    "godaddy-v1": "godaddy-v2",
    "godaddy-v2": "godaddy-v1",
    "ovh": "godaddy-v1",
    "dynadot-rest": "dynadot-api3",
    "dynadot-api3": "dynadot-rest",
}
AT_ONCE = ("cloudflare", "namecheap", "dynadot-rest", "dynadot-api3")
WITH_JOBS = ("godaddy-v2", "ovh")


@every
def test_given_a_good_key_when_moved_then_the_parents_own_servers_say_so(
    stage: Stage, way: str
) -> None:
    customer = stage.customer(way)
    before = customer.validate().nameservers

    customer.moved()

    assert customer.nameservers() == OURS != before
    assert stage.delegation(customer) == list(OURS)
    assert customer.validate().nameservers == OURS


@every
def test_given_a_wrong_key_when_asked_then_invalid_token(stage: Stage, way: str) -> None:
    customer = stage.resident(way)
    last = list(customer.fields)[-1 if way != "godaddy-v2" else 1]
    customer.fields[last] = "wrong:wrong:wrong"

    with pytest.raises(InvalidToken):
        customer.validate()


def test_given_a_right_that_is_missing_when_asked_then_it_is_named(stage: Stage) -> None:
    reads = [{"method": "GET", "path": "/domain/*"}]
    for way, rights, needs in (
        ("cloudflare", ["#zone:read", "#dns_records:read"], "Zone / DNS / Edit"),
        ("ovh", reads, "/nameServers/update"),
        ("namecheap", ["somebody-else"], "UserName"),
    ):
        with pytest.raises(ScopeMissing) as caught:
            stage.customer(way, rights=rights).validate()
        assert needs in str(caught.value.extra["needs"])


@pytest.mark.parametrize("way", ["cloudflare", "godaddy-v1", "godaddy-v2", "ovh", "dynadot-rest"])
def test_given_a_key_that_may_only_read_when_moved_then_scope_missing(
    stage: Stage, way: str
) -> None:
    rights = {
        "cloudflare": ["#zone:read"],
        "ovh": [{"method": "GET", "path": "/*"}],
    }.get(way, ["GET"])
    customer = stage.customer(way, rights=rights)

    with pytest.raises(ScopeMissing):
        customer.move()

    assert stage.delegation(customer) != list(OURS)


@pytest.mark.parametrize("way", ["godaddy-v1", "namecheap"])
def test_given_an_account_below_the_threshold_when_asked_then_not_eligible(
    stage: Stage, way: str
) -> None:
    with pytest.raises(NotEligible):
        stage.customer(way, eligible=False).validate()


@pytest.mark.parametrize("way", ["namecheap", "dynadot-rest", "dynadot-api3"])
def test_given_an_address_that_is_not_allowed_when_asked_then_it_is_shown(
    stage: Stage, way: str
) -> None:
    with pytest.raises(IpNotAllowed) as caught:
        stage.customer(way, allowed_ips=["192.0.2.1"]).validate()

    assert caught.value.extra["egress_ip"] == "127.0.0.1"
    assert "127.0.0.1" in caught.value.detail


@every
def test_given_a_domain_of_somebody_else_when_asked_then_not_in_account(
    stage: Stage, way: str
) -> None:
    customer, other = stage.resident(way), stage.resident(OTHER[way])
    customer.name = f"cloud.{other.registered}" if way == "cloudflare" else other.registered

    with pytest.raises(DomainNotInAccount):
        customer.validate()
    with pytest.raises(DomainNotInAccount):
        customer.move()


@every
def test_given_a_locked_domain_when_moved_then_locked(stage: Stage, way: str) -> None:
    customer = stage.customer(way)
    if way == "cloudflare":
        old = ("ns1.old.net", "ns2.old.net")
        customer.moved(old)
        more = stage.domain(customer)["more"]
        for record in more["records"]:
            record["meta"] = {"read_only": True}
        stage.change(customer, more=more)
    else:
        stage.change(customer, locked=True)

    with pytest.raises(DomainLocked):
        customer.move()


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

    assert stage.ask("GET", "/faults")["faults"][-1]["hits"] == 4


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


def test_given_a_whole_domain_at_cloudflare_when_asked_then_steps_by_hand(stage: Stage) -> None:
    customer = stage.resident("cloudflare")
    customer.name = customer.registered

    for act in (customer.validate, customer.move):
        with pytest.raises(NotSupportedForDomain) as caught:
            act()
        assert len(caught.value.extra["steps"]) == 3


@pytest.mark.parametrize("way", [way for way in WAYS if way != "cloudflare"])
def test_given_a_name_below_a_domain_when_asked_then_steps_by_hand(stage: Stage, way: str) -> None:
    customer = stage.resident(way)
    customer.name = f"cloud.{customer.registered}"

    with pytest.raises(NotSupportedForDomain) as caught:
        customer.move()

    assert "NS record for cloud" in " ".join(caught.value.extra["steps"])


def test_given_old_records_at_cloudflare_when_moved_then_none_of_them_is_left(
    stage: Stage,
) -> None:
    customer = stage.customer("cloudflare")
    customer.moved(("ns1.old.net", OURS[0]))

    customer.moved()

    assert stage.delegation(customer) == list(OURS)


def test_given_hosts_dynadot_does_not_know_when_moved_then_they_are_registered_first(
    stage: Stage,
) -> None:
    for way in ("dynadot-rest", "dynadot-api3"):
        customer = stage.customer(way, hosts=())
        assert customer.move().state is JobState.DONE


def _move_to_the_end(stage: Stage, customer: Customer) -> None:
    outcome = customer.move()
    assert outcome.state is JobState.PENDING and outcome.job
    until(lambda: stage.ask("GET", "/jobs")["jobs"][-1]["state"] == "done")
    customer.confirm(outcome.job.id)
