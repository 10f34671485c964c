"""Who runs it and how it is built: the answers, what is refused, and going on elsewhere."""

from __future__ import annotations

import re

import pytest

from sovereign_wizard.provisioning.models import Deployment
from sovereign_wizard.provisioning.profile import Compliance, Headcount, Industry
from sovereign_wizard.wizard.models import Draft
from sovereign_wizard.wizard.steps import STEPS
from sovereign_wizard.wizard.topologies import OFFERED, TOPOLOGIES

pytestmark = pytest.mark.django_db
WHO = {
    "headquarters": "Muscat, Oman",
    "industry": "telecommunications",
    "headcount": "500-2000",
    "compliance": ["gdpr", "iso-27001"],
}


def page(answer) -> str:  # type: ignore[no-untyped-def]
    return str(answer.content.decode())


def test_given_the_first_question_then_there_are_seven_and_no_answer_is_pretended(walk) -> None:
    shown = page(walk.client.get("/sovereign/new/"))

    assert [step.id for step in STEPS] == [
        "organisation",
        "topology",
        "credentials",
        "provider",
        "components",
        "domain",
        "review",
    ]
    assert "Step 1 of 7" in shown
    asked = shown[shown.index("<main") :]
    values = dict(re.findall(r'<input[^>]* name="(\w+)"[^>]*? value="([^"]*)"', asked))
    assert values.pop("owner_email") == "owner@example.com"  # their own, no sample
    assert set(values) <= {"csrfmiddlewaretoken", "compliance"}
    assert shown.count("(optional)") == 4
    assert shown.count(" selected>Not said") == 2 and " checked" not in shown
    assert not Draft.objects.exists()


def test_given_the_lists_when_shown_then_they_are_those_of_the_specification(walk) -> None:
    shown = page(walk.client.get("/sovereign/new/"))

    for choices, count in ((Industry, 11), (Headcount, 5), (Compliance, 8)):
        assert len(choices) == count
        assert all(f'value="{each.value}"' in shown for each in choices)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"organization_name": " "}, "organization_name"),
        ({"organization_name": "x" * 121}, "organization_name"),
        ({"owner_email": "nobody"}, "owner_email"),
        ({"industry": "piracy"}, "industry"),
        ({"headcount": "7"}, "headcount"),
        ({"compliance": ["gdpr", "none-of-these"]}, "compliance"),
        ({"headquarters": "x" * 121}, "headquarters"),
    ],
)
def test_given_a_wrong_answer_then_it_is_said_beside_it_and_the_rest_is_kept(
    walk, changes, field: str
) -> None:
    answer = walk.begin(**{"headquarters": "Muscat", **WHO, **changes})

    assert answer.status_code == 422 and f'id="id_{field}-error"' in page(answer)
    draft = walk.draft()
    assert draft.passed == []
    kept = {name: worth for name, worth in WHO.items() if name not in changes}
    assert kept.items() <= draft.values.items()


def test_w25_given_what_was_said_when_provisioned_then_the_deployment_has_all_of_it(
    walk, name
) -> None:
    walk.begin(**WHO)
    walk.topology("ha")
    walk.credentials()
    walk.provider()
    walk.domain(name)
    review = page(walk.client.get(walk.url("review")))
    for shown in ("Muscat, Oman", "Telecommunications", "500 to 2,000", "GDPR", "ISO 27001"):
        assert shown in review
    assert "Highly available" in review and "3 × Control planes cx43" in review

    answer = walk.client.post(walk.url("review"))

    assert answer.status_code == 302, page(answer)
    made = Deployment.objects.get()
    assert made.profile == WHO and made.ha_enabled


@pytest.mark.parametrize("topology", [each.id for each in TOPOLOGIES])
def test_w25_given_a_topology_then_only_one_that_is_built_can_be_chosen(walk, topology) -> None:
    walk.begin()
    shown = page(walk.client.get(walk.url("topology")))
    [wanted] = [each for each in TOPOLOGIES if each.id == topology]
    assert str(wanted.title) in shown
    assert (f'value="{topology}"' in shown) is (wanted in OFFERED)

    answer = walk.topology(topology)

    if wanted in OFFERED:
        assert answer.url == walk.url("credentials")
        return
    assert answer.status_code == 422
    assert f"{wanted.title} cannot be built yet. {wanted.not_yet}" in page(answer)
    assert walk.draft().passed == ["organisation"]


def test_given_no_topology_then_one_is_asked_for(walk) -> None:
    walk.begin()

    answer = walk.topology("")

    assert answer.status_code == 422 and "Choose how it is built." in page(answer)


def test_given_another_browser_in_the_middle_then_it_goes_on_there_with_every_answer(
    walk, browser
) -> None:
    walk.begin(**WHO)
    walk.topology("ha")
    elsewhere = browser(walk.draft().owner)

    listed = page(elsewhere.get("/sovereign/"))
    assert "A Sovereign for <bdi>Omantel</bdi>" in listed
    assert "“Credentials”, question 3 of 7" in listed and walk.url("credentials") in listed
    assert 'value="Muscat, Oman"' in page(elsewhere.get(walk.url("organisation")))
    assert 'value="ha" checked' in page(elsewhere.get(walk.url("topology")))
    assert elsewhere.get(walk.url("review")).url == walk.url("credentials")

    # Answered again there: nothing after it is asked again, and here it is seen at once.
    elsewhere.post(walk.url("topology"), {"topology": "solo"})
    assert 'value="solo" checked' in page(walk.client.get(walk.url("topology")))


def test_given_back_from_the_topology_then_what_was_chosen_is_there_again(walk) -> None:
    walk.begin()

    answer = walk.topology("ha", go="back")

    assert answer.url == walk.url("organisation")
    assert 'value="ha" checked' in page(walk.client.get(walk.url("topology")))
    assert "topology" not in walk.draft().passed
