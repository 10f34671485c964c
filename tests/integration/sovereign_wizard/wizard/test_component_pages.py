"""The page of one component, family or App: it can be opened straight, says what is true, acts."""

from __future__ import annotations

from html import unescape

import pytest

from catalyst.blueprints.services import catalogue
from tests.integration.sovereign_wizard.wizard.test_components import acts, said

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("place", ["spire", "family/guardian", "app/wordpress"])
def test_given_a_page_of_one_thing_then_it_can_be_opened_straight_and_acts(begun, place) -> None:
    url = f"{begun.url('components')}{place}/"

    page = begun.client.get(url)

    assert page.status_code == 200
    act = next(each for each in sorted(acts(page.text)) if place.split("/")[-1] in each)
    after = begun.client.post(url, {"act": act})
    assert after.status_code == 200 and said(after.text)
    assert act not in acts(after.text) or act.startswith(("add-family", "remove-family"))


@pytest.mark.parametrize("name", sorted(catalogue().components))
def test_given_any_component_then_it_has_a_page_that_says_what_is_true(begun, name: str) -> None:
    item = catalogue().components[name]

    page = unescape(begun.client.get(f"{begun.url('components')}{name}/").text)

    assert item.title in page and item.summary in page
    assert (item.locked or item.reason or "Chosen") in page
    assert (f"remove:{name}" in acts(page)) is item.optional


@pytest.mark.parametrize("place", ["nothing", "family/nothing", "app/nothing"])
def test_given_what_there_is_not_then_404(begun, place: str) -> None:
    assert begun.client.get(f"{begun.url('components')}{place}/").status_code == 404
