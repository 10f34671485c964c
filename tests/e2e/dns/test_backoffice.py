"""An operator at the pages of names in headless Chromium, and by keyboard without a script."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from catalyst.embedded.state import StackState
from tests.e2e.browser import complaints, log_in
from tests.e2e.conftest import Console
from tests.e2e.test_without_javascript import press, tab_to

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.slow, pytest.mark.browser]
POOL = "omani.works"
Open = Callable[..., Page]


@pytest.fixture
def operator(state: StackState) -> Console:
    return Console(state, ("catalyst-operator",))


@pytest.fixture
def open_page(chromium: Browser, state: StackState, operator: Console) -> Iterator[Open]:
    """A page of the operator's; an error in its console fails the test."""
    contexts, told = [], []

    def make(**options: object) -> Page:
        context = chromium.new_context(base_url=state.web_url, **options)
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        told.append(complaints(page))
        log_in(page, "/login/", operator.email, operator.password)
        return page

    yield make
    for context in contexts:
        context.close()
    assert not any(told), told


def wide(page: Page) -> int:
    """Pixels by which the page is wider than the screen."""
    found: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return found


def test_given_an_operator_when_looking_after_a_name_then_every_page_tells_and_acts(
    open_page: Open, state: StackState
) -> None:
    name = f"shown-{uuid.uuid4().hex[:8]}"
    page = open_page(viewport={"width": 1280, "height": 900})

    # Tried out: the plan comes without a new page, and nothing of it stays.
    page.goto("/domains/dry-run/")
    page.get_by_label("Name", exact=True).fill("api")
    page.get_by_role("button", name="Show the plan").click()
    expect(page.locator("#id_label-error")).to_contain_text("cannot be taken")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Show the plan").click()
    expect(page.locator("#rrsets-title + span")).to_contain_text("record sets")

    # A token is made, shown once, and takes the name.
    page.goto("/domains/tokens/new/")
    page.get_by_label("Program").fill("browser-test")
    for scope in ("reserve", "list"):
        page.get_by_role("checkbox", name=re.compile(rf"^{scope}\b")).check()
    page.get_by_role("button", name="Make the token").click()
    token = page.locator("#service-token").inner_text()
    answer = httpx.post(
        f"{state.web_url}/api/v1/pool/{POOL}/reserve",
        json={"subdomain": name},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 201, answer.text

    # Found while typing; the address can be sent to a colleague.
    page.goto("/domains/")
    page.get_by_label("Name, owner, address or id").press_sequentially(name)
    found = page.locator("#names").get_by_role("link", name=f"{name}.{POOL}")
    expect(page.locator("#names tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(rf"q={name}"))
    found.click()
    expect(page.locator(".history")).to_contain_text("for service:browser-test")
    page.get_by_role("link", name="Zone and keys").click()
    expect(page.get_by_role("heading", name="DNSSEC keys")).to_be_visible()

    page.goto("/domains/pools/")
    expect(page.get_by_role("row", name=POOL)).to_contain_text("Delegated")
    expect(page.get_by_role("row", name=POOL)).to_contain_text("Signed")

    # Another person's page has the look a worker makes, by itself.
    page.goto("/domains/drift/")
    page.get_by_role("button", name="Look now").click()
    expect(page.locator("#drift [hx-trigger]").or_(page.locator("#report-title"))).to_be_visible()
    expect(page.locator("#report-title")).to_contain_text("finding", timeout=60_000)


def test_given_a_small_screen_when_each_page_is_opened_then_nothing_is_wider_than_it(
    open_page: Open,
) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    for path in ("", "pools/", f"pools/{POOL}/", "drift/", "quarantine/", "reserved/",
                 "reserved/api/", "tokens/", "tokens/new/", "dry-run/", "?q=nobody"):  # fmt: skip
        page.goto(f"/domains/{path}")
        assert wide(page) <= 0, path


def test_given_no_script_when_a_word_is_reserved_and_freed_by_keyboard_then_done(
    open_page: Open,
) -> None:
    word = f"w{uuid.uuid4().hex[:10]}"
    page = open_page(java_script_enabled=False)
    page.goto("/domains/reserved/")
    tab_to(page, "Word or pattern")
    page.keyboard.type(word)
    page.keyboard.press("Enter")
    expect(page.locator("#id_reason-error")).to_contain_text("Say why")
    expect(page.get_by_label("Word or pattern")).to_have_value(word)
    tab_to(page, "Reason")
    page.keyboard.type("a test wants it")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text(f"Nobody can take “{word}” any more")

    page.goto(f"/domains/reserved/{word}/")
    press(page, f"Free “{word}”")
    expect(page.locator("main")).to_contain_text(f"Anybody may take “{word}” now")
