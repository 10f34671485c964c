"""The whole path in headless Chromium: log in, wizard, live log, the Sovereign, voucher, redeem."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from catalyst.embedded.demo.path import CODE, Cloud
from catalyst.embedded.state import StackState
from tests.e2e.browser import complaints, let_checks_end, log_in, prove_again, quiet_page, say_who
from tests.e2e.conftest import PATIENCE_SECONDS, Console, ssh_public_key

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.slow, pytest.mark.browser]
MILLISECONDS = PATIENCE_SECONDS * 1000


@pytest.fixture
def page(chromium: Browser, state: StackState) -> Iterator[Page]:
    """A page that fails the test on any error in the browser's console."""
    context = chromium.new_context(base_url=state.web_url, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    with quiet_page(context) as opened:
        yield opened
    context.close()


def fill_credentials(page: Page, token: str) -> None:
    page.get_by_label("Hetzner API token", exact=True).fill(token)
    page.get_by_label("Hetzner project id").fill("4711")
    page.get_by_label("SSH public key").fill(ssh_public_key())
    page.get_by_role("button", name="Save and continue").click()


def choose_sizes(page: Page) -> None:
    page.get_by_role("radio", name="Falkenstein").check()
    page.get_by_role("radio", name=re.compile(r"^cx43\b")).check()
    page.get_by_role("button", name="Save and continue").click()


def choose_components(page: Page) -> None:
    """Without one that another needs: both are named and kept; one that nothing needs just goes."""
    page.get_by_role("button", name="Remove Crossplane", exact=True).click()
    asked = page.get_by_role("alertdialog")
    expect(asked).to_contain_text("Crossplane claims")
    expect(asked).to_be_focused()
    asked.get_by_role("link", name="Keep them").click()
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    page.get_by_role("button", name="Remove NATS JetStream").press("Enter")
    expect(page.locator("#said")).to_contain_text("NATS JetStream was removed.")
    expect(page.get_by_role("button", name="Add NATS JetStream")).to_be_focused()
    page.get_by_role("button", name="Save and continue").click()


def walk_wizard(page: Page, token: str, name: str, *, scripts: bool) -> None:
    say_who(page)
    fill_credentials(page, token)
    choose_sizes(page)
    choose_components(page)
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Save and continue").click()
    left_out = page.locator("dt", has_text="Left out").locator("xpath=following-sibling::dd")
    expect(left_out).to_have_text("NATS JetStream")
    if scripts:
        let_checks_end(page)
    page.get_by_role("button", name=f"Provision {name}.omani.works").click()


def test_given_a_person_when_walking_from_log_in_to_redeem_then_an_organization_exists(
    page: Page, cloud: Cloud, console: Console, state: StackState, chromium: Browser
) -> None:
    name = f"browser-{uuid.uuid4().hex[:8]}"
    fqdn = f"{name}.omani.works"
    log_in(page, "/login/", console.email, console.password)
    walk_wizard(page, cloud.token("browser"), name, scripts=True)

    log = page.locator("#log-lines")
    expect(log).to_contain_text(f"{fqdn} was accepted")
    expect(log).to_contain_text("hcloud_server.control_plane: Creat", timeout=MILLISECONDS)
    expect(page.locator("#truth")).to_contain_text("Ready", timeout=MILLISECONDS)
    expect(page.locator("#log-state")).to_contain_text("complete")
    prove_again(page, console.password)
    page.get_by_role("button", name="Show the first admin’s one-time code").click()
    code = page.locator("[data-secret]").inner_text()

    log_in(page, f"https://console.{fqdn}/login/", "admin@telecom.example", code)
    page.get_by_label("New password").fill("a very long pass phrase")
    page.get_by_label("The same again").fill("a very long pass phrase")
    page.get_by_role("button", name="Set").click()
    sections = page.get_by_role("navigation", name="Back office")
    sections.get_by_role("link", name="Vouchers", exact=True).click()
    page.get_by_label("Credit").fill("100.000")
    page.get_by_role("button", name="Issue voucher").click()
    shown = CODE.search(page.locator("main").inner_text())
    assert shown is not None

    # A customer in another browser, with nothing but the code.
    customer = chromium.new_context().new_page()
    customer.goto(f"https://{fqdn}/redeem?code={shown[0]}")
    assert "code=" not in customer.url
    customer.get_by_label("E-mail").fill("buyer@example.com")
    customer.get_by_label("Organization", exact=False).first.fill("Muscat Pharmacy")
    customer.get_by_role("button", name="Redeem").click()
    expect(customer.locator("main")).to_contain_text("Muscat Pharmacy")
    expect(customer.locator("main")).to_contain_text("OMR 100.000")
    customer.context.close()


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("short", "64 letters and digits"),
        ("x" * 64, "Hetzner does not know this token"),
    ],
)
def test_given_a_wrong_token_when_continuing_then_said_beside_the_field_and_the_rest_is_kept(
    page: Page, console: Console, token: str, words: str
) -> None:
    log_in(page, "/login/", console.email, console.password)
    say_who(page)
    fill_credentials(page, token)

    field = page.get_by_label("Hetzner API token", exact=True)
    described_by = (field.get_attribute("aria-describedby") or "").split()
    said = " ".join(page.locator(f"#{part}").inner_text() for part in described_by)
    assert words in said
    assert field.input_value() == "", "the token came back to the browser"
    expect(page.get_by_label("Hetzner project id")).to_have_value("4711")
    assert page.get_by_label("SSH public key").input_value().startswith("ssh-ed25519 ")


def test_given_no_javascript_when_walking_the_wizard_then_it_works(
    chromium: Browser, cloud: Cloud, console: Console, state: StackState
) -> None:
    context = chromium.new_context(base_url=state.web_url, java_script_enabled=False)
    page = context.new_page()
    name = f"plain-{uuid.uuid4().hex[:8]}"
    log_in(page, "/login/", console.email, console.password)
    walk_wizard(page, cloud.token("plain"), name, scripts=False)

    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{name}.omani.works")
    page.get_by_role("link", name="Read the newest lines").click()
    expect(page.locator("li#L1")).to_contain_text("was accepted")
    context.close()


def test_given_a_taken_name_when_typed_then_said_at_once_with_suggestions(
    page: Page, cloud: Cloud, console: Console
) -> None:
    log_in(page, "/login/", console.email, console.password)
    say_who(page)
    fill_credentials(page, cloud.token("names"))
    choose_sizes(page)
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_label("Name", exact=True).press_sequentially("console")

    expect(page.locator("main")).to_contain_text("cannot be taken")
    expect(page.locator("main")).to_contain_text("Free now")


def test_given_a_script_that_breaks_when_the_page_is_watched_then_it_is_told(
    chromium: Browser,
) -> None:
    opened = chromium.new_page()
    found = complaints(opened)
    with opened.expect_event("pageerror"):
        opened.evaluate("() => { setTimeout(() => { throw new Error('it broke') }) }")
    assert found == ["it broke"]
    opened.close()
