"""The choice of components: what it shows, refuses and adds, and that a Deployment carries it."""

from __future__ import annotations

import re

import pytest

from catalyst.blueprints.services import kit
from sovereign_wizard.provisioning.context import Context
from sovereign_wizard.provisioning.models import Deployment
from sovereign_wizard.provisioning.phases import session
from sovereign_wizard.wizard.models import Draft

pytestmark = pytest.mark.django_db
ALL = list(kit().all_optional)


def draft() -> Draft:
    return Draft.objects.latest("created_at")


def ticked(page: str) -> list[str]:
    found = re.findall(r'name="components" id="[^"]*" value="([^"]*)"( checked)?', page)
    assert sorted(name for name, _ in found) == ALL
    return sorted(name for name, checked in found if checked)


@pytest.fixture
def begun(walk):  # type: ignore[no-untyped-def]
    walk.credentials()
    walk.provider()
    return walk


def test_given_nobody_chose_then_all_are_ticked_and_the_mandatory_ones_say_why(begun) -> None:
    page = begun.client.get(begun.url("components")).content.decode()

    assert ticked(page) == ALL
    assert "Always included (11)" in page and "Nobody could log in without it." in page
    assert "Needed by Gateway." in page
    assert 'value="cilium"' not in page


def test_given_a_choice_that_lacks_what_it_needs_then_it_is_said_and_a_click_adds_it(begun) -> None:
    refused = begun.components("crossplane-claims", "spire")

    page = refused.content.decode()
    assert refused.status_code == 422 and "components" not in draft().passed
    assert 'aria-describedby="id_components-help id_components-error"' in page
    assert "Crossplane claims needs Crossplane and External Secrets." in page

    added = begun.components("crossplane-claims", "spire", go="add").content.decode()

    whole = ["crossplane", "crossplane-claims", "external-secrets", "spire"]
    assert ticked(added) == whole and "Add what is missing" not in added
    assert begun.components(*whole).url == begun.url("domain")
    assert draft().values["components"] == whole


def test_given_a_change_while_looking_then_a_fragment_says_what_is_missing(begun) -> None:
    answer = begun.client.post(
        begun.url("components"),
        {"go": "show", "components": ["crossplane-claims", "crossplane"]},
        headers={"HX-Request": "true"},
    ).content.decode()

    assert "<html" not in answer and ticked(answer) == ["crossplane", "crossplane-claims"]
    assert "External Secrets, not chosen" in answer and "Add what is missing" in answer
    assert "components" not in draft().passed


@pytest.mark.parametrize("name", ["minecraft", "cilium", "<script>"])
def test_given_what_is_no_choice_then_it_is_refused_and_not_kept(begun, name: str) -> None:
    answer = begun.components("spire", name)

    assert answer.status_code == 422 and "There is no component" in answer.content.decode()
    assert "<script>minecraft" not in answer.content.decode()
    assert draft().values["components"] == ["spire"]


def test_given_what_was_chosen_then_it_is_there_again_and_a_change_opens_the_step(begun) -> None:
    begun.components("spire")
    assert ticked(begun.client.get(begun.url("components")).content.decode()) == ["spire"]

    begun.components("nats-jetstream", go="back")

    assert "components" not in draft().passed
    assert begun.client.get(begun.url("domain")).url == begun.url("components")


@pytest.mark.parametrize("chosen", [(), ("spire", "external-dns"), tuple(ALL)])
def test_given_a_choice_then_review_shows_it_and_the_module_gets_just_that(
    begun, name, chosen: tuple[str, ...]
) -> None:
    begun.components(*chosen)
    begun.domain(name)

    page = begun.client.get(begun.url("review")).content.decode()
    begun.client.post(begun.url("review"))

    told = re.search(r"<dt>Chosen</dt><dd>(.*?)</dd>", page)
    titles = sorted(kit().components[each].title for each in chosen)
    assert told is not None and told[1] == (", ".join(titles) or "None")
    made = Deployment.objects.get()
    assert made.chosen_components == sorted(chosen)
    # Nothing of a lease or a log is asked here.
    ctx = Context(made, made.runs.get(), None, None, "tofu-plan", None)  # type: ignore[arg-type]
    assert session.variables(ctx)[0]["components"] == sorted(chosen)
