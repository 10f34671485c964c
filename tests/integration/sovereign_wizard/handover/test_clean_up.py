"""Leftovers go by real tofu at the real local cloud: exactly the reviewed ones, with a receipt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import psycopg
import pytest
from django.conf import settings

from catalyst.eventlog import services as eventlog
from catalyst.models import SealedSecret
from catalyst.problem import Conflict, Invalid
from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from catalyst.work.leases import take
from sovereign_wizard.handover import archive, clean_up, sweep
from sovereign_wizard.handover.models import CleanUp, CleanUpState, ReceiptKind
from sovereign_wizard.tofu import identity
from tests.integration.catalyst.vault.away import closed, needs_openbao
from tests.integration.sovereign_wizard.preflight.cloud_project import admin

pytestmark = pytest.mark.django_db(transaction=True)


def names(things) -> set[str]:
    return {thing.name for thing in things.get_all()}


def ask(deployment, owner, *keys: str, fqdn: str | None = None):
    return sweep.ask(
        deployment=deployment, keys=keys, confirm_fqdn=fqdn or deployment.fqdn, actor=owner
    )


def test_given_a_reviewed_volume_and_balancer_when_cleaned_up_then_these_are_gone_and_no_other(
    project, stopped, owner
) -> None:
    seen = sweep.look(deployment=stopped, occasion="test")
    asked = ask(stopped, owner, *(item.key for item in seen.also_found))

    clean_up.advance(asked.pk)

    asked.refresh_from_db()
    assert asked.state == CleanUpState.DONE, asked.problem
    assert names(project.client.volumes) == {"stranger"}
    assert names(project.client.load_balancers) == set()
    assert names(project.client.servers) == {"ours-cp-0"}
    receipt = stopped.receipts.get(kind=ReceiptKind.LEFTOVERS_REMOVED)
    assert "volume pvc-4711" in receipt.text and receipt.actor == str(owner)
    assert sweep.newest(stopped).also_found == ()
    told = " ".join(entry["text"] for entry in eventlog.read(stopped.subject).entries)
    assert "hcloud_volume.left" in told and str(receipt.pk) in told


def test_given_something_was_removed_by_hand_meanwhile_when_cleaned_up_then_the_rest_goes(
    project, stopped, owner
) -> None:
    seen = sweep.look(deployment=stopped, occasion="test")
    asked = ask(stopped, owner, *(item.key for item in seen.also_found))
    project.balancer.delete()

    clean_up.advance(asked.pk)

    asked.refresh_from_db()
    assert asked.state == CleanUpState.DONE, asked.problem
    assert names(project.client.volumes) == {"stranger"}


def test_given_something_protected_when_cleaned_up_then_it_says_so_and_touches_nothing(
    project, stopped, owner
) -> None:
    seen = sweep.look(deployment=stopped, occasion="test")
    project.volume.change_protection(delete=True).wait_until_finished()
    asked = ask(stopped, owner, *(item.key for item in seen.also_found))

    clean_up.advance(asked.pk)

    asked.refresh_from_db()
    assert asked.state == CleanUpState.FAILED
    assert "volume pvc-4711" in asked.problem["detail"]
    assert names(project.client.load_balancers) == {"svc-shop"}
    assert not stopped.receipts.exists()
    project.volume.change_protection(delete=False).wait_until_finished()


def test_given_a_living_sovereign_or_a_wrong_name_or_a_stale_list_then_refused(
    project, deployment, owner, stopped
) -> None:
    seen = sweep.look(deployment=stopped, occasion="test")
    key = seen.also_found[0].key

    with pytest.raises(Invalid) as refused:
        ask(stopped, owner, key, fqdn="other.example")
    assert refused.value.extra["field"] == "confirm_fqdn"
    with pytest.raises(Invalid) as refused:
        ask(stopped, owner, f"volume:{project.stranger.id}")
    assert refused.value.extra["field"] == "items"
    ask(stopped, owner, key)
    with pytest.raises(Conflict):
        ask(stopped, owner, key)


def test_given_a_sovereign_being_made_then_its_things_cannot_be_removed(
    project, deployment, owner
) -> None:
    seen = sweep.look(deployment=deployment, occasion="test")

    with pytest.raises(Conflict):
        ask(deployment, owner, seen.also_found[0].key)


def test_given_two_modules_then_both_pin_the_same_provider_and_tofu() -> None:
    assert (clean_up.MODULE / "versions.tf").read_bytes() == (
        archive.MODULE / "versions.tf"
    ).read_bytes()


@contextmanager
def undeletable(volume) -> Iterator[None]:
    """Hetzner refuses to delete this volume, for no reason that passes."""
    match = {"method": "DELETE", "path": f"/volumes/{volume.id}$"}
    wish = {"kind": "status", "match": match, "times": None, "status": 403, "code": "forbidden"}
    fault = admin("POST", "/faults", json=wish).json()["id"]
    try:
        yield
    finally:
        admin("DELETE", f"/faults/{fault}")


@pytest.fixture
def taken_over(project, stopped, owner):
    """The volume is in tofu's state and still there: the clean-up that chose it failed."""
    sweep.look(deployment=stopped, occasion="test")
    asked = ask(stopped, owner, f"volume:{project.volume.id}")
    with undeletable(project.volume):
        clean_up.advance(asked.pk)
    asked.refresh_from_db()
    assert asked.state == CleanUpState.FAILED, asked.problem
    return project.volume


