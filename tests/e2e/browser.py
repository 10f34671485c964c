"""Headless Chromium on the running stack, and what a person does at any of its pages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

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
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda line: found.append(line.text) if refused(line) else None)
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
    return bool(line.type == "error" and "Failed to load resource" not in line.text)


def log_in(page: Page, address: str, email: str, password: str) -> None:
    page.goto(address)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password or one-time code").fill(password)
    page.get_by_role("button", name="Log in").click()
