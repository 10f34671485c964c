"""Log-in through a real Keycloak in headless Chromium, and the end of a log-in from either side."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from catalyst.embedded.realm.admin import Admin
from catalyst.embedded.state import StackState
from catalyst.eventlog.redaction import forms
from tests.e2e.browser import launched, quiet_page
from tests.e2e.searching import Processes, in_database, in_files
from tests.integration.embedded.running import RunningStack

pytestmark = [pytest.mark.xdist_group("keycloak"), pytest.mark.slow, pytest.mark.browser]


@pytest.fixture
def sso(keycloak: RunningStack) -> StackState:
    return keycloak.state


@pytest.fixture(scope="module")
def browser(keycloak: RunningStack) -> Iterator[Browser]:
    with launched(keycloak.state) as chromium:
        yield chromium


@pytest.fixture
def page(browser: Browser, sso: StackState) -> Iterator[Page]:
    context = browser.new_context(base_url=sso.web_url)
    context.set_default_timeout(20_000)
    with quiet_page(context) as opened:
        yield opened
    context.close()


@pytest.fixture
def somebody(sso: StackState) -> tuple[str, str]:
    email, password = f"{secrets.token_hex(6)}@example.com", secrets.token_urlsafe(18)
    with Admin(sso) as admin:
        admin.add_person(email=email, password=password, roles=["member"])
    return email, password


def log_in(page: Page, somebody: tuple[str, str]) -> None:
    page.goto("/sovereign/")
    page.get_by_role("link", name="Log in with single sign-on").click()
    email, password = somebody
    page.locator("#username").fill(email)
    page.locator("#password").fill(password)
    page.locator("#kc-login").click()


def test_given_a_person_when_they_log_out_at_keycloak_then_the_console_has_forgotten_them(
    page: Page, sso: StackState, somebody: tuple[str, str]
) -> None:
    log_in(page, somebody)
    expect(page).to_have_url(f"{sso.web_url}/sovereign/")
    held = page.context.cookies(sso.web_url or "")

    page.goto(f"{sso.keycloak_url}/realms/catalyst/protocol/openid-connect/logout")
    page.locator("#kc-logout").click()
    expect(page.get_by_role("heading", name="You are logged out")).to_be_visible()

    # Told behind the browser's back, whose cookie is still there.
    assert {cookie["name"] for cookie in held} >= {"session"}
    page.goto("/sovereign/")
    expect(page).to_have_url(f"{sso.web_url}/login/?next=/sovereign/")


def test_given_a_person_when_they_log_out_of_the_console_then_keycloak_asks_for_a_password_again(
    page: Page, sso: StackState, somebody: tuple[str, str]
) -> None:
    log_in(page, somebody)
    expect(page).to_have_url(f"{sso.web_url}/sovereign/")

    page.get_by_label(f"Account of {somebody[0]}").click()
    page.get_by_role("button", name="Log out").click()
    page.locator("#kc-logout").click()  # asked, since no ID token is in the address as a hint
    expect(page).to_have_url(f"{sso.web_url}/login/?next=/home/")

    page.goto("/sovereign/")
    page.get_by_role("link", name="Log in with single sign-on").click()
    expect(page.locator("#password")).to_be_visible()


def test_given_a_person_logged_in_when_everything_is_searched_then_their_password_is_nowhere(
    page: Page, sso: StackState, somebody: tuple[str, str]
) -> None:
    log_in(page, somebody)
    expect(page).to_have_url(f"{sso.web_url}/sovereign/")
    needles = {form.encode() for form in forms(somebody[1])}
    processes = Processes(needles, sso.state_dir)
    processes.look()
    assert b"java" in processes.seen
    assert not processes.told and not processes.given
    assert not list(in_files(needles, sso.state_dir))
    assert not list(in_database(sso.postgres_url or "", needles))
    storage = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    held = storage + str(page.context.cookies()) + page.content()
    assert not any(form in held for form in forms(somebody[1]))
