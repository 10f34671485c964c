"""Approve, cancel, retry and destroy by keyboard alone, in a browser that runs no script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from catalyst.embedded.demo.path import Cloud
from catalyst.embedded.state import StackState
from tests.e2e.browser import log_in
from tests.e2e.conftest import Console, phase

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.slow, pytest.mark.browser]
MOST_STOPS = 60


@pytest.fixture
def page(chromium: Browser, state: StackState) -> Iterator[Page]:
    context = chromium.new_context(base_url=state.web_url, java_script_enabled=False)
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def tab_to(page: Page, words: str) -> None:
    """Press Tab until the focus is on what is called so, as somebody without a mouse does."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        # Read at once: what had the focus may go with its page while the next one comes.
        text = " ".join(" ".join(focused.all_inner_texts()).split())
        if words in text or page.get_by_label(words, exact=False).and_(focused).count():
            return
    pytest.fail(f"the keyboard does not reach “{words}” on {page.url}")


def press(page: Page, words: str) -> None:
    """What leads to another page, or to this one again with an answer; returns when it is there."""
    tab_to(page, words)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def is_state(wanted: str) -> Callable[[dict[str, Any]], bool]:
    return lambda seen: bool(seen["status"] == wanted)


def waits_for_approval(seen: dict[str, Any]) -> bool:
    return phase(seen, "approve")["state"] == "waiting"


def test_given_no_javascript_when_approving_cancelling_retrying_destroying_by_keyboard_then_done(
    page: Page, cloud: Cloud, console: Console, make_wish: Callable[..., dict[str, Any]]
) -> None:
    token = cloud.token("keyboard")
    wish = make_wish(token, workerCount=0, workerSize="", approvePlan=True)
    deployment_id = console.provision(wish)
    fqdn = f"{wish['sovereignSubdomain']}.{wish['sovereignPoolDomain']}"
    home = f"/sovereign/deployments/{deployment_id}/"
    log_in(page, "/login/", console.email, console.password)

    console.until(deployment_id, waits_for_approval)
    page.goto(home)
    press(page, "Read the plan")
    expect(page.get_by_role("heading", level=1)).to_contain_text("The plan for")
    press(page, "Approve this plan")
    expect(page).to_have_url(home)
    assert console.deployment(deployment_id)["plan"]["approvedBy"] == console.email

    console.until(deployment_id, lambda seen: phase(seen, "tofu-apply")["state"] == "running")
    page.goto(home)
    press(page, "Cancel this run")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cancel making")
    press(page, "Cancel this run")
    expect(page).to_have_url(home)
    console.until(deployment_id, is_state("cancelled"))

    page.goto(f"{home}retry/")
    press(page, "Retry from")
    expect(page).to_have_url(home)
    assert console.deployment(deployment_id)["run"] == 2

    # What is left to make needs an approval of its own; here a person thinks better of it.
    console.until(deployment_id, waits_for_approval)
    page.goto(f"{home}approve/")
    press(page, "Cancel this run…")
    press(page, "Cancel this run")
    console.until(deployment_id, is_state("cancelled"))

    page.goto(home)
    press(page, "Destroy…")
    tab_to(page, "Type the Sovereign’s full name")
    page.keyboard.type("another.example")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text(f"This is not {fqdn}. Nothing was done.")
    tab_to(page, "Type the Sovereign’s full name")
    page.keyboard.press("Control+A")
    page.keyboard.type(fqdn)
    press(page, f"Destroy {fqdn}")
    expect(page).to_have_url(home)
    console.until(deployment_id, is_state("destroyed"))
    page.goto(home)
    expect(page.locator("#truth")).to_contain_text("Destroyed: nothing of it is left")