def test_given_tofu_would_destroy_what_nobody_chose_when_cleaned_up_then_nothing_is_changed(
    project, stopped, owner, taken_over
) -> None:
    asked = ask(stopped, owner, f"load_balancer:{project.balancer.id}")

    clean_up.advance(asked.pk)

    asked.refresh_from_db()
    assert (asked.state, asked.problem["type"]) == (CleanUpState.FAILED, "clean-up-would-change")
    assert "destroys 1 volume" in asked.problem["detail"]
    assert names(project.client.volumes) == {"stranger", "pvc-4711"}
    assert names(project.client.load_balancers) == {"svc-shop"}
    assert not stopped.receipts.exists()

    # The way out it names: choose both.
    both = ask(stopped, owner, *(item.key for item in sweep.newest(stopped).also_found))
    clean_up.advance(both.pk)
    both.refresh_from_db()
    assert both.state == CleanUpState.DONE, both.problem
    assert names(project.client.volumes) == {"stranger"}


def test_given_a_dead_tofu_whose_session_holds_the_state_when_cleaned_up_then_it_is_ended(
    project, stopped, owner, taken_over
) -> None:
    asked = ask(stopped, owner, f"volume:{taken_over.id}")
    # As a worker that died with its host leaves it.
    dead = identity.ProcessIdentity(2**22 - 1, 1, "an earlier boot", identity.of(1).host)
    held = take(f"clean-up:{asked.pk}", holder="a dead worker", ttl=15)
    assert held is not None
    held.remember_process(asdict(dead))
    held.release()
    schema = f"clean_up_{stopped.pk.hex}"
    left = psycopg.connect(settings.CATALYST.tofu_database_url.get_secret_value(), autocommit=True)
    left.execute(f'SELECT pg_advisory_lock(id) FROM "{schema}".states')  # noqa: S608

    clean_up.advance(asked.pk)

    asked.refresh_from_db()
    assert asked.state == CleanUpState.DONE, (asked.problem, asked.waits_for)
    assert names(project.client.volumes) == {"stranger"}
    with pytest.raises(psycopg.OperationalError):
        left.execute("SELECT 1")


def test_given_it_is_done_then_the_state_of_what_was_taken_over_is_gone_too(
    project, stopped, owner
) -> None:
    sweep.look(deployment=stopped, occasion="test")
    asked = ask(stopped, owner, f"volume:{project.volume.id}")

    clean_up.advance(asked.pk)

    asked.refresh_from_db()
    assert asked.state == CleanUpState.DONE, asked.problem
    with psycopg.connect(settings.CATALYST.tofu_database_url.get_secret_value()) as store:
        found = store.execute(
            "SELECT 1 FROM pg_namespace WHERE nspname = %s", [f"clean_up_{stopped.pk.hex}"]
        )
        assert found.fetchone() is None


@pytest.mark.parametrize("shut", ["token", "passphrase"])
def test_given_the_vault_away_when_cleaned_up_then_it_waits_and_the_token_given_for_it_is_kept(
    stopped, owner, settings: Any, shut: str
) -> None:
    given = vault.put(purpose="clean-up.hetzner-token", secret=Secret("given for this alone"))
    asked = CleanUp.objects.create(
        deployment=stopped, asked_by=str(owner), items=[], token_reference=given
    )
    needed = {"token": given, "passphrase": stopped.secrets["state-passphrase"]}[shut]
    original, kept = settings.CATALYST, needs_openbao(needed)
    settings.CATALYST = closed(original)

    clean_up.advance(asked.pk)

    asked.refresh_from_db()
    assert asked.state == CleanUpState.ASKED, asked.problem
    assert asked.waits_for == "waiting: The vault is closed"
    told = [entry["text"] for entry in eventlog.read(stopped.subject).entries]
    assert told[-1] == asked.waits_for
    settings.CATALYST = original
    SealedSecret.objects.filter(pk=needed).update(key_id=kept)
    assert vault.get(asked.token_reference).reveal() == "given for this alone"
