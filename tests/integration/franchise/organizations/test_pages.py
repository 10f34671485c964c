"""A customer's pages: what they show to whom, what their forms do, and errors beside the field."""

from __future__ import annotations

import io
import zipfile

import pytest

from catalyst.identity import step_up
from franchise.mails.models import Mail
from franchise.organizations import services
from franchise.organizations.members import invitations
from franchise.organizations.models import Invitation, Membership, Organization
from franchise.organizations.states import Cause

pytestmark = pytest.mark.django_db
PAGES = ["", "members/", "settings/"]


@pytest.fixture
def mine(browser, owner):
    return browser(owner.user)


def test_given_nobody_logged_in_when_a_page_is_asked_for_then_to_the_log_in(client, acme) -> None:
    for path in PAGES:
        where = f"/organizations/acme/{path}"
        assert client.get(where)["Location"] == f"/login/?next={where}"


def test_given_a_person_of_two_when_listing_then_both_with_role_and_state(
    browser, owner, join
) -> None:
    other = services.create(name="<b>Beta</b>", owner_email="o@beta.example", slug="beta")
    Membership.objects.create(organization=other, email="x", user=owner.user, role="viewer")
    services.suspend(organization_id=other.pk, because=Cause.UNPAID, actor="x")
    page = browser(owner.user).get("/organizations/mine/").text
    for words in ("Acme", "&lt;b&gt;Beta&lt;/b&gt;", "Owner", "Viewer", "Suspended"):
        assert words in page


def test_given_somebody_without_one_when_listing_then_the_first_step_is_offered(
    browser, person
) -> None:
    page = browser(person("new@example.com")).get("/organizations/mine/").text
    assert "You belong to no Organization yet" in page and 'href="/redeem"' in page


@pytest.mark.parametrize("path", PAGES)
def test_given_a_viewer_when_looking_then_every_page_opens_and_offers_no_change(
    browser, join, owner, path: str
) -> None:
    invitations.invite(by=owner, email="new@acme.example", role="viewer")
    page = browser(join("v@acme.example", "viewer").user).get(f"/organizations/acme/{path}")
    assert page.status_code == 200
    main = page.text.partition("<main")[2]
    forms = main.count("<form")
    assert forms == (1 if path == "members/" else 0)  # to leave


@pytest.mark.parametrize("path", PAGES)
def test_given_a_suspended_one_when_looking_then_it_says_why_and_offers_no_change(
    mine, acme, path: str
) -> None:
    services.suspend(organization_id=acme.pk, because=Cause.CHARGEBACK, actor="x")
    page = mine.get(f"/organizations/acme/{path}").text
    assert "charged back" in page
    assert "Send the invitation" not in page and "Change the name" not in page


def test_given_an_environment_when_added_twice_then_once_and_an_error_beside_the_field(
    mine,
) -> None:
    assert "acme-dev" in mine.post(
        "/organizations/acme/environments/", {"kind": "dev"}, follow=True
    ).text  # fmt: skip
    again = mine.post("/organizations/acme/environments/", {"kind": "dev"})
    assert again.status_code == 422 and 'id="id_kind-error"' in again.text
    odd = mine.post("/organizations/acme/environments/", {"kind": "dr"})
    assert odd.status_code == 422


def test_given_the_invite_form_when_sent_then_a_mail_and_the_invitation_is_listed(mine) -> None:
    form = {"email": "New@Acme.example", "role": "billing"}
    page = mine.post("/organizations/acme/members/", form, follow=True).text
    assert "An invitation goes to new@acme.example" in page
    assert "good until" in page
    assert Mail.objects.get().to == "new@acme.example"


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [({"email": "no address", "role": "viewer"}, 422, "id_email-error"),
     ({"email": "x@acme.example", "role": "king"}, 422, "id_role-error"),
     ({"email": "owner@acme.example", "role": "viewer"}, 409, "id_email-error")],
)  # fmt: skip
def test_given_a_bad_invitation_when_sent_then_the_error_is_beside_the_field_and_words_are_kept(
    mine, form: dict[str, str], status: int, error: str
) -> None:
    answer = mine.post("/organizations/acme/members/", form)
    assert answer.status_code == status
    assert f'id="{error}"' in answer.text and f'value="{form["email"]}"' in answer.text
    assert not Invitation.objects.exists()


