"""Limits of an account, rest of used names, look-alikes, longest lease, pools that close."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db.models.functions import Now
from django.db.utils import IntegrityError

from catalyst.models import AuditEvent
from catalyst.work.models import OutboxItem
from dns.names import InvalidName
from dns.pools import selectors, services
from dns.pools.models import Allocation, Pool
from dns.pools.problems import (
    IdempotencyMismatch,
    NameQuarantined,
    NameTaken,
    NotTheHolder,
    OverLimit,
    ReservationExpired,
    UnknownPool,
)
from dns.pools.services import Holder, Reservation
from dns.powerdns.client import PowerDns
from dns.reserved import services as reserved
from tests.integration.dns.asking import POOL
from tests.integration.dns.conftest import Reserve, commit, sync

pytestmark = pytest.mark.django_db
Set = Callable[..., None]


@pytest.fixture
def configure(settings: LazySettings) -> Set:
    """Other values of the environment, for this test."""

    def change(**values: object) -> None:
        settings.CATALYST = settings.CATALYST.model_copy(update=values)

    return change


def released(held: Reservation) -> Allocation:
    """Given back, and the name servers forgot it (the last step of the worker, as a row)."""
    services.release(allocation_id=held.allocation_id, token=held.token, actor="test")
    Allocation.objects.filter(pk=held.allocation_id).update(
        state="released", dns_phase="gone", released_at=Now(), acme_key_ref=""
    )
    return Allocation.objects.get(pk=held.allocation_id)


def test_given_an_account_at_its_limit_when_it_reserves_then_refused_until_one_is_gone(
    reserve: Reserve, label: str, configure: Set
) -> None:
    configure(names_per_account=2)
    for number in range(2):
        held = reserve(label=f"{label}-{number}", idempotency_key=str(number), account="user:1")
    with pytest.raises(OverLimit) as refused:
        reserve(label=f"{label}-2", idempotency_key="2", owner="deployment:2", account="user:1")
    assert refused.value.extra["limit"] == 2
    # Another account, the same request again, and a token with a limit of its own are no matter.
    reserve(label=f"{label}-3", idempotency_key="3", account="user:2")
    again = reserve(label=f"{label}-1", idempotency_key="1", account="user:1")
    assert again.allocation_id == held.allocation_id
    with pytest.raises(OverLimit):
        reserve(label=f"{label}-4", idempotency_key="4", account="user:2", names_limit=1)
    services.release(allocation_id=held.allocation_id, token=held.token, actor="test")
    with pytest.raises(OverLimit):  # the name servers still have it
        reserve(label=f"{label}-2", idempotency_key="2", account="user:1")
    released(held)
    reserve(label=f"{label}-2", idempotency_key="2", account="user:1")


def test_given_a_used_name_when_given_back_then_it_rests_for_all_but_its_account(
    reserve: Reserve, label: str, address: str
) -> None:
    held = reserve(account="user:1")
    commit(held, address)
    row = released(held)
    assert row.quarantined_until is not None
    look = selectors.check(pool=POOL, label=label, account="user:2")
    assert (look.available, look.reason) == (False, "quarantined") and look.suggestions
    assert selectors.check(pool=POOL, label=label, account="user:1").available
    with pytest.raises(NameQuarantined) as refused:
        reserve(account="user:2", owner="deployment:2")
    assert refused.value.extra["until"] == row.quarantined_until.isoformat()
    # Its own account may; an operator may end it; and it ends by itself.
    released(reserve(account="user:1", owner="deployment:3"))
    services.end_quarantine(allocation_id=row.pk, actor="operator")
    assert AuditEvent.objects.filter(act="dns.quarantine-ended", actor="operator").count() == 1
    again = reserve(account="user:2", owner="deployment:4")
    commit(again, address)
    row = released(again)
    Allocation.objects.filter(pk=row.pk).update(quarantined_until=Now() - timedelta(seconds=1))
    assert reserve(account="user:3", owner="deployment:5").fqdn == held.fqdn


def test_given_a_name_that_was_never_published_or_no_rest_when_given_back_then_free_at_once(
    reserve: Reserve, address: str, configure: Set
) -> None:
    assert released(reserve(account="user:1")).quarantined_until is None
    configure(name_quarantine=timedelta(0))
    held = reserve(account="user:2", owner="deployment:2")
    commit(held, address)
    assert released(held).quarantined_until is None
    assert reserve(account="user:3", owner="deployment:3")


def test_given_a_held_name_when_a_lookalike_is_wanted_then_taken_and_said_why(
    reserve: Reserve, label: str
) -> None:
    reserve(label=f"{label}-omantel")
    assert selectors.check(pool=POOL, label=f"{label}-0rnantel").reason == "reserved-state"
    with pytest.raises(NameTaken) as refused:
        reserve(label=f"{label}-0rnantel", owner="deployment:2")
    assert f"looks like {label}-omantel" in refused.value.detail
    row = Allocation.objects.get()
    row.pk, row.acme_username = uuid.uuid4(), uuid.uuid4()
    row.label, row.owner = f"{label}-0mantel", "other"
    with pytest.raises(IntegrityError, match="dns_allocation_one_look"):
        row.save(force_insert=True)


def test_given_two_pools_when_one_label_is_reserved_in_both_then_both_are_held(
    reserve: Reserve, label: str
) -> None:
    Pool.objects.create(domain="omani.trade")
    first, second = reserve(), reserve(pool="omani.trade", idempotency_key="2")
    assert {first.fqdn, second.fqdn} == {f"{label}.{POOL}", f"{label}.omani.trade"}
    rows = Allocation.objects.filter(label=label)
    assert sorted(row.generation for row in rows) == [1, 1]


def test_given_a_pool_that_is_closed_when_its_names_are_used_then_only_new_ones_are_refused(
    reserve: Reserve, label: str, address: str
) -> None:
    held = reserve()
    Pool.objects.filter(domain=POOL).update(enabled=False)
    with pytest.raises(UnknownPool):
        reserve(label=f"{label}-2", idempotency_key="2")
    assert selectors.check(pool=POOL, label=f"{label}-2").reason == "unsupported-pool"
    services.renew(allocation_id=held.allocation_id, token=held.token)
    assert commit(held, address).state == "active"
    assert sync(held).dns_phase == "published"
    assert selectors.newest_of(pool=POOL, label=label).pk == held.allocation_id
    released_now = services.release(
        allocation_id=held.allocation_id, token=held.token, actor="test"
    )
    assert released_now.state == "releasing"


def test_dns_t12_given_a_held_name_when_its_word_becomes_reserved_then_it_lives_on(
    reserve: Reserve, label: str, address: str
) -> None:
    held = reserve()
    reserved.add(word=label, reason="it is a ministry's", actor="operator")
    again = reserve()
    assert (again.allocation_id, again.token) == (held.allocation_id, held.token)
    assert selectors.newest_of(pool=POOL, label=label).pk == held.allocation_id
    services.renew(allocation_id=held.allocation_id, token=held.token)
    assert commit(held, address).state == "active"
    assert sync(held).dns_phase == "published"
    assert selectors.check(pool=POOL, label=label).reason == "reserved"


def test_dns_t13_given_the_longest_label_when_names_below_would_not_fit_then_refused_unwritten(
    db: None,
) -> None:
    label = "a" * 63
    # `_acme-challenge.<label>.<domain>` has 253 octets with the one, 254 with the other.
    fits, over = (f"{'b' * 60}.{'c' * 60}.{'d' * length}" for length in (51, 52))
    for domain in (fits, over):
        Pool.objects.create(domain=domain)

    def wanted(domain: str) -> Reservation:
        return services.reserve(
            pool=domain, label=label, owner="me", actor="test", idempotency_key=str(len(domain))
        )

    assert len(f"_acme-challenge.{wanted(fits).fqdn}") == 253
    promised = OutboxItem.objects.count()
    with pytest.raises(InvalidName) as refusal:
        wanted(over)
    assert refusal.value.extra["reason"] == "too-long-below" and refusal.value.status == 422
    assert Allocation.objects.count() == 1 and OutboxItem.objects.count() == promised


def test_dns_t14_given_an_ipv6_address_too_when_published_then_six_of_each_and_nothing_else(
    reserve: Reserve, address: str, server: PowerDns
) -> None:
    held = reserve()
    commit(held, address, address_v6="2a01:4f8::1")
    assert sync(held).dns_phase == "published"
    written = {(one.name, one.type): one.contents for one in server.rrsets(held.fqdn)}
    names = [f"{host}{held.fqdn}." for host in ("", "*.", "console.", "api.", "gitea.", "harbor.")]
    assert written.keys() == {
        *((f"{held.fqdn}.", kind) for kind in ("SOA", "NS")),
        *((name, kind) for name in names for kind in ("A", "AAAA")),
    }
    assert all(written[name, "AAAA"] == ("2a01:4f8::1",) for name in names)


def test_given_a_reservation_when_renewed_for_ever_then_it_ends_at_the_longest_lease(
    reserve: Reserve, configure: Set
) -> None:
    configure(name_lease_longest=timedelta(hours=3))
    held = reserve()
    Allocation.objects.update(reserved_at=Now() - timedelta(hours=2, minutes=30))
    longer = services.renew(allocation_id=held.allocation_id, token=held.token)
    row = Allocation.objects.get()
    assert longer.expires_at == row.reserved_at + timedelta(hours=3)
    Allocation.objects.update(
        reserved_at=Now() - timedelta(hours=3), expires_at=Now() - timedelta(seconds=1)
    )
    with pytest.raises(ReservationExpired):
        services.renew(allocation_id=held.allocation_id, token=held.token)
    with pytest.raises(ReservationExpired):
        reserve()


def test_given_no_token_when_released_then_only_by_who_reserved_it(reserve: Reserve) -> None:
    held = reserve(created_by="crossplane/1")
    for other in (
        Holder("deployment:1", "crossplane/2"),
        Holder("deployment:2", "crossplane/1"),
    ):
        with pytest.raises(NotTheHolder):
            services.release(allocation_id=held.allocation_id, token=other, actor="test")
    right = Holder("deployment:1", "crossplane/1")
    gone = services.release(allocation_id=held.allocation_id, token=right, actor="test")
    assert gone.state == "releasing"


def test_given_one_key_when_two_of_one_program_use_it_then_no_token_passes_between_them(
    reserve: Reserve,
) -> None:
    reserve(created_by="crossplane/1")
    with pytest.raises(IdempotencyMismatch):
        reserve(created_by="crossplane/2")
