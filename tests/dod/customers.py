"""Steps 11–13: a customer with nothing but a code comes to an App that answers."""

from __future__ import annotations

import re
import time
from typing import Any

import httpx
from playwright.sync_api import expect

from tests.dod import looking
from tests.dod.evidence import Seen
from tests.dod.walk import APP, NotDone, Walk, fits_all, kept

BUYER = "buyer@muscatpharmacy.example"
ORGANIZATION = "Muscat Pharmacy"
LOOK_SECONDS = 2.0
SILENT_SECONDS = 2.0
ASK = "address => fetch(address).then(async it => [it.status, await it.json()])"


def redeem(walk: Walk, seen: Seen) -> None:
    """And from here on without Catalyst-Zero: the Sovereign is its owner's."""
    seen.fact("Catalyst-Zero", _without_zero(walk))
    page = walk.page_of("customer")
    page.goto(f"{walk.site}/redeem?code={walk.code}")
    if "code=" in page.url:
        raise NotDone("the code stayed in the address")
    seen.picture("what it is worth", page.screenshot(full_page=True))
    fits_all(seen, page, "redeem")
    page.get_by_label("E-mail").fill(BUYER)
    page.get_by_label("Organization", exact=False).first.fill(ORGANIZATION)
    choice = page.locator(f"[name=blueprint][value={APP}], select[name=blueprint]")
    if choice.count() and choice.first.evaluate("it => it.tagName") == "SELECT":
        choice.first.select_option(APP)
    elif choice.count():
        choice.first.check()
    page.get_by_role("button", name="Redeem").click()
    expect(page.locator("main")).to_contain_text(ORGANIZATION)
    seen.fact("came with a choice of App", "yes" if choice.count() else "no")
    kept(walk, seen, page)


def app_is_made(walk: Walk, seen: Seen) -> None:
    """What became of it, as its own browser may read it; and what Git and the cluster hold."""
    page = walk.page_of("customer")
    named = re.search(r"/redeem/(?:progress/)?(\d+)", page.url + page.content())
    if named is None:
        raise NotDone("the page does not lead to what becomes of the redemption")
    walk.redemption = _until_it_ends(walk, named[1])
    seen.fact("redemption", walk.redemption)
    expect(page.get_by_role("heading", level=1)).to_contain_text("is ready")
    kept(walk, seen, page)
    fits_all(seen, page, "redeem-progress")
    slug = str(walk.redemption["organization"])
    assert walk.kubeconfig is not None
    for what in ("namespace", "resourcequota", "helmrelease", "httproute", "pods"):
        wanted = (what, f"org-{slug}") if what == "namespace" else (what, "-n", f"org-{slug}")
        seen.fact(f"kubectl get {what}", looking.kubectl(walk.kubeconfig, "get", *wanted))
    sources = ("get", "gitrepositories,kustomizations", "-n", "catalyst-apps", "-o", "wide")
    seen.fact("Git revisions that Flux applied", looking.kubectl(walk.kubeconfig, *sources))
    if walk.redemption["state"] != "ready" or not walk.redemption["app"]:
        raise NotDone(f"Organization and credit are there, the App is not: {walk.redemption}")
    app = str(walk.redemption["app"]["label"]).removeprefix(f"{slug}-").split("-", 1)[1]
    seen.fact("Git", looking.commits(walk.world, walk.kubeconfig, f"{slug}/{app}"))


def app_answers(walk: Walk, seen: Seen) -> None:
    url = str(walk.redemption["app"]["url"])
    host = looking.host_of(url)
    seen.fact("DNS", looking.answers(walk.world, host))
    answer = looking.fetched(walk.world, url)
    seen.fact("GET over verified TLS", f"{answer.status_code} at {answer.url}")
    if answer.status_code >= 500:
        raise NotDone(f"{url} answers {answer.status_code}")
    page = walk.page_of("customer")
    page.goto(url)
    kept(walk, seen, page)


def _without_zero(walk: Walk) -> str:
    if walk.world.silence is None:
        return "goes on: it is not ours to stop"
    walk.world.silence()
    try:
        answer = httpx.get(f"{walk.world.console}/healthz", timeout=SILENT_SECONDS)
    except httpx.TimeoutException:
        return f"is stopped: it says nothing for {SILENT_SECONDS:.0f} s"
    raise NotDone(f"Catalyst-Zero is stopped and answers {answer.status_code}")


def _until_it_ends(walk: Walk, redemption_id: str) -> dict[str, Any]:
    """Asked as its page asks. Raises NotDone when it fails or takes too long."""
    page, found = walk.page_of("customer"), dict[str, Any]()
    deadline = time.monotonic() + walk.world.patience
    while time.monotonic() < deadline:
        # In the page: Chromium knows the world's authority, Playwright's own client does not.
        status, found = page.evaluate(ASK, f"/api/redeem/{redemption_id}")
        if status != 200:
            raise NotDone(f"the redemption's state was answered {status}")
        if found["state"] == "ready":
            return found
        if found["state"] == "failed" and not found["retryable"]:
            raise NotDone(f"it failed: {found}")
        page.wait_for_timeout(LOOK_SECONDS * 1000)
    raise NotDone(f"not ready after {walk.world.patience:.0f} s: {found}")