def test_given_the_member_forms_when_sent_then_role_changed_removed_and_invitation_ended(
    mine, join, owner
) -> None:
    row = join("dev@acme.example", "developer")
    base = "/organizations/acme/"
    mine.post(f"{base}members/{row.pk}/role", {"role": "security"})
    row.refresh_from_db()
    assert row.role == "security"
    mine.post(f"{base}members/{row.pk}/remove")
    assert not Membership.objects.filter(pk=row.pk).exists()
    asked = invitations.invite(by=owner, email="new@acme.example", role="viewer")
    mine.post(f"{base}invitations/{asked.pk}/resend")
    mine.post(f"{base}invitations/{asked.pk}/withdraw")
    asked.refresh_from_db()
    assert asked.sent == 2 and asked.withdrawn_at is not None


def test_given_the_only_owner_when_leaving_then_409_and_the_page_says_what_to_do(mine) -> None:
    answer = mine.post("/organizations/acme/members/leave")
    assert answer.status_code == 409 and "Make somebody else an owner first" in answer.text


def test_given_a_member_when_leaving_then_out_and_the_pages_are_closed(browser, join) -> None:
    theirs = browser(join("dev@acme.example", "developer").user)
    assert theirs.post("/organizations/acme/members/leave")["Location"] == "/organizations/mine/"
    assert theirs.get("/organizations/acme/").status_code == 404


def test_given_the_name_form_when_sent_then_the_name_changes_and_the_slug_stays(mine) -> None:
    mine.post("/organizations/acme/settings/", {"name": "  Acme   & Sons "})
    row = Organization.objects.get()
    assert (row.name, row.slug) == ("Acme & Sons", "acme")
    bad = mine.post("/organizations/acme/settings/", {"name": "x"})
    assert bad.status_code == 422 and 'id="id_name-error"' in bad.text


def test_w15_given_more_fields_than_the_form_has_when_sent_then_only_the_name_changes(
    mine, acme
) -> None:
    form = {"name": "Mine Now", "slug": "beta", "plan": "xl", "limits": '{"vcpu": 512}',
            "state": "active", "owner_email": "eve@other.example"}  # fmt: skip
    before = Organization.objects.values().get()
    mine.post("/organizations/acme/settings/", form)
    assert Organization.objects.values().get() == before | {"name": "Mine Now"}


def test_given_the_export_button_when_pressed_then_a_zip_after_a_proof_of_now(
    mine, client, owner
) -> None:
    answer = mine.post("/organizations/acme/settings/export")
    assert answer["Content-Type"] == "application/zip"
    assert "members.json" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    client.force_login(owner.user)
    session = client.session
    session.pop(step_up.PROVED_AT, None)  # long ago
    session.save()
    assert "/account/confirm/" in client.post("/organizations/acme/settings/export")["Location"]


def test_given_the_deletion_form_when_sent_then_typed_first_and_undone_by_a_button(mine) -> None:
    base = "/organizations/acme/settings/"
    refused = mine.post(f"{base}delete", {"typed": "Acme Two"})
    assert refused.status_code == 422
    assert 'id="id_typed-error"' in refused.text and 'value="Acme Two"' in refused.text
    page = mine.post(f"{base}delete", {"typed": "acme"}, follow=True).text
    assert "It is deleted after" in page and "Keep the Organization" in page
    mine.post(f"{base}keep")
    assert Organization.objects.get().state == "active"


def test_given_an_admin_when_they_send_the_deletion_form_then_403(browser, join) -> None:
    theirs = browser(join("admin@acme.example", "admin").user)
    answer = theirs.post("/organizations/acme/settings/delete", {"typed": "acme"})
    assert answer.status_code == 403
    assert Organization.objects.get().state == "active"
