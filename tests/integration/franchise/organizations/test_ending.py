"""Suspending, resuming, deleting and undoing it, taking everything away, and the slug's rest."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from catalyst.models import AuditEvent
from catalyst.problem import Invalid
from catalyst.work.clock import database_now
from franchise.organizations import services
from franchise.organizations.ending import deletion, states
from franchise.organizations.ending.export import export
from franchise.organizations.members import invitations
from franchise.organizations.models import Membership, Organization, Tombstone
from franchise.organizations.problems import NotOpen, RoleTooSmall, SlugTaken, WrongState
from franchise.organizations.quotas import services as quotas
from franchise.organizations.quotas.limits import Limits
from franchise.organizations.states import Cause, State

pytestmark = pytest.mark.django_db


def hold(organization: Organization, because: str = Cause.STAFF) -> None:
    services.suspend(
        organization_id=organization.pk, because=because, words="Spam from its Apps", actor="staff"
    )


def lift(organization: Organization, because: str = Cause.STAFF) -> bool:
    return services.resume(organization_id=organization.pk, because=because, actor="staff")


def due(organization: Organization) -> None:
    """As if its grace period were over just now."""
    Organization.objects.filter(pk=organization.pk).update(delete_after=Now())


def gone(organization: Organization) -> None:
    deletion.schedule(organization_id=organization.pk, typed=organization.slug, actor="staff")
    due(organization)
    assert deletion.finish_due() == 1


def pods(organization: Organization) -> str:
    organization.refresh_from_db()
    return quotas.wanted(organization)[0]["spec"]["hard"]["pods"]


def test_w28_given_a_plan_when_suspended_and_resumed_then_no_pod_and_then_as_before(
    acme, mails
) -> None:
    quotas.set_plan(organization_id=acme.pk, plan="s", limits=Limits(2, 4096, 25), actor="billing")
    before = pods(acme)
    hold(acme)
    assert (pods(acme), acme.state) == ("0", State.SUSPENDED)
    assert lift(acme)
    assert (pods(acme), acme.state) == (before, State.ACTIVE)
    assert before != "0"
    assert mails() == [("organization-suspended", "owner@acme.example"),
                       ("organization-resumed", "owner@acme.example")]  # fmt: skip


def test_given_two_causes_when_one_is_lifted_then_the_other_holds(acme, mails) -> None:
    hold(acme)
    hold(acme, Cause.UNPAID)
    assert not lift(acme, Cause.UNPAID)
    acme.refresh_from_db()
    assert (acme.state, set(acme.suspended_because)) == (State.SUSPENDED, {"staff"})
    assert lift(acme)
    assert [kind for kind, _ in mails()] == ["organization-suspended", "organization-resumed"]


def test_given_a_cause_that_holds_when_suspended_again_then_nothing_new_happens(
    acme, mails
) -> None:
    hold(acme)
    hold(acme)
    assert len(mails()) == AuditEvent.objects.filter(act="organization.suspend").count() == 1


@pytest.mark.parametrize("words", ["", "   ", "x" * 501])
def test_given_no_reason_when_staff_suspend_then_refused_beside_it(acme, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        services.suspend(organization_id=acme.pk, because=Cause.STAFF, words=words, actor="staff")
    assert caught.value.extra["field"] == "words"


def test_given_a_room_that_listens_when_the_state_changes_then_it_is_told_and_may_refuse(
    acme, monkeypatch
) -> None:
    told: list[tuple[str, str]] = []

    def listen(organization: Organization, before: str) -> None:
        told.append((before, organization.state))
        if organization.state == State.ACTIVE:
            raise Invalid("not now")

    monkeypatch.setattr(states, "_told", [listen])
    hold(acme)
    with pytest.raises(Invalid, match="not now"):
        lift(acme)
    acme.refresh_from_db()
    assert acme.state == State.SUSPENDED and acme.suspended_because
    assert told == [("active", "suspended"), ("suspended", "active")]


@pytest.mark.parametrize("typed", ["", "Acme Two", "acm", "acme "])
def test_given_a_deletion_when_the_short_name_is_typed_otherwise_then_nothing_happens(
    acme, owner, typed: str
) -> None:
    if typed.strip() == "acme":
        assert deletion.schedule(organization_id=acme.pk, typed=typed, actor="x", by=owner)
        return
    with pytest.raises(Invalid) as caught:
        deletion.schedule(organization_id=acme.pk, typed=typed, actor="x", by=owner)
    assert caught.value.extra["field"] == "typed"
    acme.refresh_from_db()
    assert acme.state == State.ACTIVE


def test_given_an_admin_when_deleting_or_undoing_then_only_owners_may(acme, join) -> None:
    admin = join("admin@acme.example", "admin")
    with pytest.raises(RoleTooSmall):
        deletion.schedule(organization_id=acme.pk, typed="acme", actor="x", by=admin)
    deletion.schedule(organization_id=acme.pk, typed="acme", actor="staff")
    with pytest.raises(RoleTooSmall):
        deletion.undo(organization_id=acme.pk, actor="x", by=admin)


def test_given_a_deletion_when_scheduled_then_two_weeks_of_looking_and_owners_are_told(
    acme, owner, mails, settings
) -> None:
    made = deletion.schedule(organization_id=acme.pk, typed="acme", actor="x", by=owner)
    grace = settings.CATALYST.organization_grace
    assert grace == timedelta(days=14)
    begun = made.delete_after - grace
    assert begun <= database_now() <= begun + timedelta(minutes=1)
    assert mails() == [("deletion-scheduled", "owner@acme.example")]
    with pytest.raises(NotOpen):
        services.member(user=owner.user, slug="acme", to_write=True)
    assert deletion.finish_due() == 0


@pytest.mark.parametrize("was_held", [False, True])
def test_given_a_deletion_when_undone_then_it_is_as_it_was_before(
    acme, owner, mails, was_held: bool
) -> None:
    if was_held:
        hold(acme)
    deletion.schedule(organization_id=acme.pk, typed="acme", actor="x", by=owner)
    deletion.undo(organization_id=acme.pk, actor="x", by=owner)
    acme.refresh_from_db()
    assert acme.state == (State.SUSPENDED if was_held else State.ACTIVE)
    assert acme.delete_after is None
    assert mails()[-1] == ("deletion-cancelled", "owner@acme.example")
    assert deletion.finish_due() == 0


def test_proof_18_given_the_grace_is_over_when_a_round_comes_then_nothing_is_left_and_once(
    acme, owner, mails
) -> None:
    invitations.invite(by=owner, email="new@acme.example", role="viewer")
    gone(acme)
    acme.refresh_from_db()
    assert acme.state == State.DELETED and acme.deleted_at is not None
    assert not Membership.objects.exists()
    assert invitations.waiting(organization_id=acme.pk) == []
    assert services.of_person(user=owner.user) == []
    assert quotas.wanted(acme) == []
    assert mails()[-1] == ("organization-deleted", "owner@acme.example")
    assert AuditEvent.objects.filter(act="organization.delete").count() == 1
    assert deletion.finish_due() == 0


def test_given_one_that_cannot_be_deleted_when_a_round_comes_then_the_others_are(
    acme, monkeypatch
) -> None:
    other = services.create(name="Other", owner_email="o@other.example")
    for each in (acme, other):
        deletion.schedule(organization_id=each.pk, typed=each.slug, actor="staff")
        due(each)

    def refuse(organization: Organization, before: str) -> None:
        if organization.pk == acme.pk:
            raise Invalid("an invoice is open")

    monkeypatch.setattr(states, "_told", [refuse])
    assert deletion.finish_due() == 1
    acme.refresh_from_db()
    assert acme.state == State.DELETING
    assert acme.memberships.count() == 1
    assert not Tombstone.objects.filter(slug="acme").exists()


def test_proof_16_given_a_deleted_slug_when_wanted_then_held_until_its_rest_is_over(acme) -> None:
    gone(acme)
    with pytest.raises(SlugTaken) as caught:
        services.create(name="Acme", owner_email="next@acme.example")
    assert "acme" not in caught.value.extra["suggestions"]
    Tombstone.objects.update(held_until=Now())
    successor = services.create(name="Acme", owner_email="next@acme.example")
    assert (successor.slug, successor.pk) != ("acme", acme.pk)
    assert Organization.objects.filter(slug="acme").count() == 2


def test_given_a_successor_of_the_slug_when_it_is_deleted_too_then_the_tombstone_is_anew(
    acme,
) -> None:
    gone(acme)
    Tombstone.objects.update(held_until=Now())
    gone(services.create(name="Acme", owner_email="next@acme.example"))
    assert Tombstone.objects.filter(slug="acme", held_until__gt=Now()).count() == 1


def test_given_a_deleted_one_when_a_chargeback_comes_late_then_nothing_to_hold_and_no_error(
    acme, mails
) -> None:
    gone(acme)
    hold(acme, Cause.CHARGEBACK)
    assert lift(acme, Cause.CHARGEBACK) is False
    acme.refresh_from_db()
    assert (acme.state, acme.suspended_because) == (State.DELETED, {})


@pytest.mark.parametrize("act", [hold, lift])
def test_given_a_deleted_one_when_suspended_or_resumed_then_refused(acme, act) -> None:
    gone(acme)
    with pytest.raises(WrongState):
        act(acme)


@pytest.mark.parametrize(
    "change",
    [
        {"state": "suspended"},
        {"suspended_because": {"staff": "x"}},
        {"state": "deleting"},
        {"delete_after": Now()},
        {"state": "deleted"},
        {"deleted_at": Now()},
        {"state": "asleep"},
    ],
)
def test_given_statements_past_the_services_when_a_state_lacks_its_facts_then_refused(
    acme, change
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Organization.objects.filter(pk=acme.pk).update(**change)


def test_given_an_export_when_opened_then_everything_of_this_one_and_no_secret(
    acme, owner, join
) -> None:
    other = services.create(name="Other", owner_email="secret@other.example")
    join("dev@acme.example", "developer")
    hold(acme)
    held = zipfile.ZipFile(io.BytesIO(export(by=owner)))
    files = {name: json.loads(held.read(name)) for name in held.namelist()}
    assert {"export.json", "organization.json", "members.json", "credit.json"} <= set(files)
    assert [row["email"] for row in files["members.json"]] == [
        "owner@acme.example", "dev@acme.example"
    ]  # fmt: skip
    assert files["organization.json"]["environments"] == ["acme-prod"]
    assert other.owner_email not in json.dumps(files)
    assert AuditEvent.objects.filter(act="organization.export").count() == 1


@pytest.mark.parametrize("role", ["developer", "billing", "viewer", "security"])
def test_given_a_smaller_role_when_exporting_then_refused(join, role: str) -> None:
    with pytest.raises(RoleTooSmall):
        export(by=join("one@acme.example", role))
