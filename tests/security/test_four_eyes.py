"""Check 16 (peers.md §5.2): what takes a Sovereign from its owner needs two people."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone

from catalyst.four_eyes import services as four_eyes
from catalyst.four_eyes.models import Approval
from catalyst.four_eyes.problems import NotOpen, SamePerson, SecondPersonNeeded
from catalyst.identity.models import Role, User
from catalyst.models import AuditEvent
from catalyst.problem import NotFound
from sovereign_wizard.handover import sweep
from sovereign_wizard.handover.items import Inventory, Item
from sovereign_wizard.provisioning.models import Deployment, State
from tests.security.test_step_up import age, failed, place
from tests.security.things import client_of, deployment_of

pytestmark = pytest.mark.django_db
Make = Callable[..., User]


@pytest.fixture
def owner(person: Make) -> User:
    return person("owner@example.com", Role.MEMBER)


@pytest.fixture
def first(person: Make) -> User:
    return person("first@example.com", Role.OPERATOR)


@pytest.fixture
def second(person: Make) -> User:
    return person("second@example.com", Role.OPERATOR)


@pytest.fixture
def deployment(owner: User) -> Deployment:
    return failed(deployment_of(owner))


def send(who: User, deployment: Deployment) -> Any:
    """The form of the page, as it is."""
    return client_of(who).post(place(deployment), {"confirm_fqdn": deployment.fqdn})


def asked(who: User, deployment: Deployment) -> Approval:
    """What waits after this person asked."""
    answer = send(who, deployment)
    row = Approval.objects.get(asked_by=who, used_at=None)
    assert answer["Location"] == f"/approvals/{row.pk}/"
    return row


def say(who: User, row: Approval, word: str = "agree") -> int:
    return client_of(who).post(f"/approvals/{row.pk}/{word}/").status_code


def is_destroyed(deployment: Deployment) -> bool:
    deployment.refresh_from_db()
    return deployment.state == State.DESTROYING


def outdate(row: Approval) -> None:
    Approval.objects.filter(pk=row.pk).update(until=Now() - timedelta(seconds=1))


@pytest.mark.parametrize("by", ["owner", "second"])
def test_16_given_anothers_sovereign_when_an_operator_destroys_then_only_after_a_second_agreed(
    deployment: Deployment, owner: User, first: User, second: User, by: str
) -> None:
    other = {"owner": owner, "second": second}[by]
    row = asked(first, deployment)
    assert not is_destroyed(deployment)
    assert deployment.fqdn in client_of(other).get(f"/approvals/{row.pk}/").text
    assert deployment.fqdn in client_of(second).get("/approvals/").text

    assert say(other, row) == 302
    assert not is_destroyed(deployment), "a word does nothing by itself"
    assert send(first, deployment)["Location"].endswith(f"/{deployment.pk}/")

    assert is_destroyed(deployment)
    done = AuditEvent.objects.get(act="deployment.destroy")
    assert (done.actor, done.after["second_person"]) == (str(first), str(other))
    agreed = AuditEvent.objects.get(act="four-eyes.agreed")
    assert (agreed.actor, agreed.after["asked_by"]) == (str(other), str(first))
    assert {agreed.object, done.object} == {deployment.subject}  # so its owner sees both


def test_16_given_ones_own_when_destroyed_then_nobody_else_is_asked(
    deployment: Deployment, owner: User
) -> None:
    send(owner, deployment)
    assert is_destroyed(deployment) and not Approval.objects.exists()


def test_16_given_the_installation_wants_none_when_an_operator_destroys_then_alone(
    deployment: Deployment, first: User, settings: Any
) -> None:
    settings.CATALYST = settings.CATALYST.model_copy(update={"four_eyes": False})
    send(first, deployment)
    assert is_destroyed(deployment) and not Approval.objects.exists()


def test_16_given_the_same_person_when_they_agree_then_refused(
    deployment: Deployment, first: User
) -> None:
    row = asked(first, deployment)
    assert say(first, row) == 403
    with pytest.raises(SamePerson):
        four_eyes.answer(approval_id=row.pk, user=first, agree=True)
    with pytest.raises(IntegrityError), transaction.atomic():  # the table's own word
        Approval.objects.filter(pk=row.pk).update(agreed=True, answered_by=first)
    assert send(first, deployment)["Location"] == f"/approvals/{row.pk}/"  # asked once
    assert not is_destroyed(deployment)


def test_16_given_a_stranger_when_they_agree_then_as_if_there_were_none(
    deployment: Deployment, first: User, person: Make
) -> None:
    row = asked(first, deployment)
    for role in (Role.MEMBER, Role.SOVEREIGN_ADMIN, Role.ORG_OWNER):
        stranger = person(f"{role}@example.com", role)
        assert say(stranger, row) == 404
        assert client_of(stranger).get(f"/approvals/{row.pk}/").status_code == 404
        assert deployment.fqdn not in client_of(stranger).get("/approvals/").text
    with pytest.raises(NotFound):
        four_eyes.answer(approval_id=uuid.uuid4(), user=first, agree=True)


def test_16_given_a_proof_of_long_ago_when_agreeing_then_asked_first(
    deployment: Deployment, first: User, second: User
) -> None:
    row = asked(first, deployment)
    client = client_of(second)
    age(client)
    answer = client.post(f"/approvals/{row.pk}/agree/")
    assert answer["Location"].startswith("/account/confirm/?next=")
    row.refresh_from_db()
    assert row.agreed is None


def test_16_given_its_time_is_up_when_agreed_or_used_then_refused(
    deployment: Deployment, first: User, second: User
) -> None:
    late = asked(first, deployment)
    outdate(late)
    assert say(second, late) == 409
    again = asked_anew(first, deployment, late)
    assert say(second, again) == 302
    outdate(again)
    assert send(first, deployment)["Location"].startswith("/approvals/")
    assert not is_destroyed(deployment)


def asked_anew(who: User, deployment: Deployment, than: Approval) -> Approval:
    there = send(who, deployment)["Location"]
    assert there != f"/approvals/{than.pk}/"
    return Approval.objects.get(pk=there.split("/")[2])


def test_16_given_a_refusal_when_tried_again_then_asked_anew(
    deployment: Deployment, first: User, second: User
) -> None:
    row = asked(first, deployment)
    assert say(second, row, "refuse") == 302
    assert say(second, row) == 409, "one answer"
    asked_anew(first, deployment, row)
    assert not is_destroyed(deployment)
    assert AuditEvent.objects.get(act="four-eyes.refused").actor == str(second)


def test_16_given_it_was_agreed_to_when_the_target_changed_then_asked_anew(
    deployment: Deployment, first: User, second: User, owner: User
) -> None:
    row = asked(first, deployment)
    say(second, row)
    other = failed(deployment_of(owner, "Another"))
    send(first, other)
    assert not is_destroyed(other), "a word for one Sovereign is none for another"
    deployment.runs.create(number=2, kind="provision", finished_at=timezone.now())
    asked_anew(first, deployment, row)
    assert not is_destroyed(deployment), "nor for what it became by another run"


def test_16_given_it_was_agreed_to_when_another_asks_or_it_was_used_then_it_does_not_count(
    deployment: Deployment, first: User, second: User, person: Make
) -> None:
    row = asked(first, deployment)
    say(second, row)
    third = person("third@example.com", Role.OPERATOR)
    assert send(third, deployment)["Location"] != f"/approvals/{row.pk}/"
    assert not is_destroyed(deployment)
    send(first, deployment)
    assert is_destroyed(deployment)
    failed(deployment)
    deployment.runs.filter(kind="destroy").delete()  # as it was: only its use speaks against it
    asked_anew(first, deployment, row)
    assert not is_destroyed(deployment)


@pytest.mark.parametrize("change", [{"is_active": False}, {"roles": [Role.MEMBER]}])
def test_16_given_who_agreed_lost_the_right_when_used_then_it_does_not_count(
    deployment: Deployment, first: User, second: User, change: dict[str, Any]
) -> None:
    say(second, asked(first, deployment))
    User.objects.filter(pk=second.pk).update(**change)
    send(first, deployment)
    assert not is_destroyed(deployment)


def test_16_given_what_cannot_be_done_when_asked_then_nobody_is_bothered(
    deployment: Deployment, first: User
) -> None:
    wrong = client_of(first).post(place(deployment), {"confirm_fqdn": "other.example"})
    assert wrong.status_code == 422
    Deployment.objects.filter(pk=deployment.pk).update(state=State.RUNNING)
    send(first, deployment)
    assert not Approval.objects.exists()


@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "one-and-the-same"}])
def test_16_given_a_program_when_it_destroys_anothers_then_409_says_who_is_missing(
    deployment: Deployment, first: User, second: User, key: dict[str, str]
) -> None:
    client, path = client_of(first), f"/api/v1/deployments/{deployment.pk}/destroy"

    def ask() -> Any:
        wish = json.dumps({"confirmFQDN": deployment.fqdn})
        return client.post(path, wish, "application/json", headers=key)

    answer = ask()
    assert (answer.status_code, answer.json()["type"]) == (409, "second-person-needed")
    row = Approval.objects.get(pk=answer.json()["approval"])
    assert answer.json()["page"] == f"/approvals/{row.pk}/"
    assert ask().json()["approval"] == str(row.pk)  # asked once
    say(second, row)
    assert ask().status_code == 202, "the refusal was not kept as the answer of that key"
    assert is_destroyed(deployment)


def test_16_given_things_left_at_hetzner_when_an_operator_removes_them_then_after_a_second_agreed(
    deployment: Deployment, first: User, second: User
) -> None:
    deployment.refresh_from_db()
    left = [Item("volume", number, f"data-{number}", "label") for number in (1, 2)]
    seen = Inventory(looked_at=timezone.now(), also_found=tuple(left))
    sweep.note(deployment=deployment, inventory=seen, occasion="test")

    def remove(*keys: str) -> None:
        sweep.ask(deployment=deployment, keys=keys, confirm_fqdn=deployment.fqdn, actor=first)

    with pytest.raises(SecondPersonNeeded):
        remove("volume:1")
    row = Approval.objects.get()
    assert "volume:1" in row.words
    four_eyes.answer(approval_id=row.pk, user=second, agree=True)
    with pytest.raises(NotOpen):
        four_eyes.answer(approval_id=row.pk, user=second, agree=True)
    with pytest.raises(SecondPersonNeeded):
        remove("volume:1", "volume:2")  # more than was agreed to
    assert not deployment.clean_ups.exists()
    remove("volume:1")
    assert deployment.clean_ups.get().items[0]["id"] == 1
    with pytest.raises(SecondPersonNeeded):
        four_eyes.use(
            act=row.act,
            object=row.object,
            asked={"fqdn": deployment.fqdn, "items": ["volume:1"]},
            actor=first,
        )


def test_16_given_something_waits_when_the_owner_looks_at_it_then_their_page_says_so(
    deployment: Deployment, first: User, owner: User
) -> None:
    client: Client = client_of(owner)
    page = f"/sovereign/deployments/{deployment.pk}/"
    assert "/approvals/" not in client.get(page).text
    row = asked(first, deployment)
    assert f"/approvals/{row.pk}/" in client.get(page).text
