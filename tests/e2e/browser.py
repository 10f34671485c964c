"""Headless Chromium on the running stack, and what a person does at any of its pages."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from catalyst.embedded.state import StackState

# Chromium reads its trust from the NSS database under HOME and reaches names by the local proxy.
FLAGS = ["--disable-gpu", "--disable-quic", "--disable-background-networking", "--no-first-run"]


@contextmanager
def launched(state: StackState) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS,
            env={**os.environ, "HOME": str(state.chromium_home)},
            proxy={"server": state.proxy_url, "bypass": "127.0.0.1"} if state.proxy_url else None,
        )
        yield browser
        browser.close()


def complaints(page: Page) -> list[str]:
    """Any error in the browser's console from now on; a test fails on one."""
    found: list[str] = []

    def heard(line: Any) -> None:
        if line.text.endswith("net::ERR_NETWORK_CHANGED"):
            # A test beside this one gave the computer an address: what waits for a connection is
            # sent back, of which HTMX complains first. The page asks again.
            if sent_back := [text for text in found if text.startswith("htmx:sendError")]:
                found.remove(sent_back[-1])
        elif refused(line):
            found.append(line.text)

    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", heard)
    return found


@contextmanager
def quiet_page(context: BrowserContext) -> Iterator[Page]:
    """A page of it; an error in the browser's console fails the test at its end."""
    opened = context.new_page()
    found = complaints(opened)
    yield opened
    opened.close()
    assert not found, found


def refused(line: Any) -> bool:
    """Content the policy refused, or a script of ours that broke; answers with 4xx are tested."""
    left = line.text.startswith(("htmx:sendAbort", "htmx:afterRequest"))  # asked, and gone before
    answered = line.text.startswith("Failed to load resource: the server responded")
    return bool(line.type == "error" and not answered and not left)


def prove_again(page: Page, password: str) -> None:
    """Confirm who one is and be back at this page: on a slow machine the log-in is long ago."""
    back = urlsplit(page.url).path
    page.goto(f"/account/confirm/?next={back}")
    page.get_by_label("Your password").fill(password)
    page.get_by_role("button", name="Confirm").click()


def log_in(page: Page, address: str, email: str, password: str) -> None:
    """Ends at the page it leads to: Chromium never ends the closing of one that is on its way."""
    page.goto(address)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password or one-time code").fill(password)
    with page.expect_navigation():
        page.get_by_role("button", name="Log in").click()


def let_checks_end(page: Page) -> None:
    """On the review, with scripts: a check that is left alone in its asking complains."""
    expect(page.locator("li.check[hx-get]")).to_have_count(0, timeout=60_000)


def say_who(page: Page) -> None:
    """Who runs it, and how it is built."""
    page.goto("/sovereign/new/")
    page.get_by_label("Organization", exact=True).fill("Example Telecom")
    page.get_by_label("Owner’s e-mail").fill("admin@telecom.example")
    page.get_by_label("Industry").select_option("Telecommunications")
    page.get_by_role("checkbox", name="ISO 27001").check()
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_role("radio", name=re.compile("^Solo")).check()
    page.get_by_role("button", name="Save and continue").click()
