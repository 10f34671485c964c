"""Many at the same moment, each on a connection of its own: the last word is the database's."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import IntegrityError
from django.db.models.functions import Now

from catalyst.work.models import OutboxItem
from franchise.mails.models import Mail
from franchise.organizations import services
from franchise.organizations.ending import deletion
from franchise.organizations.members import services as members
from franchise.organizations.models import Membership, Organization, Tombstone
from franchise.organizations.problems import SlugTaken
from tests.integration.catalyst.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def kinds(answers: list[object]) -> Counter[str]:
    return Counter(type(answer).__name__ for answer in answers)


def create(number: int) -> Organization:
    return services.create(name="Acme", owner_email=f"c{number}@example.com")


def test_w17_proof_16_given_30_creates_of_one_slug_at_once_then_exactly_one() -> None:
    answers = at_once(30, create)
    assert kinds(answers) == {"Organization": 1, "SlugTaken": 29}
    assert Organization.objects.count() == Membership.objects.count() == 1


def test_proof_16_given_a_deletion_beside_20_creates_then_never_a_living_one_and_a_tombstone() -> (
    None
):
    """The new row waits for the deleting transaction; the tombstone is looked for afterwards."""
    first = create(0)
    deletion.schedule(organization_id=first.pk, typed="acme", actor="x")
    Organization.objects.update(delete_after=Now())

    def one(number: int) -> object:
        return deletion.finish_due() if number == 0 else create(number)

    answers = at_once(21, one)
    assert answers[0] == 1
    assert all(isinstance(answer, SlugTaken) for answer in answers[1:])
    assert list(Organization.objects.values_list("state", flat=True)) == ["deleted"]
    assert Tombstone.objects.count() == 1


def test_given_two_owners_when_both_leave_at_once_then_one_stays() -> None:
    acme = create(0)
    Membership.objects.create(organization=acme, email="two@example.com", role="owner")
    rows = list(Membership.objects.order_by("id"))
    answers = at_once(2, lambda number: members.leave(by=rows[number]))
    assert kinds(answers) == {"NoneType": 1, "AnOwnerIsLeft": 1}
    assert Membership.objects.filter(role="owner").count() == 1


def test_given_statements_past_the_services_when_both_owners_go_at_once_then_one_stays() -> None:
    acme = create(0)
    Membership.objects.create(organization=acme, email="two@example.com", role="owner")
    keys = list(Membership.objects.values_list("pk", flat=True))
    answers = at_once(2, lambda number: Membership.objects.filter(pk=keys[number]).delete())
    assert sum(isinstance(answer, IntegrityError) for answer in answers) == 1
    assert Membership.objects.count() == 1


def test_given_four_workers_when_a_deletion_is_due_then_done_once_with_one_mail() -> None:
    acme = create(0)
    deletion.schedule(organization_id=acme.pk, typed="acme", actor="x")
    Organization.objects.update(delete_after=Now())
    answers = at_once(4, lambda _: deletion.finish_due())
    assert sorted(answers) == [0, 0, 0, 1]  # type: ignore[type-var]
    assert Mail.objects.filter(kind="organization-deleted").count() == 1
    assert OutboxItem.objects.exists()


def test_given_an_undo_and_the_last_round_at_once_then_one_of_them_and_nothing_between() -> None:
    acme = create(0)
    deletion.schedule(organization_id=acme.pk, typed="acme", actor="x")
    Organization.objects.update(delete_after=Now())

    def one(number: int) -> object:
        if number:
            return deletion.finish_due()
        return deletion.undo(organization_id=acme.pk, actor="x")

    undone, finished = at_once(2, one)
    acme.refresh_from_db()
    if isinstance(undone, Organization):
        assert (acme.state, finished, acme.memberships.count()) == ("active", 0, 1)
    else:
        assert (acme.state, finished, acme.memberships.count()) == ("deleted", 1, 0)
