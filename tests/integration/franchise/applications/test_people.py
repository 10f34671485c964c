"""Members of an Organization are in its teams at Gitea, by what their role may do."""

from __future__ import annotations

import uuid

import pytest
from django.conf import settings

from catalyst.identity.models import User
from catalyst.work.models import OutboxItem
from franchise.applications import journal
from franchise.organizations import services as organizations
from franchise.organizations.members import services as members
from franchise.organizations.members.models import Membership
from franchise.organizations.states import Cause
from tests.integration.franchise.applications.conftest import all_kept, work_until
from tests.integration.franchise.applications.stage import Stage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("apps")]
ISSUER = "https://auth.omantel.example/realms/catalyst-admin"


@pytest.fixture(autouse=True)
def signed_on(here: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    now = settings.CATALYST.model_copy(update={"oidc_issuer": ISSUER})
    monkeypatch.setattr(settings, "CATALYST", now)


def user(row: Membership) -> User:
    return User.objects.create(issuer=ISSUER, subject=str(uuid.uuid4()), email=row.email)


def join(owner: Membership, role: str, *, known: bool = True) -> Membership:
    name = f"{role}{uuid.uuid4().hex[:6]}"
    row = Membership(organization=owner.organization, email=f"{name}@acme.example", role=role)
    if known:
        row.user = user(row)
    row.save()
    return row


def teams(here: Stage, owner: Membership) -> dict[str, set[str]]:
    """Ours, and who is in them."""
    path = f"/orgs/{owner.organization.slug}/teams"
    return {
        each["name"]: {
            person["login"] for person in here.gitea.ask("GET", f"/teams/{each['id']}/members")
        }
        for each in here.gitea.ask("GET", path)
        if each["name"] in ("admins", "developers", "viewers")
    }


def name(row: Membership) -> str:
    return row.email.partition("@")[0]


def test_given_members_when_roles_change_or_end_then_their_teams_follow(
    here: Stage, owner: Membership
) -> None:
    owner.user = user(owner)
    owner.save()
    admin, developer, billing = (join(owner, each) for each in ("admin", "developer", "billing"))
    stranger = join(owner, "developer", known=False)
    work_until(all_kept)
    assert teams(here, owner) == {
        "admins": {name(owner), name(admin)},
        "developers": {name(developer)},
        "viewers": {name(billing)},
    }

    members.change_role(by=owner, membership_id=developer.pk, role="viewer")
    members.remove(by=owner, membership_id=admin.pk)
    assert OutboxItem.objects.filter(topic=journal.PEOPLE_TOPIC, done_at=None).exists()
    work_until(all_kept)
    assert teams(here, owner) == {
        "admins": {name(owner)},
        "developers": set(),
        "viewers": {name(billing), name(developer)},
    }

    assert members.meet(user=user(stranger)) == 1  # their first log-in
    work_until(all_kept)
    assert teams(here, owner)["developers"] == {name(stranger)}


def test_given_a_suspension_when_followed_then_nobody_may_push_until_it_is_lifted(
    here: Stage, owner: Membership
) -> None:
    developer = join(owner, "developer")
    work_until(all_kept)
    assert teams(here, owner)["developers"] == {name(developer)}
    organizations.suspend(
        organization_id=owner.organization_id, because=Cause.STAFF, actor="tests", words="tests"
    )
    work_until(all_kept)
    assert teams(here, owner) == {
        "admins": set(), "developers": set(), "viewers": {name(developer)},
    }  # fmt: skip
    organizations.resume(organization_id=owner.organization_id, because=Cause.STAFF, actor="tests")
    work_until(all_kept)
    assert teams(here, owner)["developers"] == {name(developer)}
