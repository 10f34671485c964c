"""Whose a domain is: by proof, not by who came first; and what can never be brought."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from catalyst.audit.models import AuditEvent
from catalyst.eventlog.services import read
from dns.byo import observe, services
from dns.byo.journal import subject
from dns.byo.problems import DomainTaken, OursAlready, WrongAcknowledgement
from dns.pools.models import Pool
from dns.pools.problems import IdempotencyMismatch
from dns.powerdns.client import PowerDns
from dns.registrars.problems import InvalidDomain, MissingToken, NotSupportedForDomain
from tests.integration.catalyst.racing import at_once
from tests.integration.dns.byo.moving import begin, live, prove
from tests.integration.dns.registrars.stage import OURS, Customer, Stage

pytestmark = [pytest.mark.xdist_group("registrars"), pytest.mark.django_db(transaction=True)]


def asked(domain: str, **more: object) -> services.Move:
    values = {
        "domain": domain,
        "mode": "manual",
        "owner": f"deployment:{uuid.uuid4()}",
        "account": "user:1",
        "actor": "test",
        "idempotency_key": uuid.uuid4().hex,
        **more,
    }
    return services.begin(**values)  # type: ignore[arg-type]


def test_given_a_claim_without_proof_when_the_owner_comes_then_it_is_not_in_the_way(
    stage: Stage, server: PowerDns
) -> None:
    customer = live(stage, "godaddy-v2", quiet=True)
    squatter = begin(stage, customer, account="user:evil")
    squatter.until("preparing", needs="txt")

    owner = begin(stage, customer, account="user:owner", mode="registrar")
    owner.until("active")

    # Even with the right record later on: the domain has its holder now.
    prove(squatter)
    status = squatter.until("failed", "preparing")
    assert status.state == "preparing" and not squatter.row.zone_made
    zone = server.zone(customer.name)
    assert zone is not None and owner.row.zone_made
    with pytest.raises(DomainTaken):
        asked(customer.name, account="user:third")


def test_given_a_name_below_which_ours_do_not_fit_then_refused_at_once(db: None) -> None:
    longest = f"{'.'.join(['a' * 57] * 3)}.{'b' * 55}.com"
    assert len(longest) == 233 and asked(longest).fqdn == longest
    for refuse in (asked, lambda name: services.look(domain=name, account="user:1")):
        with pytest.raises(InvalidDomain) as caught:
            refuse(f"a{longest}")
        assert caught.value.extra["field"] == "domain" and "by 1:" in caught.value.detail


def test_given_a_lame_zone_above_then_nobody_further_up_is_asked(stage: Stage) -> None:
    customer = stage.customer("godaddy-v2")
    stage.change(customer, nameservers=list(OURS))  # who do not know it
    below = f"cloud.{customer.name}"
    assert observe.above(below) == observe.Above(customer.name, ())

    status = begin(stage, replace(customer, name=below)).look()
    assert (status.state, status.step) == ("preparing", "preflight")
    assert "do not answer" in status.words


def test_given_two_accounts_that_can_prove_it_then_the_first_has_it_and_the_other_stops(
    stage: Stage,
) -> None:
    customer = live(stage, "namecheap", quiet=True)
    one = begin(stage, customer, account="user:1")
    other = begin(stage, customer, account="user:2")
    for moving in (one, other):
        moving.until("preparing", needs="txt")
    prove(one)
    one.until("pending_flip")
    prove(other)

    status = other.until("failed")

    assert status.problem["type"] == DomainTaken.type and other.row.proved_at is None
    said = [line["text"] for line in read(subject(other.row)).entries]
    assert not any(f"{customer.name} is yours" in text for text in said), said
    assert not AuditEvent.objects.filter(object=subject(other.row), act="domain.proved").exists()
    assert one.status.state == "pending_flip"


def test_given_a_proven_domain_when_another_account_asks_around_it_then_taken(
    stage: Stage,
) -> None:
    moving = begin(stage, live(stage, "godaddy-v2", quiet=True), mode="registrar")
    moving.look()
    assert moving.row.proved_at is not None
    domain = moving.customer.name
    for around in (domain, f"evil.{domain}", f"a.b.{domain}"):
        with pytest.raises(DomainTaken) as caught:
            asked(around, account="user:2")
        assert caught.value.extra["field"] == "domain"
    asked(f"not{domain}", account="user:2")


def test_given_a_pool_then_nothing_that_is_it_or_around_it_can_be_brought(db: None) -> None:
    Pool.objects.create(domain="pools.example.com")
    for domain in ("pools.example.com", "x.pools.example.com", "example.com", "a.openova.io"):
        with pytest.raises(OursAlready):
            asked(domain)


def test_given_the_same_owner_and_key_then_the_same_move_and_another_domain_is_refused(
    db: None,
) -> None:
    same = {"owner": "deployment:1", "idempotency_key": "one"}
    first = asked("a-domain.com", **same)
    assert asked("A-Domain.com.", **same) == first
    with pytest.raises(IdempotencyMismatch):
        asked("another.com", **same)
    with pytest.raises(DomainTaken):
        asked("a-domain.com", owner="deployment:2")


def test_given_ten_at_once_for_one_account_then_one_move(db: None) -> None:
    def one(_: int) -> object:
        try:
            return asked("raced-domain.com").move_id
        except DomainTaken:
            return None

    assert len([found for found in at_once(10, one) if found]) == 1


def test_given_odd_names_then_digits_and_idn_are_fine_and_suffixes_are_not(db: None) -> None:
    assert asked("3m-like.com").fqdn == "3m-like.com"
    assert asked("bücher-laden.de").fqdn == "xn--bcher-laden-thb.de"
    for domain in ("co.uk", "com", "a..b", "-a.com", "a b.com", "evil\0.com"):
        with pytest.raises(InvalidDomain):
            asked(domain)


def test_given_a_registrar_and_what_it_cannot_do_then_refused_at_once(
    stage: Stage,
) -> None:
    customer: Customer = stage.resident("cloudflare")
    with pytest.raises(NotSupportedForDomain) as caught:
        asked(
            customer.registered,
            mode="registrar",
            registrar="cloudflare",
            credentials=customer.credentials,
        )
    assert caught.value.extra["steps"]
    with pytest.raises(MissingToken):
        asked(customer.name, mode="registrar", registrar="cloudflare")
    with pytest.raises(WrongAcknowledgement):
        asked("right.com", acknowledgement="wrong.com")
