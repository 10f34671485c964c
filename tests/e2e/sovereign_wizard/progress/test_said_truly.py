"""When the cloud or a worker fails, the page says what is true: why, since when, and what next."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from catalyst.embedded.control import Stack
from catalyst.embedded.state import StackState
from tests.e2e.browser import log_in, quiet_page
from tests.e2e.conftest import PATIENCE_SECONDS, Console, stack_process
from tests.integration.sovereign_wizard.preflight.cloud_project import CloudProject

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.slow, pytest.mark.browser]
MILLISECONDS = PATIENCE_SECONDS * 1000
SMALL = {"workerCount": 0, "workerSize": ""}
Wish = Callable[..., dict[str, Any]]
# Everything the page's one sentence ever said, in order.
LISTEN = """() => {
    window.told = [];
    const hear = () => {
        const words = document.getElementById("truth")?.textContent.trim();
        if (words && words !== window.told.at(-1)) window.told.push(words);
    };
    new MutationObserver(hear).observe(document.body, {childList: true, subtree: true});
    hear();
}"""


@pytest.fixture
def page(chromium: Browser, state: StackState, console: Console) -> Iterator[Page]:
    context = chromium.new_context(base_url=state.web_url)
    context.set_default_timeout(20_000)
    with quiet_page(context) as opened:
        log_in(opened, "/login/", console.email, console.password)
        opened.wait_for_url("**/sovereign/")
        yield opened
    context.close()


def said(page: Page, words: str | re.Pattern[str]) -> None:
    expect(page.locator("#truth")).to_contain_text(words, timeout=MILLISECONDS)


def test_given_a_size_that_is_sold_out_then_it_is_named_with_what_there_is_instead(
    page: Page, console: Console, make_wish: Wish
) -> None:
    project = CloudProject.new()
    with project.fault("sold_out", server_type="cx43", location="nbg1"):
        made = console.provision(make_wish(project.token.reveal(), **SMALL))
        page.goto(f"/sovereign/deployments/{made}/")
        said(page, "Stopped in")
    main = page.locator("main")
    expect(main).to_contain_text("cx43 cannot be had in nbg1 now")
    expect(main).to_contain_text("cx43 is in fsn1, hel1")
    expect(page.locator(".phases .failed")).to_have_count(1)
    expect(main).to_contain_text("Retry from “Check the account, the sizes and the name”")
    page.get_by_role("link", name="See what exists and what it costs").click()
    page.get_by_role("button", name="Look again").click()
    expect(main).to_contain_text(re.compile("nothing", re.IGNORECASE))


def test_given_a_quota_that_ends_in_the_middle_then_hetzners_words_and_what_exists(
    page: Page, console: Console, make_wish: Wish
) -> None:
    project = CloudProject.new()
    limit = {"status": 403, "code": "resource_limit_exceeded", "message": "server limit exceeded"}
    match = {"method": "POST", "path": "^/v1/servers$"}
    with project.fault("status", match=match, **limit):
        made = console.provision(make_wish(project.token.reveal(), **SMALL))
        page.goto(f"/sovereign/deployments/{made}/")
        said(page, "Stopped in")
    main = page.locator("main")
    expect(main).to_contain_text("server limit exceeded")
    page.get_by_role("link", name="What exists now").click()
    page.get_by_role("button", name="Look again").click()
    # The network was made before the servers were refused: it is there, and no server is.
    expect(main).to_contain_text("etwork")
    assert project.api("GET", "/servers").json()["servers"] == []
    assert len(project.api("GET", "/networks").json()["networks"]) == 1


def test_given_hetzner_asks_to_wait_then_until_when_and_it_goes_on_by_itself(
    page: Page, console: Console, make_wish: Wish
) -> None:
    project = CloudProject.new()
    with project.fault("rate_limit", times=1):
        made = console.provision(make_wish(project.token.reveal(), approvePlan=True, **SMALL))
        page.goto(f"/sovereign/deployments/{made}/")
        said(page, re.compile(r"waiting for Hetzner until \d\d:\d\d:\d\d UTC", re.IGNORECASE))
        expect(page.locator(".phases .waiting")).to_have_count(1)
    expect(page.locator("#log-lines")).to_contain_text("Reserve the name", timeout=MILLISECONDS)


def test_given_a_worker_killed_in_the_middle_then_never_more_is_said_than_is_so(
    page: Page, console: Console, make_wish: Wish, stack: Stack
) -> None:
    project = CloudProject.new()
    made = console.provision(make_wish(project.token.reveal(), **SMALL))
    page.goto(f"/sovereign/deployments/{made}/")
    page.evaluate(LISTEN)
    expect(page.locator("#log-lines")).to_contain_text("Creating...", timeout=MILLISECONDS)
    os.killpg(os.getpgid(stack_process(stack, "worker")), signal.SIGKILL)
    said(page, "Ready")
    seen = console.deployment(made)
    assert seen["status"] == "ready"
    told: list[str] = page.evaluate("window.told")
    assert not [words for words in told if "Failed" in words]
    assert [words for words in told if words.startswith("Ready")] == told[-1:]
    expect(page.locator("#log-state")).to_contain_text("hash ok")
