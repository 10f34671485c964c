"""Staff who look at a customer's pages as one of its members: only look, only there, not for long,
never as colleagues; the audit names who it was."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from catalyst.identity import step_up
from catalyst.identity.models import Role, User
from catalyst.identity.visits import KEY, LASTS
from catalyst.models import AuditEvent
from franchise.organizations import services
from franchise.organizations.models import Membership, Organization

pytestmark = pytest.mark.django_db
HOME = "/organizations/acme/"
BANNER = "You see this as"
WHY = "They asked us to look at their members page"


@pytest.fixture
def acme(person) -> Organization:
    owner = person("owner@acme.example", Role.MEMBER)
    return services.create(name="Acme", owner_email=owner.email, user=owner)


@pytest.fixture
def staff(person) -> Client:
    made = Client()
    made.force_login(person("staff@example.com", Role.SOVEREIGN_ADMIN))
    session = made.session
    session[step_up.PROVED_AT] = timezone.now().isoformat()
    session.save()
    return made


def begin(staff: Client, organization: Organization, why: str = WHY) -> str:
    row = Membership.objects.get(organization=organization, role="owner")
    where = f"/backoffice/organizations/{organization.pk}/visit/{row.pk}"
    answer = staff.post(where, {"why": why})
    return str(answer.get("Location", answer.status_code))


def test_given_a_visit_when_begun_then_their_pages_with_a_banner_and_both_names_in_the_audit(
    staff, acme
) -> None:
    assert begin(staff, acme) == HOME
    for path in ("", "members/", "settings/"):
        page = staff.get(HOME + path)
        assert page.status_code == 200
        assert BANNER in page.text and "staff@example.com" in page.text
    event = AuditEvent.objects.get(act="identity.visit")
    assert (event.actor, event.object) == ("staff@example.com", f"organization:{acme.pk}")
    assert event.after["as"] == "owner@acme.example" and event.after["why"] == WHY


@pytest.mark.parametrize(
    ("method", "path"),
    [("post", f"{HOME}settings/"), ("post", f"{HOME}settings/export"),
     ("post", f"{HOME}members/leave"), ("delete", HOME), ("put", HOME),
     ("get", "/organizations/mine/"), ("get", "/organizations/other/"), ("get", "/vouchers/"),
     ("post", "/vouchers/"), ("get", "/account/password/"), ("post", "/language/"),
     ("get", "/organizations/acme"), ("get", "/audit/"), ("get", "/backoffice/")],
)  # fmt: skip
def test_given_a_visit_when_writing_or_going_elsewhere_then_403_with_the_way_out(
    staff, acme, method: str, path: str
) -> None:
    services.create(name="Other", owner_email="owner@acme.example", slug="other")
    begin(staff, acme)
    answer = getattr(staff, method)(path, {"name": "Changed"})
    assert answer.status_code == 403
    assert BANNER in answer.text and "/account/visit/end/" in answer.text
    acme.refresh_from_db()
    assert acme.name == "Acme" and acme.memberships.count() == 1


def test_given_a_visit_when_ended_then_back_as_oneself_and_audited(staff, acme) -> None:
    begin(staff, acme)
    back = staff.post("/account/visit/end/")
    assert back["Location"] == f"/backoffice/organizations/{acme.pk}/"
    page = staff.get(back["Location"])
    assert page.status_code == 200 and BANNER not in page.text
    assert staff.get(HOME).status_code == 404
    event = AuditEvent.objects.get(act="identity.visit-end")
    assert event.actor == "staff@example.com"
    assert event.person == User.objects.get(email="staff@example.com").pk


def test_given_a_visit_when_its_time_is_up_then_it_is_over_by_itself(staff, acme) -> None:
    begin(staff, acme)
    with time_machine.travel(timezone.now() + LASTS - timedelta(seconds=30), tick=False):
        assert staff.get(HOME).status_code == 200
    with time_machine.travel(timezone.now() + LASTS, tick=False):
        assert staff.get(HOME)["Location"] == f"/backoffice/organizations/{acme.pk}/"
    assert KEY not in staff.session


def _is_staff(acme: Organization) -> None:
    User.objects.filter(email="owner@acme.example").update(roles=[Role.OPERATOR])


def _is_off(acme: Organization) -> None:
    User.objects.filter(email="owner@acme.example").update(is_active=False)


def _visitor_lost_it(acme: Organization) -> None:
    User.objects.filter(email="staff@example.com").update(roles=[Role.MEMBER])


@pytest.mark.parametrize("change", [_is_staff, _is_off, _visitor_lost_it])
def test_given_a_visit_when_one_of_the_two_may_not_any_more_then_it_is_over(
    staff, acme, change
) -> None:
    begin(staff, acme)
    change(acme)
    assert staff.get(HOME).status_code == 302
    assert staff.get(HOME).status_code == 404


@pytest.mark.parametrize("change", [_is_staff, _is_off])
def test_given_a_member_who_is_staff_or_off_when_visited_then_refused(staff, acme, change) -> None:
    change(acme)
    assert begin(staff, acme) == "422"
    assert KEY not in staff.session


@pytest.mark.parametrize("why", ["", "  ", "x", "y" * 201])
def test_given_no_reason_when_visiting_then_refused(staff, acme, why: str) -> None:
    assert begin(staff, acme, why) == "422"
    assert KEY not in staff.session


def test_given_a_member_who_never_logged_in_when_visited_then_refused(staff) -> None:
    made = services.create(name="Beta", owner_email="new@beta.example")
    assert begin(staff, made) == "422"


def test_given_a_session_proved_long_ago_when_visiting_then_it_proves_again(staff, acme) -> None:
    session = staff.session
    del session[step_up.PROVED_AT]
    session.save()
    assert "/account/confirm/" in begin(staff, acme)
    assert KEY not in staff.session


def test_given_a_visit_when_logged_out_then_nothing_of_it_is_left(staff, acme) -> None:
    begin(staff, acme)
    staff.post("/logout/")
    assert staff.get(HOME)["Location"].startswith("/login/")


def test_given_a_visit_when_its_end_is_asked_without_a_form_then_405(staff, acme) -> None:
    begin(staff, acme)
    assert staff.get("/account/visit/end/").status_code == 405
    assert KEY in staff.session


def test_given_no_visit_when_ended_then_home_and_no_audit(staff) -> None:
    assert staff.post("/account/visit/end/").status_code == 302
    assert not AuditEvent.objects.filter(act="identity.visit-end").exists()
