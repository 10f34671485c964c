"""The three modes of the domain step and the panel of a domain on its way, in headless Chromium: by
mouse with script, by keyboard without; wide and at 390 pixels; at emulated registrars."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from catalyst.embedded.demo.path import Cloud
from catalyst.embedded.state import StackState
from tests.e2e.browser import let_checks_end, log_in, quiet_page, say_who
from tests.e2e.conftest import Console, phase
from tests.e2e.dns.test_backoffice import wide
from tests.e2e.test_browser import choose_sizes, fill_credentials
from tests.e2e.test_without_javascript import press, tab_to
from tests.integration.dns.registrars.stage import OURS, Customer, Stage
from tests.integration.internet.running import until

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.slow, pytest.mark.browser]
PATIENCE = 30_000


@pytest.fixture(scope="module")
def stage(state: StackState) -> Iterator[Stage]:
    stage = Stage(state)
    yield stage
    stage.http.close()


@pytest.fixture(scope="module")
def member(state: StackState) -> Console:
    return Console(state, ("member",))


@pytest.fixture(scope="module")
def session(chromium: Browser, state: StackState, member: Console) -> Iterator[BrowserContext]:
    """One log-in for all pages with script."""
    context = chromium.new_context(base_url=state.web_url, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    log_in(page, "/login/", member.email, member.password)
    page.close()
    yield context
    context.close()


@pytest.fixture
def page(session: BrowserContext) -> Iterator[Page]:
    with quiet_page(session) as opened:
        yield opened


@pytest.fixture
def plain(chromium: Browser, state: StackState, session: BrowserContext) -> Iterator[Page]:
    """The same person on a small, dark screen in a browser that runs no script."""
    context = chromium.new_context(
        base_url=state.web_url,
        viewport={"width": 390, "height": 844},
        color_scheme="dark",
        java_script_enabled=False,
        storage_state=session.storage_state(),
    )
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def to_the_domain(page: Page, cloud: Cloud) -> None:
    say_who(page)
    fill_credentials(page, cloud.token("own-domain"))
    choose_sizes(page)
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_test_id("domain-mode-pool")).to_be_checked()


def deployment_id(page: Page) -> str:
    return page.url.rstrip("/").rsplit("/", 1)[-1]


def test_w26_given_each_mode_when_chosen_then_its_fields_show_and_the_registrar_moves_the_domain(
    page: Page, stage: Stage, cloud: Cloud, member: Console
) -> None:
    customer = stage.customer("dynadot-rest", hosted=True, more={"ttl": 1})
    to_the_domain(page, cloud)

    # Another mode shows its own fields and hides the others, without asking anybody.
    name, own = page.get_by_test_id("pool-subdomain-input"), page.get_by_test_id("byo-domain-input")
    by_hand, key = page.get_by_test_id("byo-ns-instructions"), page.locator("#id_dynadot-key")
    expect(name).to_be_visible()
    expect(own).to_be_hidden()
    page.get_by_test_id("domain-mode-byo-manual").check()
    expect(name).to_be_hidden()
    expect(by_hand.locator("code")).to_have_text(list(OURS))
    page.get_by_test_id("domain-mode-byo-api").check()
    expect(by_hand).to_be_hidden()
    expect(key).to_be_hidden()
    page.get_by_test_id("byo-api-registrar-namecheap").check()
    expect(page.get_by_test_id("byo-api-egress")).to_be_visible()
    page.get_by_test_id("byo-api-registrar-dynadot").check()
    expect(key).to_be_visible()

    # A refusal leaves what was typed; a yes says what will change.
    own.fill(customer.name)
    key.fill("wrong")
    page.locator("#id_dynadot-secret").fill("wrong")
    page.get_by_test_id("byo-api-validate").click()
    expect(page.get_by_test_id("byo-api-error")).to_contain_text("does not know these credentials")
    expect(key).to_have_value("wrong")
    for field, text in customer.fields.items():
        page.locator(f"#id_dynadot-{field}").fill(text)
    page.get_by_test_id("byo-api-validate").click()
    expect(page.get_by_test_id("byo-api-valid")).to_contain_text("Dynadot says yes")
    expect(page.get_by_test_id("domain-preview")).to_have_text(f"console.{customer.name}")
    page.get_by_role("button", name="Save and continue").click()
    expect(page.locator("main")).to_contain_text("moved through its registrar: Dynadot")
    assert not [text for text in customer.fields.values() if text in page.content()]
    let_checks_end(page)
    page.get_by_role("button", name=f"Provision {customer.name}").click()

    # The registrar is told, the world looked at, and the Deployment goes on by itself.
    panel = page.get_by_test_id("byo-panel")
    expect(panel).to_have_attribute("data-state", "propagating", timeout=PATIENCE)
    expect(page.locator("#truth")).to_be_visible()
    assert stage.domain(customer)["nameservers"] == list(OURS)
    follow(page)
    here = deployment_id(page)
    member.until(here, lambda seen: phase(seen, "tofu-init")["state"] == "done")
    assert member.deployment(here)["sovereignDomainMode"] == "byo-api"
    member.post(f"/deployments/{here}/cancel")


def test_w26_given_no_script_when_moved_by_keyboard_on_a_small_screen_then_the_domain_comes(
    plain: Page, stage: Stage, cloud: Cloud, member: Console
) -> None:
    customer = stage.customer("godaddy-v1", hosted=True, more={"ttl": 1})
    to_the_domain(plain, cloud)
    plain.get_by_test_id("domain-mode-pool").focus()
    plain.keyboard.press("ArrowDown")
    expect(plain.get_by_test_id("domain-mode-byo-manual")).to_be_checked()
    assert wide(plain) <= 0
    tab_to(plain, "Your domain")
    plain.keyboard.type("not a domain")
    press(plain, "Check")
    expect(plain.locator("#id_own_domain-error")).to_contain_text("domain name such as")
    assert wide(plain) <= 0
    tab_to(plain, "Your domain")
    plain.keyboard.press("Control+A")
    plain.keyboard.type(customer.name)
    press(plain, "Save and continue")
    press(plain, f"Provision {customer.name}")
    expect(plain).to_have_url(re.compile("/deployments/"))

    home = plain.url
    shows(plain, plain.get_by_test_id("byo-do-txt"))
    shows(plain, plain.get_by_text("Waits for the domain"))
    assert wide(plain) <= 0
    prove(plain, stage, customer)
    press(plain, "Check now")
    expect(plain).to_have_url(home)
    shows(plain, plain.get_by_test_id("byo-do-ns"))
    shows(plain, plain.get_by_text("Waits for the delegation"))
    assert wide(plain) <= 0

    # The old name servers come back only for who types the name.
    press(plain, "Bring the old name servers back")
    expect(plain.get_by_role("heading", level=1)).to_contain_text("Bring the old name servers")
    assert wide(plain) <= 0
    tab_to(plain, "Type the domain")
    plain.keyboard.type("another.com")
    plain.keyboard.press("Enter")
    expect(plain.locator("#id_confirm-error")).to_contain_text(customer.name)
    plain.goto(home)

    stage.change(customer, nameservers=list(OURS))
    follow(plain)
    member.until(deployment_id(plain), lambda seen: phase(seen, "tofu-init")["state"] == "done")
    member.post(f"/deployments/{deployment_id(plain)}/cancel")
    plain.goto("/own-domains/")
    expect(plain.get_by_role("row", name=customer.name)).to_contain_text("Delegated")
    assert wide(plain) <= 0


def test_given_somebody_elses_domain_then_it_does_not_exist_for_me(
    page: Page, member: Console
) -> None:
    answer = page.goto(f"/own-domains/{uuid.uuid4()}/")
    assert answer is not None and answer.status == 404


def follow(page: Page) -> None:
    """Press Check now until the domain is delegated; each look is one round of the world."""

    def delegated() -> bool:
        page.reload()
        panel = page.get_by_test_id("byo-panel")
        if re.fullmatch("delegated|active", panel.get_attribute("data-state") or ""):
            return True
        check_now(page)
        return False

    until(delegated)


def check_now(page: Page) -> None:
    """The button posts and leads back here; to load the page before that is to lose it."""
    with page.expect_navigation():
        page.get_by_test_id("byo-check-now").click()


def shows(page: Page, wanted: Locator) -> None:
    """Load the page again until it shows this; without script it does not change by itself."""

    def there() -> bool:
        page.reload()
        return wanted.count() > 0

    until(there)


def prove(page: Page, stage: Stage, customer: Customer) -> None:
    """The customer adds the TXT record that the panel asks for."""
    name, value = page.get_by_test_id("byo-do-txt").locator("code").all_inner_texts()
    stage.prove(customer, (name, value))
