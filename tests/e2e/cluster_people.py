"""The first admin of a Sovereign with a cluster, in Chromium, at that Sovereign's own Keycloak."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
from playwright.sync_api import Page, expect

from catalyst.embedded.demo.person import Person
from catalyst.trust import context
from tests.e2e.cluster_world import Stack
from tests.e2e.conftest import Console
from tests.integration.internet.running import until

REALM = "catalyst-admin"
LOG_OUT_SECONDS = 5.0  # issue 9: log out there, console session dead


@dataclass(frozen=True)
class WayIn:
    """What the owner hands over."""

    url: str
    email: str
    code: str

    @property
    def console(self) -> str:
        return self.url.removesuffix("/login/")

    @property
    def realm(self) -> str:
        return f"{self.console.replace('//console.', '//auth.')}/realms/{REALM}"


def way_in(console: Console, deployment_id: str) -> WayIn:
    """As the API says it to its owner, who has just proved who they are."""
    owner = Person(console.person.site)
    owner.log_in(console.email, console.password)
    path = f"/api/v1/deployments/{deployment_id}/first-admin"
    said = owner.http.get(path).raise_for_status().json()
    return WayIn(said["logInUrl"], said["email"], said["code"])


def log_in(page: Page, way: WayIn, password: str) -> None:
    """As far as the page that follows Keycloak's form."""
    page.goto(way.url)
    page.get_by_role("link", name="Log in with single sign-on").click()
    assert page.url.startswith(way.realm)
    page.locator("#username").fill(way.email)
    page.locator("#password").fill(password)
    page.locator("#kc-login").click()


def set_password(page: Page, password: str) -> None:
    page.locator("#password-new").fill(password)
    page.locator("#password-confirm").fill(password)
    page.locator("input[type=submit], button[type=submit]").click()


def ends_within_seconds_of_a_log_out_there(stack: Stack, page: Page, way: WayIn) -> None:
    """The session is dead for whoever still has its cookie."""
    held = {cookie["name"]: cookie["value"] for cookie in page.context.cookies(way.console)}
    with httpx.Client(
        base_url=way.console,
        cookies=held,
        proxy=stack.state.proxy_url,
        verify=context(stack.state.ca_bundle),
        trust_env=False,
    ) as held_by_another:
        assert held_by_another.get("/vouchers/").status_code == 200
        page.goto(f"{way.realm}/protocol/openid-connect/logout")
        page.locator("#kc-logout").click()
        expect(page.get_by_role("heading", name="You are logged out")).to_be_visible()
        until(lambda: held_by_another.get("/vouchers/").status_code == 302, seconds=LOG_OUT_SECONDS)
