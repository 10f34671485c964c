"""A Deployment with a domain of its own: it waits where all can see it, goes on by itself, and what
is done with it never takes a zone away that people are sent to. Real moves, scripted tofu."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from catalyst.identity.models import User
from catalyst.limits.services import forgive
from catalyst.problem import Conflict
from catalyst.vault.models import SealedSecret
from dns.byo import services as byo
from dns.byo.models import DomainMove, MoveState, Step
from dns.byo.problems import CredentialsGone
from dns.registrars.services import credentials_of
from sovereign_wizard.provisioning import director, services
from sovereign_wizard.provisioning.models import Deployment, PhaseState, State
from sovereign_wizard.provisioning.phases import BY_ID
from tests.integration.sovereign_wizard.provisioning.scripted import phases

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Deployment]
REAL = ("zone-prepare", "delegation-wait", "dns-release")
KEYS = {"key": "a:b", "secret": "c"}


@pytest.fixture
def own(make: Make) -> Make:
    def one(mode: str = "byo-manual", **changes: Any) -> Deployment:
        wish = {
            "domain_mode": mode,
            "own_domain": f"d{secrets.token_hex(6)}.com",
            "pool_domain": "",
            "subdomain": "",
            **changes,
        }
        if mode == "byo-api":
            wish |= {
                "registrar": "godaddy",
                "registrar_credentials": credentials_of("godaddy", fields=KEYS),
            }
        return make(**wish)

    return one


def advance(row: Deployment) -> Deployment:
    """Once through the director: what concerns the domain is real, the rest is done."""
    director.advance(row.pk, phases={**phases(), **{name: BY_ID[name] for name in REAL}})
    row.refresh_from_db()
    return row


def is_now(row: Deployment, state: str, step: str = Step.NONE, **fields: Any) -> None:
    """As the worker of `dns` would have left the move."""
    DomainMove.objects.filter(pk=row.move_id).update(state=state, step=step, **fields)


def is_delegated(row: Deployment) -> None:
    is_now(row, MoveState.ACTIVE, Step.WATCH)


def done_phases(row: Deployment) -> list[str]:
    last = row.runs.order_by("-number")[0]
    return [phase.phase for phase in last.phases.filter(state=PhaseState.DONE)]


def test_given_a_domain_on_its_way_then_the_deployment_waits_visibly_and_goes_on_by_itself(
    own: Make,
) -> None:
    row = advance(own())
    assert (row.state, row.waits_for) == (State.WAITING, "zone-prepare")
    assert row.state_word == "Waits for the domain"
    assert row.reason == byo.status(move_id=row.move_id).words
    assert done_phases(row) == ["preflight"]

    is_now(row, MoveState.PENDING_FLIP, Step.FLIP, words="Set the name servers.")
    advance(row)
    assert row.state_word == "Waits for the delegation"
    assert row.reason == "Set the name servers." and "tofu-init" not in done_phases(row)

    is_delegated(row)
    advance(row)
    assert (row.state, row.waits_for, row.state_word) == (State.READY, "", "Ready")


def test_given_a_move_that_stopped_then_the_deployment_waits_for_it_to_be_resumed(
    own: Make,
) -> None:
    row = own()
    is_now(row, MoveState.FAILED, Step.FLIP, words="The registrar refused: it is locked.")
    advance(row)
    assert row.state == State.WAITING and row.reason.endswith("it is locked.")


def test_given_a_domain_that_went_back_then_it_fails_and_a_retry_begins_its_move_again(
    own: Make,
) -> None:
    row = own()
    before = row.move_id
    byo.release(move_id=row.move_id, actor="owner")
    advance(row)
    assert (row.state, row.problem["type"]) == (State.FAILED, "domain-left")

    services.retry(deployment=row, actor="owner")
    advance(row)
    assert row.state == State.WAITING
    status = byo.status(move_id=row.move_id)
    assert status.state == MoveState.PREPARING and status.owner == row.subject
    assert before == row.move_id or byo.status(move_id=before).gone


def test_given_a_ready_one_whose_domain_left_when_retried_then_it_waits_for_the_domain_again(
    own: Make,
) -> None:
    row = own()
    is_delegated(row)
    assert advance(row).state == State.READY
    before = row.move_id
    is_now(row, MoveState.RELEASED, ended_at=timezone.now())

    services.retry(deployment=row, actor="owner", phase="tofu-plan")

    # Also the caller's own object knows the move that began.
    assert row.move_id not in (None, before)
    assert row.move_id == Deployment.objects.get(pk=row.pk).move_id
    advance(row)
    assert (row.state, row.waits_for) == (State.WAITING, "zone-prepare")
    assert done_phases(row) == ["preflight"]


def test_given_somebody_elses_unproven_claim_then_it_shuts_nobody_out(
    own: Make, person: Callable[..., User]
) -> None:
    claimed = own()
    mine = own(by=person(f"{secrets.token_hex(6)}@example.com"), own_domain=claimed.fqdn)

    assert mine.fqdn == claimed.fqdn and mine.move_id != claimed.move_id


@pytest.mark.parametrize("cancelled", [True, False])
def test_given_ones_own_sovereign_of_a_domain_when_asked_for_once_more_then_said_what_to_do(
    own: Make, cancelled: bool
) -> None:
    row = advance(own())
    if cancelled:
        services.cancel(deployment=row, actor="owner")
        assert advance(row).state == State.CANCELLED

    with pytest.raises(Conflict, match="Retry or destroy it first") as raised:
        own(own_domain=f"{row.fqdn.upper()}.")
    assert raised.value.extra["field"] == "domain"
    assert Deployment.objects.filter(fqdn=row.fqdn).count() == 1

    Deployment.objects.filter(pk=row.pk).update(state=State.DESTROYED)
    if cancelled:
        assert own(own_domain=row.fqdn).fqdn == row.fqdn


def test_given_a_destroy_that_failed_or_a_domain_going_back_then_no_credentials_are_asked(
    own: Make, browser: Any
) -> None:
    row = own("byo-api")
    url, client = f"/sovereign/deployments/{row.pk}/retry/", browser(row.owner)
    asked = 'name="godaddy-key"'
    is_now(row, MoveState.RELEASING, Step.LEAVE)
    assert advance(row).state == State.FAILED

    is_now(row, MoveState.RESTORING, Step.BACK_DS)
    assert asked not in client.get(url).content.decode()

    is_now(row, MoveState.RELEASED, ended_at=timezone.now(), credentials_ref="")
    assert asked in client.get(url).content.decode()
    services.destroy(deployment=row, actor="owner", confirm_fqdn=row.fqdn)
    row.runs.latest("number").phases.filter(phase="inventory").update(state=PhaseState.FAILED)
    Deployment.objects.filter(pk=row.pk).update(state=State.FAILED)
    assert asked not in client.get(url).content.decode()


def test_given_a_destroyed_one_then_its_page_says_that_the_domain_stays_its_owners(
    own: Make, browser: Any
) -> None:
    row = own()
    Deployment.objects.filter(pk=row.pk).update(state=State.DESTROYED)

    page = browser(row.owner).get(f"/sovereign/deployments/{row.pk}/").content.decode()

    assert "the domain stays yours" in page and "its name is free" not in page


def test_given_a_cancel_before_the_delegation_then_credentials_go_and_nothing_is_flipped(
    own: Make,
) -> None:
    row = advance(own("byo-api"))
    kept = DomainMove.objects.get(pk=row.move_id).credentials_ref
    assert SealedSecret.objects.filter(pk=kept).exists()

    services.cancel(deployment=row, actor="owner")
    advance(row)

    assert row.state == State.CANCELLED
    assert byo.status(move_id=row.move_id).state == MoveState.RELEASING
    assert not SealedSecret.objects.filter(pk=kept).exists()
    with pytest.raises(CredentialsGone):
        services.retry(deployment=row, actor="owner")
    row.refresh_from_db()
    assert row.state == State.CANCELLED

    again = credentials_of("godaddy", fields=KEYS)
    services.retry(deployment=row, actor="owner", credentials=again)
    advance(row)
    assert row.state == State.WAITING
    assert DomainMove.objects.get(pk=row.move_id).credentials_ref not in ("", kept)


def test_given_a_cancelled_one_at_a_registrar_when_retried_on_its_page_then_credentials_are_asked(
    own: Make, browser: Any
) -> None:
    row = advance(own("byo-api"))
    services.cancel(deployment=row, actor="owner")
    advance(row)
    forgive(action="retry", key=f"person:{row.owner_id}")  # an earlier test's person
    client, url = browser(row.owner), f"/sovereign/deployments/{row.pk}/retry/"

    answer = client.post(url)
    page = answer.content.decode()
    assert answer.status_code == 422 and 'id="id_godaddy-key-error"' in page
    answer = client.post(url, {f"godaddy-{name}": text for name, text in KEYS.items()})
    assert answer.status_code == 302, answer.content.decode()
    row.refresh_from_db()
    assert row.state == State.RUNNING


def test_given_a_cancel_after_the_delegation_then_the_domain_stays_with_us(own: Make) -> None:
    row = advance(own())
    is_delegated(row)
    services.cancel(deployment=row, actor="owner")
    assert byo.status(move_id=row.move_id).delegated


def test_given_a_destroy_while_the_parent_sends_people_here_then_it_ends_and_the_zone_stays(
    own: Make,
) -> None:
    row = own()
    is_delegated(row)
    advance(row)
    services.destroy(deployment=row, actor="owner", confirm_fqdn=row.fqdn)
    advance(row)
    assert row.state == State.DESTROYING or row.waits_for == "dns-release"

    is_now(row, MoveState.RELEASING, Step.LEAVE, needs=["ns-away"])
    advance(row)
    assert row.state == State.DESTROYED
    assert byo.status(move_id=row.move_id).parked
