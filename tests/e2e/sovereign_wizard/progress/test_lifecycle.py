"""A person cancels, goes on, gets a Sovereign and destroys it; nothing is left at the cloud."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from catalyst.embedded.demo.path import Cloud
from catalyst.embedded.state import StackState
from tests.e2e.browser import log_in
from tests.e2e.conftest import PATIENCE_SECONDS, Console, hetzner, phase

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.slow, pytest.mark.browser]
MILLISECONDS = PATIENCE_SECONDS * 1000


@pytest.fixture
def page(chromium: Browser, state: StackState) -> Iterator[Page]:
    context = chromium.new_context(base_url=state.web_url)
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def left_at(state: StackState, token: str) -> dict[str, int]:
    client = hetzner(state, token)
    kinds = ("servers", "volumes", "load_balancers", "networks", "firewalls", "ssh_keys",
             "primary_ips", "floating_ips", "placement_groups", "certificates")  # fmt: skip
    found = {kind: len(getattr(client, kind).get_all()) for kind in kinds}
    return {kind: count for kind, count in found.items() if count}


def test_given_cancel_retry_and_ready_when_destroyed_with_a_leftover_then_nothing_is_left(
    page: Page,
    state: StackState,
    cloud: Cloud,
    console: Console,
    make_wish: Callable[..., dict[str, Any]],
) -> None:
    token = cloud.token("lifecycle")
    deployment_id = console.provision(make_wish(token, workerCount=0, workerSize=""))
    home = f"/sovereign/deployments/{deployment_id}/"
    log_in(page, "/login/", console.email, console.password)
    truth = page.locator("#truth")

    # Cancel in the middle of the apply, from the page, then go on.
    console.until(deployment_id, lambda seen: phase(seen, "tofu-apply")["state"] == "running")
    page.goto(f"{home}cancel/")
    page.get_by_role("button", name="Cancel this run").click()
    expect(truth).to_contain_text("Cancelled", timeout=MILLISECONDS)
    page.get_by_role("button", name=re.compile("^Retry from")).click()
    expect(truth).to_contain_text("Ready", timeout=MILLISECONDS)

    # Kubernetes made a volume meanwhile: it is listed, chosen, and goes too.
    client = hetzner(state, token)
    volume = client.volumes.create(size=10, name="pvc-4711", server=client.servers.get_all()[0])
    volume.action.wait_until_finished()
    fqdn = console.deployment(deployment_id)["sovereignFQDN"]
    page.goto(f"{home}destroy/")
    expect(page.locator("main")).to_contain_text("saves €")
    page.get_by_role("checkbox", name=re.compile("pvc-4711")).check()
    page.get_by_label("Type the Sovereign’s full name").fill(fqdn)
    page.get_by_role("button", name=f"Destroy {fqdn}").click()
    expect(truth).to_contain_text("Destroyed: nothing of it is left", timeout=MILLISECONDS)

    assert left_at(state, token) == {}
    expect(page.locator("main")).to_contain_text("Leftovers removed")
    expect(page.locator("#favicon")).to_have_attribute("href", re.compile("favicon-stopped"))
    page.goto("/sovereign/")
    expect(page.get_by_role("row", name=re.compile(re.escape(fqdn)))).to_contain_text("Destroyed")
