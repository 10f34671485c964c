"""Giving a domain up, going back: no zone goes while people are sent to it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from catalyst.vault import services as vault
from dns.byo import services
from dns.byo.models import DomainMove
from dns.byo.problems import NothingToRestore, NotInThisState, WrongAcknowledgement
from dns.powerdns.client import PowerDns
from tests.integration.dns.byo.moving import begin, brought, here, live, pending
from tests.integration.dns.registrars.stage import OURS, Stage

pytestmark = [pytest.mark.xdist_group("registrars"), pytest.mark.django_db(transaction=True)]


def test_given_nobody_is_sent_here_when_given_up_then_the_zone_goes_at_once(
    stage: Stage, server: PowerDns
) -> None:
    moving = pending(stage)
    key = moving.row.acme_key_ref

    services.release(move_id=moving.move_id, actor="test")
    status = moving.until("released")

    assert status.gone and not status.parked and server.zone(moving.customer.name) is None
    assert not vault.SealedSecret.objects.filter(pk=key).exists()
    assert services.release(move_id=moving.move_id, actor="test").gone, "twice is fine"


def test_given_a_claim_without_proof_when_given_up_then_it_ends(stage: Stage) -> None:
    moving = begin(stage, live(stage, "namecheap", quiet=True))
    services.release(move_id=moving.move_id, actor="test")
    assert moving.until("released").gone


def test_given_the_parent_sends_people_here_when_given_up_then_the_zone_stays_until_it_does_not(
    stage: Stage, server: PowerDns, address: str
) -> None:
    moving = here(stage)
    old = moving.row.snapshot["ns"]
    services.commit(move_id=moving.move_id, address_v4=address, actor="test")
    moving.look()

    services.release(move_id=moving.move_id, actor="test")
    status = moving.until("releasing", needs="ns-away")

    assert status.parked and not status.gone
    assert server.rrsets(moving.customer.name, name=moving.customer.name)

    moving.by_hand(nameservers=old)
    status = moving.until("releasing", step="leave")
    assert server.zone(moving.customer.name) is not None, "caches still send people here"
    assert moving.until("released", skip=600).gone
    assert server.zone(moving.customer.name) is None


def test_given_a_parked_domain_when_its_account_begins_again_then_it_goes_on_with_the_same_zone(
    stage: Stage, server: PowerDns
) -> None:
    moving = here(stage)
    keys = server.keys(moving.customer.name)
    services.release(move_id=moving.move_id, actor="test")
    moving.until("releasing", needs="ns-away")
    DomainMove.objects.update(flipped_at=Now(), ds_gone_at=Now())

    again = begin(stage, moving.customer, owner="deployment:next")

    assert again.move_id == moving.move_id
    assert again.row.flipped_at is None and again.row.ds_gone_at is None
    status = again.until("active", "delegated")
    assert status.owner == "deployment:next" and server.keys(moving.customer.name) == keys


def test_given_our_ds_at_the_parent_when_given_up_then_it_is_to_go_and_the_zone_stays(
    stage: Stage, server: PowerDns
) -> None:
    moving = brought(stage)
    customer = moving.customer
    services.release(move_id=moving.move_id, actor="test")
    moving.until("releasing", needs="ns-away")
    assert moving.panel.needs == ("ds-remove", "ns-away")
    assert moving.panel.instructions[0].values == tuple(moving.row.own_ds)

    # Somebody names us again after it was seen that nobody does.
    DomainMove.objects.update(step="clean")
    assert moving.look().state == "releasing" and server.zone(customer.name) is not None


def test_given_our_ds_taken_out_by_hand_when_restored_then_caches_may_still_believe_it(
    stage: Stage,
) -> None:
    moving = brought(stage)
    customer = moving.customer
    DomainMove.objects.update(ds_gone_at=Now() - timedelta(days=9))  # of the earlier host
    moving.look()
    stage.change(customer, signers=[])

    services.restore(move_id=moving.move_id, actor="test", confirm=customer.name)
    status = moving.look()

    assert status.step == "back-ds" and "believes" in status.words


def test_given_no_credentials_when_restored_then_a_person_is_told_and_the_zone_waits(
    stage: Stage, server: PowerDns
) -> None:
    moving = here(stage)
    old = tuple(moving.row.snapshot["ns"])
    with pytest.raises(WrongAcknowledgement):
        services.restore(move_id=moving.move_id, actor="test", confirm="other.com")

    services.restore(move_id=moving.move_id, actor="test", confirm=moving.customer.name)
    moving.until("restoring", needs="ns")

    [told] = moving.panel.instructions
    assert told.values == old and server.zone(moving.customer.name) is not None
    moving.by_hand(nameservers=list(old))
    assert moving.until("restored", skip=600).gone
    assert server.zone(moving.customer.name) is None


def test_given_a_subdomain_when_restored_through_cloudflare_then_its_records_are_gone(
    stage: Stage, server: PowerDns
) -> None:
    customer = live(stage, "cloudflare")
    moving = begin(stage, customer, mode="registrar")
    moving.until("active")
    assert stage.delegation(customer) == list(OURS) and stage.delegation(customer, "DS")

    services.restore(
        move_id=moving.move_id,
        actor="test",
        confirm=customer.name,
        credentials=customer.credentials,
    )
    moving.until("restored", skip=8000)

    assert stage.delegation(customer) == [] and stage.delegation(customer, "DS") == []
    assert server.zone(customer.name) is None


def test_given_nothing_was_seen_before_us_when_restored_then_there_is_nothing_to_restore(
    stage: Stage,
) -> None:
    customer = live(stage, "namecheap", quiet=True)
    moving = begin(stage, customer)
    with pytest.raises(NotInThisState):
        services.restore(move_id=moving.move_id, actor="test", confirm=customer.name)
    moving = begin(stage, live(stage, "godaddy-v2", quiet=True), mode="registrar")
    moving.point_here()
    moving.until("propagating")
    with pytest.raises(NothingToRestore):
        services.restore(move_id=moving.move_id, actor="test", confirm=moving.customer.name)


def test_given_a_sovereign_that_fails_after_the_flip_then_its_records_stay(
    stage: Stage, server: PowerDns, address: str
) -> None:
    moving = here(stage)
    services.commit(move_id=moving.move_id, address_v4=address, actor="test")
    moving.look()
    # Nobody says anything more; days pass.
    moving.look(skip=200_000)
    status = moving.status
    assert (status.state, status.settled) == ("active", True)
    assert any(one.contents == (address,) for one in server.rrsets(moving.customer.name))
