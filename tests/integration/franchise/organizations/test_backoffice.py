"""The Organizations as staff find, suspend, resume and delete them."""

from __future__ import annotations

import pytest

from catalyst.identity import step_up
from catalyst.identity.models import Role
from catalyst.models import AuditEvent
from franchise.organizations import services
from franchise.organizations.models import Membership, Organization
from franchise.organizations.states import Cause

pytestmark = pytest.mark.django_db
LIST = "/backoffice/organizations/"


@pytest.fixture
def staff(browser, person):
    return browser(person("staff@example.com", Role.SOVEREIGN_ADMIN))


@pytest.fixture
def beta(acme) -> Organization:
    made = services.create(name="Beta Telecom", owner_email="fatma@beta.example", slug="beta")
    Membership.objects.create(organization=made, email="helper@far.example", role="viewer")
    return made


def names(page: str) -> set[str]:
    return {name for name in ("Acme", "Beta Telecom") if f"<bdi>{name}</bdi>" in page}


@pytest.mark.parametrize("role", [Role.MEMBER, Role.ORG_OWNER])
def test_given_no_staff_when_any_page_is_asked_for_then_403(browser, person, acme, role) -> None:
    other = browser(person("m@example.com", role))
    assert other.get(LIST).status_code == 403
    assert other.post(f"{LIST}{acme.pk}/suspend", {"words": "x"}).status_code == 403
    assert other.get("/organizations/").status_code == 403


def test_given_the_old_address_when_asked_for_then_to_the_new_one(staff) -> None:
    assert staff.get("/organizations/")["Location"] == LIST


@pytest.mark.parametrize(
    ("query", "found"),
    [("", {"Acme", "Beta Telecom"}), ("q=tele", {"Beta Telecom"}), ("q=ACM", {"Acme"}),
     ("q=HELPER@far", {"Beta Telecom"}), ("q=fatma", {"Beta Telecom"}), ("q=nobody", set()),
     ("state=suspended", {"Beta Telecom"}), ("state=active&q=e", {"Acme"}),
     ("state=odd", {"Acme", "Beta Telecom"}), ("q=%25", set())],
)  # fmt: skip
def test_given_a_search_when_listed_then_by_name_slug_address_and_state(
    staff, beta, query: str, found: set[str]
) -> None:
    services.suspend(organization_id=beta.pk, because=Cause.UNPAID, actor="x")
    page = staff.get(f"{LIST}?{query}")
    assert page.status_code == 200
    assert names(page.text) == found
    if not found:
        assert "No Organization found" in page.text


def test_given_many_when_listed_then_by_key_and_the_filter_stays(staff, acme) -> None:
    Organization.objects.bulk_create(
        Organization(slug=f"o{n:03}", name=f"Org {n:03}", owner_email="o@example.com")
        for n in range(60)
    )
    first = staff.get(f"{LIST}?q=org").text
    assert "Org 059" in first and "Org 009" not in first
    oldest = Organization.objects.get(slug="o010").pk
    assert f"q=org&amp;before={oldest}" in first
    assert "Org 009" in staff.get(f"{LIST}?q=org&before={oldest}").text


def test_given_the_csv_when_downloaded_then_all_that_match_and_no_formula(staff, beta) -> None:
    Organization.objects.filter(pk=beta.pk).update(name="=cmd()")
    text = b"".join(staff.get(f"{LIST}?format=csv&q=beta").streaming_content).decode()
    assert text.startswith("slug,name,state")
    assert "'=cmd()" in text and "acme" not in text


def test_given_a_detail_when_opened_then_people_credit_audit_and_what_can_be_done(
    staff, beta
) -> None:
    page = staff.get(f"{LIST}{beta.pk}/").text
    for words in ("fatma@beta.example", "helper@far.example", "beta-prod", "has not logged in yet",
                  f"/audit/?object=organization%3A{beta.pk}", "Suspend"):  # fmt: skip
        assert words in page
    assert staff.get(f"{LIST}{2**40}/").status_code == 404


def test_given_the_suspend_form_when_sent_then_with_a_reason_and_resumed_by_a_button(
    staff, acme
) -> None:
    refused = staff.post(f"{LIST}{acme.pk}/suspend", {"words": " "})
    assert refused.status_code == 422 and 'id="id_words-error"' in refused.text
    page = staff.post(f"{LIST}{acme.pk}/suspend", {"words": "Spam <b>"}, follow=True).text
    assert "Spam &lt;b&gt;" in page
    staff.post(f"{LIST}{acme.pk}/resume")
    acme.refresh_from_db()
    assert acme.state == "active"


def test_given_billing_holds_it_when_staff_resume_then_it_stays_suspended(staff, acme) -> None:
    services.suspend(organization_id=acme.pk, because=Cause.UNPAID, actor="system:billing")
    page = staff.post(f"{LIST}{acme.pk}/resume", follow=True).text
    assert "Something else holds it still" in page
    acme.refresh_from_db()
    assert acme.state == "suspended"


def test_given_ticked_rows_when_suspended_together_then_each_by_itself(staff, acme, beta) -> None:
    third = services.create(name="Gamma", owner_email="g@gamma.example")
    form = {"act": "suspend", "reason": "Fraud ring", "chosen": [acme.pk, beta.pk, 2**40]}
    page = staff.post(f"{LIST}bulk", form, follow=True).text
    assert "2 Organizations done." in page and "1 could not be changed." in page
    states = dict(Organization.objects.values_list("slug", "state"))
    assert states == {"acme": "suspended", "beta": "suspended", third.slug: "active"}
    assert AuditEvent.objects.filter(act="organization.suspend").count() == 2
    staff.post(f"{LIST}bulk", {"act": "resume", "chosen": [acme.pk]})
    acme.refresh_from_db()
    assert acme.state == "active"


@pytest.mark.parametrize("form", [{"act": "suspend", "reason": "x"}, {"act": "melt", "chosen": "1"},
                                  {"act": "suspend", "chosen": "1"}])  # fmt: skip
def test_given_nothing_ticked_or_said_when_sent_then_422_and_nothing_happens(
    staff, acme, form: dict[str, str]
) -> None:
    answer = staff.post(f"{LIST}bulk", form)
    assert answer.status_code == 422 and 'id="bulk-error"' in answer.text
    acme.refresh_from_db()
    assert acme.state == "active"


def test_given_the_deletion_form_when_sent_then_typed_first_and_undone_by_a_button(
    staff, acme
) -> None:
    assert staff.post(f"{LIST}{acme.pk}/delete", {"typed": "beta"}).status_code == 422
    page = staff.post(f"{LIST}{acme.pk}/delete", {"typed": "acme"}, follow=True).text
    assert "It is deleted after" in page
    staff.post(f"{LIST}{acme.pk}/keep")
    acme.refresh_from_db()
    assert acme.state == "active"


@pytest.mark.parametrize("act", ["suspend", "delete", "bulk"])
def test_given_a_session_proved_long_ago_when_acting_then_it_proves_again(
    staff, acme, act: str
) -> None:
    session = staff.session
    session.pop(step_up.PROVED_AT)
    session.save()
    where = f"{LIST}bulk" if act == "bulk" else f"{LIST}{acme.pk}/{act}"
    assert "/account/confirm/" in staff.post(where, {"words": "x", "typed": "acme"})["Location"]
    acme.refresh_from_db()
    assert acme.state == "active"
