"""w26: invitations that work: by mail, once, for a week, for one address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from catalyst.identity.models import User
from catalyst.problem import NotFound
from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from franchise.mails.models import Mail
from franchise.organizations import services
from franchise.organizations.members import invitations
from franchise.organizations.members.invitations import (
    AlreadyMember,
    InvitationOver,
    WrongPerson,
    fingerprint,
)
from franchise.organizations.models import Invitation, Membership
from franchise.organizations.problems import NotOpen, RoleTooSmall
from franchise.organizations.states import Cause

pytestmark = pytest.mark.django_db
EMAIL = "new@acme.example"


def newest_token() -> Secret:
    """Out of the mail, where it is only in the vault."""
    mail = Mail.objects.filter(kind="invite").order_by("-id")[0]
    link = vault.get(mail.secrets["link"]).reveal()
    return Secret(link.partition("?token=")[2])


@pytest.fixture
def invited(owner) -> Secret:
    invitations.invite(by=owner, email=EMAIL.upper(), role="developer")
    return newest_token()


def test_w26_given_an_invitation_when_accepted_after_log_in_then_a_member_with_the_role(
    invited, person, acme
) -> None:
    user = person(EMAIL)
    invitations.accept(user=user, token_hash=fingerprint(invited))
    row = services.member(user=user, slug="acme")
    assert (row.email, row.role, row.user) == (EMAIL, "developer", user)


def test_given_an_invitation_when_looked_for_then_its_token_is_nowhere_in_the_clear(
    invited, caplog
) -> None:
    row, mail = Invitation.objects.get(), Mail.objects.get()
    everywhere = f"{row.__dict__} {mail.__dict__} {caplog.text}"
    assert row.token_hash == fingerprint(invited)
    assert invited.reveal() not in everywhere


def test_given_an_accepted_invitation_when_used_again_then_over(invited, person) -> None:
    invitations.accept(user=person(EMAIL), token_hash=fingerprint(invited))
    with pytest.raises(InvitationOver):
        invitations.accept(user=User.objects.get(email=EMAIL), token_hash=fingerprint(invited))
    assert Membership.objects.filter(email=EMAIL).count() == 1


def test_given_somebody_else_when_accepting_then_told_whose_it_is_and_nothing_happens(
    invited, person
) -> None:
    with pytest.raises(WrongPerson) as caught:
        invitations.accept(user=person("eve@other.example"), token_hash=fingerprint(invited))
    assert EMAIL in caught.value.detail and "eve@other.example" in caught.value.detail
    assert Invitation.objects.get().accepted_at is None


@pytest.mark.parametrize(("passed", "good"), [(timedelta(days=6, hours=23), True),
                                              (timedelta(days=7), False)])  # fmt: skip
def test_given_a_week_when_it_is_over_by_the_databases_clock_then_so_is_the_link(
    invited, person, passed: timedelta, good: bool
) -> None:
    Invitation.objects.update(expires_at=Now() + invitations.GOOD_FOR - passed)
    if good:
        invitations.accept(user=person(EMAIL), token_hash=fingerprint(invited))
    else:
        with pytest.raises(InvitationOver):
            invitations.accept(user=person(EMAIL), token_hash=fingerprint(invited))
        assert invitations.waiting(organization_id=Invitation.objects.get().organization_id)[
            0
        ].is_over


def _again(owner: Membership) -> None:
    invitations.resend(by=owner, invitation_id=Invitation.objects.get().pk)


def _once_more(owner: Membership) -> None:
    invitations.invite(by=owner, email=EMAIL, role="viewer")


@pytest.mark.parametrize("resend", [_again, _once_more])
def test_given_an_invitation_when_sent_again_then_the_old_link_is_dead_and_the_new_one_good(
    invited, owner, person, resend: Callable[[Membership], None]
) -> None:
    resend(owner)
    with pytest.raises(InvitationOver):
        invitations.find(token_hash=fingerprint(invited))
    invitations.accept(user=person(EMAIL), token_hash=fingerprint(newest_token()))
    assert Invitation.objects.count() == 1
    assert Mail.objects.filter(kind="invite", to=EMAIL).count() == 2


def test_given_an_invitation_when_withdrawn_then_its_link_is_dead_and_it_can_be_asked_anew(
    invited, owner, acme
) -> None:
    invitations.withdraw(by=owner, invitation_id=Invitation.objects.get().pk)
    with pytest.raises(InvitationOver):
        invitations.find(token_hash=fingerprint(invited))
    assert invitations.waiting(organization_id=acme.pk) == []
    invitations.invite(by=owner, email=EMAIL, role="viewer")
    assert len(invitations.waiting(organization_id=acme.pk)) == 1


def test_given_a_member_when_invited_then_refused_beside_the_address(owner, join) -> None:
    join("in@acme.example", "viewer")
    with pytest.raises(AlreadyMember) as caught:
        invitations.invite(by=owner, email="IN@acme.example", role="admin")
    assert caught.value.extra["field"] == "email"


def test_given_an_admin_when_inviting_an_owner_then_refused(join) -> None:
    admin = join("admin@acme.example", "admin")
    with pytest.raises(RoleTooSmall):
        invitations.invite(by=admin, email=EMAIL, role="owner")
    assert not Mail.objects.exists()


def test_given_an_admin_when_taking_over_an_owners_invitation_then_refused(join, owner) -> None:
    admin = join("admin@acme.example", "admin")
    row = invitations.invite(by=owner, email=EMAIL, role="owner")
    for act in (
        lambda: invitations.invite(by=admin, email=EMAIL, role="viewer"),
        lambda: invitations.resend(by=admin, invitation_id=row.pk),
        lambda: invitations.withdraw(by=admin, invitation_id=row.pk),
    ):
        with pytest.raises(RoleTooSmall):
            act()


def test_given_an_invitation_of_another_organization_when_named_by_id_then_not_found(
    invited, person
) -> None:
    other = services.create(name="Other", owner_email="o@other.example")
    by = Membership.objects.get(organization=other)
    with pytest.raises(NotFound):
        invitations.withdraw(by=by, invitation_id=Invitation.objects.get().pk)


def test_given_a_suspended_organization_when_accepting_then_refused_and_the_link_stays_good(
    invited, person, acme
) -> None:
    services.suspend(organization_id=acme.pk, because=Cause.UNPAID, actor="x")
    with pytest.raises(NotOpen):
        invitations.accept(user=person(EMAIL), token_hash=fingerprint(invited))
    assert invitations.find(token_hash=fingerprint(invited)).email == EMAIL


def test_given_the_mail_link_when_opened_then_the_token_leaves_the_address_and_waits_for_log_in(
    invited, person, client
) -> None:
    first = client.get(f"/invitation?token={invited.reveal()}")
    assert first["Location"] == "/invitation"
    assert client.get("/invitation")["Location"] == "/login/?next=/invitation"
    assert invited.reveal() not in str(dict(client.session))
    client.force_login(person(EMAIL))
    session = client.session
    session["pending-invitation"] = fingerprint(invited)  # Django's log-in view keeps it
    session.save()
    page = client.get("/invitation")
    assert "Acme" in page.text and "Accept the invitation" in page.text
    assert client.post("/invitation")["Location"] == "/organizations/acme/"
    assert client.get("/invitation").status_code == 410


def test_given_the_link_when_another_person_is_logged_in_then_told_so_without_a_button(
    invited, person, client
) -> None:
    client.force_login(person("eve@other.example"))
    page = client.get(f"/invitation?token={invited.reveal()}", follow=True)
    assert "This invitation is for" in page.text and EMAIL in page.text
    assert "Accept the invitation" not in page.text
    assert client.post("/invitation").status_code == 403


def test_given_no_link_or_a_made_up_one_when_opened_then_410_alike(client) -> None:
    made_up = client.get("/invitation?token=x", follow=True)
    assert client.get("/invitation").status_code == made_up.status_code == 410
