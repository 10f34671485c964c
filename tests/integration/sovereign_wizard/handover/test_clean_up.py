"""Leftovers go by real tofu at the real local cloud: exactly the reviewed ones, with a receipt."""

from __future__ import annotations

import pytest

from catalyst.eventlog import services as eventlog
from catalyst.problem import Conflict, Invalid
from sovereign_wizard.handover import clean_up, sweep
from sovereign_wizard.handover.models import CleanUpState, ReceiptKind

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
