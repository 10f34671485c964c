"""Who may do what; an owner is always left; strangers see nothing."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from catalyst.models import AuditEvent
from catalyst.problem import NotFound
from franchise.organizations import services
from franchise.organizations.members import services as members
from franchise.organizations.members.roles import MemberRole
from franchise.organizations.models import Membership
from franchise.organizations.problems import AnOwnerIsLeft, NotOpen, RoleTooSmall
from franchise.organizations.states import Cause

pytestmark = pytest.mark.django_db


def test_given_a_new_organization_when_looked_at_then_it_has_its_owner_and_environment(
    acme, owner
) -> None:
    assert (owner.email, owner.role) == ("owner@acme.example", "owner")
    assert [str(one) for one in acme.environments.all()] == ["acme-prod"]


def test_proof_17_given_a_stranger_when_at_the_door_then_as_if_there_were_none(
    acme, person
) -> None:
    stranger = person("eve@other.example")
    with pytest.raises(NotFound) as foreign:
        services.member(user=stranger, slug="acme")
    with pytest.raises(NotFound) as unknown:
        services.member(user=stranger, slug="nobody")
    assert foreign.value.as_dict() == unknown.value.as_dict()


@pytest.mark.parametrize(
    ("role", "at_least", "passes"),
    [("billing", "billing", True), ("security", "billing", False), ("viewer", "developer", False),
     ("admin", "owner", False), ("owner", "security", True)],
)  # fmt: skip
def test_given_a_role_when_at_the_door_then_as_the_table_says(
    join, role: str, at_least: str, passes: bool
) -> None:
    user = join("one@acme.example", role).user
    if passes:
        assert services.member(user=user, slug="acme", at_least=at_least).role == role
    else:
        with pytest.raises(RoleTooSmall) as caught:
            services.member(user=user, slug="acme", at_least=at_least)
        assert str(MemberRole(role).label) in caught.value.detail


def test_w26_given_a_member_known_by_address_when_they_come_then_they_are_linked(person) -> None:
    services.create(name="Beta", owner_email="Fatma@Beta.example")
    fatma = person("fatma@beta.example")
    assert services.member(user=fatma, slug="beta").role == "owner"
    assert Membership.objects.get(email="fatma@beta.example").user == fatma


def test_given_a_linked_member_when_another_account_has_the_address_then_it_is_a_stranger(
    person,
) -> None:
    """Addresses are given away again; a membership is not."""
    services.create(name="Beta", owner_email="fatma@beta.example")
    fatma = person("fatma@beta.example")
    services.of_person(user=fatma)
    fatma.email = "fatma@new.example"
    fatma.save()
    successor = person("FATMA@beta.example")
    assert services.member(user=fatma, slug="beta").role == "owner"
    with pytest.raises(NotFound):
        services.member(user=successor, slug="beta")


def test_w28_given_a_suspended_organization_when_writing_then_refused_with_the_reason(
    acme, owner
) -> None:
    services.suspend(organization_id=acme.pk, because=Cause.UNPAID, actor="system:billing")
    assert services.member(user=owner.user, slug="acme").role == "owner"
    with pytest.raises(NotOpen) as caught:
        services.member(user=owner.user, slug="acme", to_write=True)
    assert "payment is missing" in caught.value.detail
    with pytest.raises(NotOpen):
        services.rename(by=owner, name="Acme Two")


def test_given_the_only_owner_when_leaving_or_stepping_down_then_refused(owner) -> None:
    for act in (
        lambda: members.leave(by=owner),
        lambda: members.change_role(by=owner, membership_id=owner.pk, role="admin"),
        lambda: members.remove(by=owner, membership_id=owner.pk),
    ):
        with pytest.raises(AnOwnerIsLeft):
            act()
    owner.refresh_from_db()
    assert owner.role == "owner"


def test_given_another_owner_when_the_first_leaves_then_they_are_gone_and_audited(
    join, acme, owner
) -> None:
    join("second@acme.example", "owner")
    members.leave(by=owner)
    assert list(acme.memberships.values_list("email", flat=True)) == ["second@acme.example"]
    event = AuditEvent.objects.get(act="organization.member-leave")
    assert event.object == f"organization:{acme.pk}"
    assert event.before == {"email": "owner@acme.example", "role": "owner"}


def test_given_an_admin_when_touching_owners_then_refused(join, owner) -> None:
    admin = join("admin@acme.example", "admin")
    other = join("other@acme.example", "viewer")
    for act in (
        lambda: members.remove(by=admin, membership_id=owner.pk),
        lambda: members.change_role(by=admin, membership_id=owner.pk, role="viewer"),
        lambda: members.change_role(by=admin, membership_id=other.pk, role="owner"),
    ):
        with pytest.raises(RoleTooSmall):
            act()
    members.change_role(by=admin, membership_id=other.pk, role="billing")
    other.refresh_from_db()
    assert other.role == "billing"


def test_given_an_admin_who_was_just_demoted_when_acting_on_an_old_page_then_refused(
    join, owner
) -> None:
    admin, other = join("admin@acme.example", "admin"), join("other@acme.example", "viewer")
    members.change_role(by=owner, membership_id=admin.pk, role="viewer")
    with pytest.raises(RoleTooSmall):
        members.remove(by=admin, membership_id=other.pk)


def test_given_a_member_of_another_when_named_by_id_then_not_found(join, owner) -> None:
    other = services.create(name="Other", owner_email="o@other.example")
    foreign = Membership.objects.get(organization=other)
    with pytest.raises(NotFound):
        members.remove(by=owner, membership_id=foreign.pk)
    assert Membership.objects.filter(pk=foreign.pk).exists()


def test_given_statements_past_the_services_when_the_last_owner_goes_then_the_database_refuses(
    owner,
) -> None:
    def past_the_services() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            Membership.objects.filter(pk=owner.pk).delete()
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError, match="an Organization has an owner"):
        past_the_services()


@pytest.mark.parametrize("change", [{"email": "UP@acme.example"}, {"role": "king"}])
def test_given_statements_past_the_services_when_a_row_is_odd_then_the_database_refuses(
    owner, change: dict[str, str]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(pk=owner.pk).update(**change)


def test_w17_given_one_address_when_joined_twice_then_the_database_refuses(acme, owner) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(organization=acme, email=owner.email, role="viewer")
