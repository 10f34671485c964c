"""One walk: pages of the people in it, what they know by now, and the steps' way to evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.dod import ENVIRONMENT
from tests.dod.evidence import Report, Seen
from tests.dod.world import World
from tests.e2e.every_page.album import Album

# Of those that really run in the local cloud: gitea, miniflux, radicale.
APP = ENVIRONMENT.get("DOD_APP") or "radicale"


class NotDone(Exception):
    """A step did not come to what it promises; the text says what was there instead."""


@dataclass
class Walk:
    """`owner` asked for the Sovereign, `admin` owns it, `customer` buys there: three browsers."""

    world: World
    browser: Browser
    report: Report
    folder: Path
    owner: Page
    pages: dict[str, Page] = field(default_factory=dict)
    deployment_id: str = ""
    kubeconfig: Path | None = None
    code: str = ""
    redemption: dict[str, Any] = field(default_factory=dict)

    def page_of(self, who: str) -> Page:
        """A browser of that person's own: nobody else's cookies are in it."""
        if who not in self.pages:
            context = self.browser.new_context(viewport={"width": 1280, "height": 900})
            context.set_default_timeout(30_000)
            self.pages[who] = context.new_page()
        return self.pages[who]

    @property
    def site(self) -> str:
        return f"https://{self.world.fqdn}"

    @property
    def console(self) -> str:
        return f"https://console.{self.world.fqdn}"

    @property
    def milliseconds(self) -> float:
        return self.world.patience * 1000

    def api(self, path: str) -> Any:
        """A document of Catalyst-Zero's API, with the owner's session."""
        answer = self.owner.request.get(f"{self.world.console}/api/v1{path}")
        if not answer.ok:
            raise NotDone(f"GET {path} was answered {answer.status}")
        return answer.json()

    def state(self) -> Any:
        return self.api(f"/deployments/{self.deployment_id}")

    def place(self) -> str:
        return f"{self.world.console}/sovereign/deployments/{self.deployment_id}/"


def log_in_with_sso(page: Page, email: str, password: str) -> None:
    """From a page that says to log in, through the issuer's form."""
    page.get_by_role("link", name="Log in with single sign-on").click()
    expect(page.locator("#kc-login")).to_be_visible()
    page.locator("#username").fill(email)
    page.locator("#password").fill(password)
    page.locator("#kc-login").click()


def prove(walk: Walk, back: str) -> None:
    """Say anew who one is, as an act asks that cannot be undone; ends at `back`."""
    page = walk.owner
    page.goto(f"{walk.world.console}/account/confirm/?next={back}")
    if page.locator("#kc-login").count():
        if page.locator("#username").count() and page.locator("#username").is_editable():
            page.locator("#username").fill(walk.world.email)
        page.locator("#password").fill(walk.world.password)
        page.locator("#kc-login").click()
    page.wait_for_url(f"{walk.world.console}{back}")


def fits_all(seen: Seen, page: Page, name: str) -> None:
    """Wide and narrow, light and dark, nothing serious in anybody's way. Raises NotDone."""
    album = Album()
    album.inspect(page, name)
    if wrong := album.told():
        raise NotDone(f"what keeps people out of it: {wrong}")
    seen.fact(f"axe on {name}, wide and narrow, light and dark", "nothing serious")


def kept(walk: Walk, seen: Seen, page: Page, name: str = "the page") -> None:
    """Its address and a picture of it."""
    seen.fact("address", page.url)
    seen.picture(name, page.screenshot(full_page=True))
