"""The wizard in Chromium: what is looked at while one types, on a phone, in the dark, elsewhere."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.serialization import load_ssh_private_key
from playwright.sync_api import Browser, Page, expect

from catalyst.embedded.demo.path import Cloud
from catalyst.embedded.state import StackState
from sovereign_wizard.preflight.services import CHECKS
from tests.e2e.browser import complaints, log_in, say_who
from tests.e2e.conftest import Console

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.slow, pytest.mark.browser]
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def page(chromium: Browser, state: StackState, console: Console) -> Iterator[Page]:
    """A phone in the dark; a complaint in its console fails the test."""
    context = chromium.new_context(
        base_url=state.web_url, viewport=PHONE, color_scheme="dark", accept_downloads=True
    )
    context.set_default_timeout(20_000)
    opened = context.new_page()
    found = complaints(opened)
    log_in(opened, "/login/", console.email, console.password)
    opened.wait_for_url("**/sovereign/")
    yield opened
    context.close()
    assert not found, found


def fits(page: Page) -> None:
    """Nothing has to be scrolled sideways, and every field has a name."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    unnamed = page.locator("main :is(input, select, textarea):not([type=hidden])").evaluate_all(
        "all => all.filter(one => !one.labels.length && !one.ariaLabel).map(one => one.name)"
    )
    assert unnamed == []


def go_on(page: Page, step: str) -> None:
    page.get_by_role("button", name="Save and continue").click()
    page.wait_for_url(f"**/{step}/")
    fits(page)


def test_given_a_phone_in_the_dark_when_walking_all_steps_then_each_helps_and_nothing_is_lost(
    page: Page, cloud: Cloud, console: Console, chromium: Browser, state: StackState
) -> None:
    say_who(page)
    page.wait_for_url("**/credentials/")
    fits(page)
    token = page.get_by_label("Hetzner API token", exact=True)
    token.fill("y" * 20)
    expect(page.locator("#token-state")).to_contain_text("20 of 64 characters")
    token.fill(cloud.token("phone"))
    expect(page.locator("#token-state")).to_contain_text("Its project is empty")
    page.get_by_label("Hetzner project id").fill("4711")
    page.get_by_role("button", name="Make a pair of keys").click()
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save catalyst.pem").click()
    saved = saving.value
    assert saved.suggested_filename == "catalyst.pem"
    load_ssh_private_key(saved.path().read_bytes(), password=None)
    expect(page.locator("#key-state")).to_contain_text("SHA256:")
    page.reload()  # the private one is gone, the public one stays
    expect(page.get_by_label("Private key")).to_have_count(0)
    expect(page.locator("#key-state")).to_contain_text("SHA256:")
    go_on(page, "provider")

    page.get_by_role("radio", name="Singapore").check()
    expect(page.locator(".world text")).to_have_text("Singapore")
    page.get_by_role("radio", name="Falkenstein").check()
    expect(page.locator(".world text")).to_have_text("Falkenstein")
    page.get_by_role("radio", name=re.compile(r"^cx43\b")).check()
    expect(page.get_by_label("Estimate")).to_contain_text("Control plane cx43")
    page.get_by_role("button", name="One worker more").click()
    expect(page.get_by_label("Workers")).to_have_value("1")
    page.get_by_role("button", name="One worker fewer").click()
    expect(page.get_by_label("Workers")).to_have_value("0")
    fits(page)
    go_on(page, "components")
    go_on(page, "domain")

    # In another browser, in the middle: the list leads to the same question.
    other = chromium.new_context(base_url=state.web_url).new_page()
    log_in(other, "/login/", console.email, console.password)
    other.get_by_role("link", name="Continue where you stopped").first.click()
    other.wait_for_url(page.url)
    name = f"phone-{uuid.uuid4().hex[:8]}"
    other.get_by_label("Name", exact=True).press_sequentially(name)
    expect(other.locator("#availability")).to_contain_text(f"harbor.{name}.omani.works")
    # A question that the network lost is asked again at once, not at the next turn.
    other.route("**/preflight/quota/", lambda route: route.abort("connectionreset"), times=1)
    other.get_by_role("button", name="Save and continue").click()
    other.wait_for_url("**/review/")
    expect(other.locator("#check-quota")).to_contain_text(" ms", timeout=25_000)
    other.context.close()

    # One answer says nothing; it is asked for again half a minute later.
    page.route("**/preflight/token/", lambda route: route.fulfill(status=204), times=1)
    page.clock.install()
    page.goto(page.url.replace("/domain/", "/review/"))
    fits(page)
    expect(page.locator(".check[hx-get]")).to_have_count(1, timeout=60_000)
    page.clock.fast_forward(31_000)
    for check in CHECKS:
        expect(page.locator(f"#check-{check.id}")).to_contain_text(" ms", timeout=60_000)
    expect(page.locator("#check-token")).to_contain_text("Passed")
    expect(page.locator(".checks")).not_to_contain_text("Failed")
    expect(page.locator("main")).to_contain_text("ISO 27001")
