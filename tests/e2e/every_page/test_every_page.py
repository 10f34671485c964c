"""Every page of Catalyst-Zero, opened as people come to it, and looked at (`album.py`)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.urls import get_resolver
from playwright.sync_api import Browser, Page, expect

from catalyst.embedded.demo.path import CODE, Cloud
from catalyst.embedded.state import StackState
from franchise.crossing import pairs
from tests.e2e.browser import let_checks_end, log_in, quiet_page, say_who
from tests.e2e.conftest import PATIENCE_SECONDS, Console, hetzner
from tests.e2e.dns.test_own_domain import check_now, deployment_id, prove, shows, to_the_domain
from tests.e2e.every_page.addresses import BACK_OFFICE, ELSEWHERE, NO_PAGE, named
from tests.e2e.every_page.album import DESK, Album
from tests.e2e.test_browser import choose_sizes, fill_credentials
from tests.integration.dns.registrars.stage import Stage

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.slow, pytest.mark.browser]
MILLISECONDS = PATIENCE_SECONDS * 1000
ROLES = ("member", "catalyst-operator", "sovereign-admin")


@pytest.fixture(scope="module")
def album() -> Album:
    return Album()


@pytest.fixture(scope="module")
def everybody(state: StackState) -> Console:
    return Console(state, ROLES)


@pytest.fixture
def page(chromium: Browser, state: StackState, album: Album) -> Iterator[Page]:
    context = chromium.new_context(base_url=state.web_url, viewport=DESK)
    context.set_default_timeout(20_000)
    with quiet_page(context) as opened:
        yield opened
    context.close()
    found = album.told()
    assert not found, "\n".join(f"{where}: {what}" for where, what in found.items())


def go_on(page: Page) -> None:
    page.get_by_role("button", name="Save and continue").click()


def test_given_the_wizard_when_each_step_is_looked_at_then_nobody_is_kept_out(
    page: Page, album: Album, cloud: Cloud, everybody: Console
) -> None:
    page.goto("/login/")
    album.look(page, "login")
    page.goto("/nowhere/")
    album.look(page, "problem-not-found")
    log_in(page, "/login/", everybody.email, everybody.password)
    page.wait_for_url("**/sovereign/")
    album.look(page, "sovereigns-empty")
    page.goto("/sovereign/new/")
    go_on(page)
    expect(page.locator("#id_organization_name-error")).to_be_visible()
    album.look(page, "wizard-organisation-refused")
    say_who(page)
    page.wait_for_url("**/credentials/")
    steps = page.url.replace("credentials/", "")
    for step in ("organisation", "topology"):
        page.goto(f"{steps}{step}/")
        album.look(page, f"wizard-{step}")
    page.goto(f"{steps}credentials/")
    album.look(page, "wizard-credentials")
    fill_credentials(page, cloud.token("every-page"))
    page.get_by_role("radio", name="Falkenstein").check()
    page.get_by_role("radio", name=re.compile(r"^cx43\b")).check()
    expect(page.get_by_label("Estimate")).to_contain_text("Control plane cx43")
    album.look(page, "wizard-provider")
    choose_sizes(page)
    page.wait_for_url("**/components/")
    album.look(page, "wizard-components")
    page.get_by_role("button", name="Remove Crossplane", exact=True).click()
    expect(page.get_by_role("alertdialog")).to_be_focused()
    album.look(page, "wizard-components-ask")
    for tab in ("Always included", "Apps"):
        page.goto(f"{steps}components/")
        page.get_by_role("link", name=re.compile(f"^{tab}")).click()
        album.look(page, f"wizard-components-{tab.split()[0].lower()}")
    for place in ("family/spine", "app/wordpress", "crossplane"):
        page.goto(f"{steps}components/{place}/")
        album.look(page, f"wizard-components-{place.rpartition('/')[2]}")
    page.goto(f"{steps}components/")
    go_on(page)
    page.wait_for_url("**/domain/")
    page.get_by_label("Name", exact=True).press_sequentially("console")
    expect(page.locator("main")).to_contain_text("cannot be taken")
    album.look(page, "wizard-domain-taken")
    page.get_by_test_id("domain-mode-byo-api").check()
    page.get_by_test_id("byo-api-registrar-dynadot").check()
    album.look(page, "wizard-domain-registrar")
    page.get_by_test_id("domain-mode-pool").check()
    page.get_by_label("Name", exact=True).fill(f"every-{uuid.uuid4().hex[:8]}")
    go_on(page)
    page.wait_for_url("**/review/")
    let_checks_end(page)
    album.look(page, "wizard-review")
    page.goto("/sovereign/")
    album.look(page, "sovereigns-draft")


def test_given_a_run_when_looked_at_from_its_plan_to_its_end_then_nobody_is_kept_out(
    page: Page, album: Album, cloud: Cloud, everybody: Console,
    make_wish: Callable[..., dict[str, Any]], state: StackState,
) -> None:  # fmt: skip
    token = cloud.token("every-run")
    wish = make_wish(token, workerCount=0, workerSize="", approvePlan=True)
    fqdn = f"{wish['sovereignSubdomain']}.{wish['sovereignPoolDomain']}"
    client = hetzner(state, token)
    obstacle = client.networks.create(
        name=f"catalyst-{fqdn.replace('.', '-')}", ip_range="10.9.0.0/16"
    )
    made = everybody.provision(wish)
    home = f"/sovereign/deployments/{made}/"
    log_in(page, "/login/", everybody.email, everybody.password)
    page.goto(home)
    expect(page.locator("#truth")).to_contain_text("approval", timeout=MILLISECONDS)
    expect(page.locator("#log-lines")).to_contain_text("Plan:")
    album.look(page, "deployment-waiting")
    for act in ("cancel", "approve"):
        page.goto(f"{home}{act}/")
        album.look(page, f"deployment-{act}")
    page.get_by_role("button", name="Approve this plan").click()
    expect(page.locator("#truth")).to_contain_text("Stopped in", timeout=MILLISECONDS)
    album.look(page, "deployment-failed")
    page.goto(f"{home}retry/")
    album.look(page, "deployment-retry")
    page.goto(f"{home}leftovers/")
    album.look(page, "deployment-leftovers")
    client.networks.delete(obstacle)
    page.goto("/sovereign/operations/")
    album.look(page, "operations")

    everybody.post(f"/deployments/{made}/retry")
    page.goto(home)
    expect(page.locator("#truth")).to_contain_text("approval", timeout=MILLISECONDS)
    page.goto(f"{home}approve/")
    page.get_by_role("button", name="Approve this plan").click()
    expect(page.locator("#log-state")).to_contain_text("live")
    album.look(page, "deployment-running")
    everybody.until(made, lambda seen: bool(seen["status"] == "ready"))
    page.reload()
    expect(page.locator("#truth")).to_contain_text("Ready", timeout=MILLISECONDS)
    expect(page.locator("#log-state")).to_contain_text("complete")
    album.look(page, "deployment-ready")
    for tab in ("jobs", "timeline", "flow", "infrastructure", "domain", "handover", "destroy"):
        page.goto(f"{home}{tab}/")
        album.look(page, f"deployment-{tab}")
    page.goto(f"{home}jobs/preflight-1/")
    album.look(page, "deployment-job")
    page.goto(f"/log/deployment:{made}/lines")
    album.look(page, "log-lines")
    page.goto("/sovereign/")
    album.look(page, "sovereigns")


def test_given_a_domain_of_ones_own_when_looked_at_then_nobody_is_kept_out(
    page: Page, album: Album, cloud: Cloud, everybody: Console, state: StackState
) -> None:
    stage = Stage(state)
    customer = stage.customer("godaddy-v1", hosted=True, more={"ttl": 1})
    log_in(page, "/login/", everybody.email, everybody.password)
    to_the_domain(page, cloud)
    page.get_by_test_id("domain-mode-byo-manual").check()
    album.look(page, "wizard-domain-own")
    page.get_by_test_id("byo-domain-input").fill(customer.name)
    go_on(page)
    let_checks_end(page)
    page.get_by_role("button", name=f"Provision {customer.name}").click()
    page.wait_for_url("**/deployments/*/")
    made = deployment_id(page)
    shows(page, page.get_by_test_id("byo-do-txt"))
    album.look(page, "deployment-own-domain")
    prove(page, stage, customer)
    stage.http.close()
    check_now(page)
    shows(page, page.get_by_test_id("byo-do-ns"))
    page.goto("/own-domains/")
    album.look(page, "own-domains")
    page.get_by_role("link", name=customer.name).click()
    page.wait_for_url(re.compile(r"/own-domains/[0-9a-f-]{36}/$"))
    here = page.url
    album.look(page, "own-domain")
    for act in ("resume", "restore"):
        page.goto(f"{here}{act}/")
        album.look(page, f"own-domain-{act}")
    everybody.post(f"/deployments/{made}/cancel")


def test_given_an_operator_when_pages_of_names_are_looked_at_then_nobody_is_kept_out(
    page: Page, album: Album, everybody: Console
) -> None:
    log_in(page, "/login/", everybody.email, everybody.password)
    page.goto("/domains/")
    album.look(page, "domains")
    page.locator("#names tbody tr").first.get_by_role("link").first.click()
    page.wait_for_url(re.compile(r"/domains/[0-9a-f-]{36}/"))
    album.look(page, "domain")
    page.get_by_role("link", name="Zone and keys").click()
    expect(page.get_by_role("heading", name="DNSSEC keys")).to_be_visible()
    album.look(page, "domain-zone")
    allocation = page.url.replace("zone/", "")
    page.goto(f"{allocation}quarantine/")
    album.look(page, "quarantine-lift")
    places = ("pools/", "pools/omani.works/", "drift/", "quarantine/", "reserved/", "tokens/",
              "reserved/api/", "tokens/new/", "dry-run/")  # fmt: skip
    for place in places:
        page.goto(f"/domains/{place}")
        album.look(page, f"domains-{place.strip('/').replace('/', '-').replace('.', '-')}")


def sign_a_voucher(page: Page, album: Album) -> None:
    """For another Sovereign, whose key is typed first."""
    page.goto("/backoffice/signed/")
    page.get_by_label("Full name of the other Sovereign").fill("zain.example.com")
    page.get_by_label("Its public key").fill(pairs.new_pair()[1])
    page.get_by_role("button", name="Trust this key").click()
    page.get_by_label("Name", exact=True).fill("Roaming")
    page.get_by_label("Where customers redeem it").select_option("zain.example.com")
    page.get_by_label("Credit").fill("5.000")
    page.get_by_role("button", name="Make the campaign").click()
    page.get_by_role("button", name="Sign codes").click()
    page.get_by_role("button", name="Show code").click()
    expect(page.locator("#voucher-code")).to_be_visible()
    album.look(page, "backoffice-signed-campaign")
    page.goto("/backoffice/signed/")
    album.look(page, "backoffice-signed")


def test_given_a_person_when_own_pages_are_looked_at_then_nobody_is_kept_out(
    page: Page, album: Album, everybody: Console
) -> None:
    log_in(page, "/login/", everybody.email, everybody.password)
    for place in ("account/sessions", "account/password", "account/confirm", "audit", "approvals"):
        page.goto(f"/{place}/")
        album.look(page, place.replace("/", "-"))
    for place in ("vouchers/", "organizations/mine/", "redeem", *BACK_OFFICE):
        page.goto(f"/{place}")
        album.look(page, f"franchise-{place.strip('/').replace('/', '-')}")
    page.goto("/vouchers/")
    page.get_by_label("Credit").fill("100.000")
    page.get_by_role("button", name="Issue voucher").click()
    expect(page.locator("#voucher-code")).to_be_visible()
    album.look(page, "franchise-voucher-issued")
    code = CODE.search(page.locator("main").inner_text())
    assert code is not None
    for place in ("", "apps/", "plans/new/", "plans/s/", "apps/ghost/", "bundles/comms-hub/"):
        page.goto(f"/backoffice/catalog/{place}")
        album.look(page, f"franchise-catalog-{place.strip('/').replace('/', '-') or 'plans'}")
    for place in ("vouchers/campaigns/", "vouchers/campaigns/new/"):
        page.goto(f"/{place}")
        album.look(page, place.strip("/").replace("/", "-"))
    page.goto("/vouchers/")
    page.locator("table tbody a").first.click()
    album.look(page, "vouchers-voucher")
    page.get_by_role("link", name="One voucher").click()
    album.look(page, "vouchers-campaign")
    page.get_by_role("link", name="Change rules").click()
    album.look(page, "vouchers-campaign-edit")
    page.goto(f"/redeem?code={code[0]}")
    album.look(page, "franchise-redeem-code")
    page.get_by_label("Name of your Organization").fill("Muscat Pharmacy")
    page.get_by_role("button", name="Redeem voucher").click()
    page.wait_for_url("**/redeem/done")
    album.look(page, "franchise-redeemed")
    page.goto("/organizations/mine/")
    page.locator("main tbody th a").first.click()
    album.look(page, "organization")
    home = page.url
    page.goto(f"{home}apps/new/")
    album.look(page, "organization-apps-new")
    for tab in ("Apps", "Members", "Settings"):
        page.get_by_role("navigation", name="Organization").get_by_role("link", name=tab).click()
        album.look(page, f"organization-{tab.lower()}")
    page.goto("/backoffice/organizations/")
    album.look(page, "backoffice-organizations")
    page.locator("main tbody th a").first.click()
    album.look(page, "backoffice-organization")
    sign_a_voucher(page, album)
    for place in ("ledger/", "ledger/adjust/", "settlement/"):
        page.goto(f"/backoffice/{place}")
        album.look(page, f"backoffice-{place.strip('/').replace('/', '-')}")
    page.goto("/backoffice/ledger/")
    page.locator("table tbody a").first.click()
    album.look(page, "backoffice-ledger-transaction")


def test_given_all_addresses_when_compared_then_every_page_was_looked_at(album: Album) -> None:
    missed = named(get_resolver("catalyst.urls_zero")) - album.seen - NO_PAGE - set(ELSEWHERE)
    assert missed == set()
