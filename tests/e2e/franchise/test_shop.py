"""The shop in Chromium, to the checkout: with scripts, without, and in Arabic."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from catalyst.embedded.state import StackState
from tests.e2e.browser import log_in, quiet_page
from tests.e2e.conftest import Console
from tests.e2e.every_page.album import too_wide

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.slow, pytest.mark.browser]
Open = Callable[..., Page]


@pytest.fixture
def shop(chromium: Browser, state: StackState) -> Iterator[Open]:
    """A browser of its own; an error in its console fails the test."""
    opened: list[Any] = []

    def make(**options: Any) -> Page:
        context = chromium.new_context(base_url=state.web_url, **options)
        context.set_default_timeout(20_000)
        keeper = quiet_page(context)
        opened.append((keeper, context))
        return keeper.__enter__()

    yield make
    for keeper, context in opened:
        keeper.__exit__(None, None, None)
        context.close()


def test_given_scripts_when_choosing_then_the_sum_follows_each_click_and_the_page_stays(
    shop: Open,
) -> None:
    page = shop()
    page.goto("/plans")
    page.get_by_role("button", name="Choose L", exact=True).click()
    expect(page.get_by_label("Sum")).to_contain_text("OMR 16.000")
    assert page.url.endswith("/plans")
    page.get_by_role("link", name="On to the Apps").click()
    page.get_by_role("button", name="Add Gitea").click()
    expect(page.locator("#said")).to_contain_text("Gitea is added.")
    expect(page.get_by_label("Sum")).to_contain_text("Gitea")
    page.get_by_role("link", name="On to the add-ons").click()
    expect(page.locator("main")).to_contain_text("PostgreSQL")
    page.get_by_label("Short name").press_sequentially("a--b")
    expect(page.locator("#free-name")).to_contain_text("single hyphens")
    page.get_by_label("Short name").fill("")
    page.get_by_label("Name of your Organization").fill("Blue Fish")
    page.get_by_role("button", name="On to the review").click()
    expect(page.locator("main")).to_contain_text("Blue Fish")
    page.get_by_role("button", name="S OMR 5.000").click()
    expect(page.get_by_label("Sum")).to_contain_text("OMR 5.000")
    assert not too_wide(page)


def test_given_no_script_when_choosing_and_logging_in_then_all_of_it_is_at_the_checkout(
    shop: Open, state: StackState
) -> None:
    customer = Console(state, ("member",))
    page = shop(java_script_enabled=False)
    page.goto("/plans")
    page.get_by_role("button", name="Choose XL", exact=True).click()
    page.goto("/apps")
    page.get_by_role("button", name="Add Gitea").click()
    expect(page.locator("main")).to_contain_text("Gitea is added.")
    page.goto("/checkout")
    page.get_by_role("link", name="Log in or sign up").click()
    log_in(page, page.url, customer.email, customer.password)
    expect(page).to_have_url(f"{state.web_url}/checkout")
    expect(page.get_by_label("Sum").first).to_contain_text("OMR 30.000")
    expect(page.get_by_label("Sum").first).to_contain_text("Gitea")
    # Back and forth loses nothing either.
    page.go_back()
    page.goto("/review")
    expect(page.get_by_role("button", name="Take out Gitea")).to_be_visible()


def test_given_arabic_and_a_phone_when_looked_at_then_right_to_left_and_it_fits(
    shop: Open,
) -> None:
    page = shop(locale="ar", viewport={"width": 390, "height": 844})
    for place in ("/plans", "/apps", "/addons", "/review", "/checkout", "/redeem"):
        page.goto(place)
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        assert not too_wide(page), place
