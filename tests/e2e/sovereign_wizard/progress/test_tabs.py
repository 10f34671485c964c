"""Every page of a Deployment without JavaScript and by keyboard; with it, each follows the run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from catalyst.embedded.demo.path import Cloud
from catalyst.embedded.state import StackState
from tests.e2e.browser import complaints, log_in
from tests.e2e.conftest import PATIENCE_SECONDS, Console

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.slow, pytest.mark.browser]
MILLISECONDS = PATIENCE_SECONDS * 1000
MOST_STOPS = 60
TABS = {
    "Jobs": "jobs",
    "Timeline": "timeline",
    "Flow": "flow",
    "What exists": "infrastructure",
    "Domain": "domain",
    "Handover": "handover",
}


@pytest.fixture
def context(chromium: Browser, state: StackState, request) -> Iterator[BrowserContext]:  # type: ignore[no-untyped-def]
    script = getattr(request, "param", True)
    made = chromium.new_context(base_url=state.web_url, java_script_enabled=script)
    made.set_default_timeout(20_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def tab_to(page: Page, words: str) -> None:
    """Press Tab until the focus is on what is called so, as somebody without a mouse does."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and words in (focused.get_attribute("aria-label") or ""):
            return
        if focused.count() and " ".join((focused.text_content() or "").split()) == words:
            return
    pytest.fail(f"the keyboard does not reach “{words}” on {page.url}")


@pytest.mark.parametrize("context", [False], indirect=True)
def test_given_no_javascript_when_walking_all_tabs_by_keyboard_then_each_is_there(
    page: Page, cloud: Cloud, console: Console, make_wish: Callable[..., dict[str, Any]]
) -> None:
    deployment_id = console.provision(
        make_wish(cloud.token("tabs"), workerCount=0, workerSize="", approvePlan=True)
    )
    console.until(deployment_id, lambda seen: bool(seen["status"] == "waiting"))
    home = f"/sovereign/deployments/{deployment_id}/"
    log_in(page, "/login/", console.email, console.password)
    page.goto(home)

    for words, name in TABS.items():
        tab_to(page, words)
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{home}{name}/")
        expect(page.locator(".tabs-line [aria-current=page]")).to_have_text(words)
        expect(page.locator("main h2").first).to_be_visible()

    # A node of the graph is a link like any other, and its page leads on.
    page.goto(f"{home}flow/")
    tab_to(page, "Check the account, the sizes and the name")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{home}jobs/preflight-1/")
    expect(page.locator(".said li").first).to_be_visible()

    # The table is asked without a script.
    page.goto(f"{home}jobs/")
    page.get_by_label(re.compile("^State")).select_option("done")
    page.get_by_role("button", name="Find").press("Enter")
    expect(page.locator("#jobs-title")).to_contain_text(re.compile(r"\d+ of \d+ jobs"))


def test_w27_given_a_run_when_it_goes_on_then_pages_follow_and_the_tab_notifies_if_asked(
    context: BrowserContext, page: Page, cloud: Cloud, console: Console,
    make_wish: Callable[..., dict[str, Any]],
) -> None:  # fmt: skip
    wrong = complaints(page)
    # What the browser would show; whether it shows it is the system's business.
    context.grant_permissions(["notifications"])
    page.add_init_script(
        "window.shown = []; const real = Notification;"
        "window.Notification = class extends EventTarget {"
        " static get permission() { return real.permission; }"
        " static requestPermission() { return real.requestPermission(); }"
        " constructor(title) { super(); window.shown.push(title); } close() {} };"
    )
    log_in(page, "/login/", console.email, console.password)
    deployment_id = console.provision(
        make_wish(cloud.token("follow"), workerCount=0, workerSize="", approvePlan=True)
    )
    home = f"/sovereign/deployments/{deployment_id}/"
    jobs = context.new_page()
    jobs.goto(f"{home}jobs/")
    page.goto(home)
    page.get_by_role("button", name="Notify me here").click()
    expect(page.get_by_role("button", name="Stop notifying me here")).to_be_visible()
    console.until(deployment_id, lambda seen: bool(seen["status"] == "waiting"))

    expect(page.locator(".how-far progress")).to_have_attribute(
        "value", re.compile("[1-9]"), timeout=MILLISECONDS
    )
    expect(jobs.locator("#job-tofu-plan-1")).to_contain_text("Done", timeout=MILLISECONDS)
    expect(page.locator("#truth")).to_contain_text("approval", timeout=MILLISECONDS)
    page.wait_for_function("window.shown.length > 0", timeout=MILLISECONDS)
    console.post(f"/deployments/{deployment_id}/cancel")
    expect(page.locator("#truth")).to_contain_text("Cancelled", timeout=MILLISECONDS)
    page.wait_for_function("window.shown.length > 1", timeout=MILLISECONDS)

    assert [title.partition(":")[0] for title in page.evaluate("window.shown")] == [
        "Waiting",
        "Cancelled",
    ]
    assert wrong == []
