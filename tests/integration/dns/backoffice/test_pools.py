"""Pools with the verdict of their parent, asked for real, and the quarantine."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.test import Client

from catalyst.audit.models import AuditEvent
from dns.backoffice import selectors
from dns.pools import services
from dns.pools.models import Allocation, Pool
from dns.pools.problems import NameQuarantined
from dns.pools.services import Reservation
from dns.powerdns.client import PowerDns
from tests.integration.dns.asking import POOL
from tests.integration.dns.backoffice.test_names import words
from tests.integration.dns.conftest import commit

pytestmark = pytest.mark.django_db


def test_given_a_pool_when_opened_then_every_parent_server_is_asked_and_the_keys_are_there(
    operator: Client, pool: Pool, server: PowerDns, settings
) -> None:
    answer = operator.get(f"/domains/pools/{POOL}/")
    page = words(answer)
    assert answer.status_code == 200 and "Delegated Signed" in page
    assert "delegates it to us and vouches for our key" in page
    (key,) = server.keys(POOL)
    assert key.sha256_ds[0] in page
    for name in settings.CATALYST.nameservers:
        assert f"{name}." in page


def test_given_a_pool_nobody_delegates_when_opened_then_the_verdict_says_so(
    operator: Client, pool: Pool
) -> None:
    Pool.objects.create(domain="nobody-has-this.example")
    page = words(operator.get("/domains/pools/nobody-has-this.example/"))
    assert "Not delegated" in page and "Not signed" in page and "there is no zone" in page


def test_given_names_when_the_pools_are_listed_then_each_state_is_counted(
    operator: Client,
    reserve: Callable[..., Reservation],
    address: str,
    django_assert_max_num_queries,
) -> None:
    before = selectors.pool_row(POOL)
    commit(reserve(), address)
    reserve(label="waiting-one", idempotency_key="2")
    gone = reserve(label="going-one", idempotency_key="3")
    services.release(allocation_id=gone.allocation_id, token=gone.token, actor="test")
    row = selectors.pool_row(POOL)
    assert (row.active, row.reserved, row.releasing) == (
        before.active + 1, before.reserved + 1, before.releasing + 1,
    )  # fmt: skip
    answer = operator.get("/domains/pools/")
    assert f"/domains/pools/{POOL}/verdict/" in answer.content.decode()
    assert "Ask the parent" in words(answer)  # what is there without a script


def test_given_the_list_when_a_verdict_is_fetched_then_it_is_two_pills(
    operator: Client, pool: Pool
) -> None:
    assert words(operator.get(f"/domains/pools/{POOL}/verdict/")) == "Delegated Signed"


def test_given_silent_name_servers_when_a_pool_is_opened_then_said_so(
    operator: Client, pool: Pool, settings
) -> None:
    settings.CATALYST = settings.CATALYST.model_copy(update={"powerdns_url": "http://127.0.0.1:9"})
    answer = operator.get(f"/domains/pools/{POOL}/")
    assert answer.status_code == 503 and "do not answer at the moment" in words(answer)
    assert words(operator.get(f"/domains/pools/{POOL}/verdict/")) == "Name servers silent"


@pytest.mark.parametrize("domain", ["elsewhere.example", "..", "%00", "omani.works."])
def test_given_no_pool_when_opened_then_not_found(
    operator: Client, pool: Pool, domain: str
) -> None:
    assert operator.get(f"/domains/pools/{domain}/").status_code == 404


@pytest.fixture
def resting(reserve: Callable[..., Reservation], address: str) -> Allocation:
    """A name that was in use and rests for a day."""
    held = reserve()
    commit(held, address)
    rows = Allocation.objects.filter(pk=held.allocation_id)
    rows.update(
        state="released", dns_phase="gone", released_at=Now(),
        quarantined_until=Now() + timedelta(days=1),
    )  # fmt: skip
    return rows.get()


def test_given_a_resting_name_when_lifted_with_a_reason_then_anybody_may_take_it(
    operator: Client, resting: Allocation, reserve: Callable[..., Reservation]
) -> None:
    assert resting.fqdn in words(operator.get("/domains/quarantine/"))
    with pytest.raises(NameQuarantined):
        reserve(owner="deployment:2", idempotency_key="2")

    url = f"/domains/{resting.pk}/quarantine/"
    refused = operator.post(url, {"reason": "  "})
    assert refused.status_code == 422 and "Say why" in words(refused)
    operator.post(url, {"reason": "its owner moved away"})

    assert "its owner moved away" in words(operator.get(f"/domains/{resting.pk}/"))
    event = AuditEvent.objects.get(act="dns.quarantine-ended")
    assert event.object == f"allocation:{resting.pk}" and event.actor.endswith("@example.com")
    assert event.after["detail"] == "its owner moved away"
    reserve(owner="deployment:2", idempotency_key="2")
    assert "No name rests" in words(operator.get("/domains/quarantine/"))


def test_given_many_resting_names_when_paged_then_each_once(
    operator: Client, more_than_two_pages: list[str]
) -> None:
    rows = Allocation.objects.filter(fqdn__in=more_than_two_pages)
    rows.update(quarantined_until=Now() + timedelta(days=1))
    seen, url = [], "/domains/quarantine/"
    while url:
        page = operator.get(url).content.decode()
        seen += re.findall(r"<bdi>(many-0\d+\.[a-z.]+)</bdi>", page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        url = f"/domains/quarantine/{found[1]}" if found else ""
    assert seen == more_than_two_pages
