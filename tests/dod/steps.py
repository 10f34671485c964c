"""Steps 1–10: from a log-in to a voucher. The wizard asks for Apps before it asks for a name."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import expect

from catalyst.embedded.demo.path import CODE
from tests.dod import looking
from tests.dod.evidence import Seen
from tests.dod.walk import NotDone, Walk, fits_all, kept, log_in_with_sso, prove
from tests.e2e.browser import let_checks_end
from tests.e2e.cluster_people import set_password

SAVE = "Save and continue"


def log_in(walk: Walk, seen: Seen) -> None:
    page = walk.owner
    page.goto(f"{walk.world.console}/sovereign/")
    seen.fact("asked to log in at", page.url)
    log_in_with_sso(page, walk.world.email, walk.world.password)
    expect(page).to_have_url(f"{walk.world.console}/sovereign/")
    kept(walk, seen, page)


def new_sovereign(walk: Walk, seen: Seen) -> None:
    page = walk.owner
    page.goto(f"{walk.world.console}/sovereign/new/")
    page.get_by_label("Organization", exact=True).fill(walk.world.organization)
    page.get_by_label("Owner’s e-mail").fill(walk.world.admin_email)
    page.get_by_label("Industry").select_option("Telecommunications")
    kept(walk, seen, page)
    page.get_by_role("button", name=SAVE).click()
    page.get_by_role("radio", name=re.compile("^Solo")).check()
    page.get_by_role("button", name=SAVE).click()


def credentials(walk: Walk, seen: Seen) -> None:
    page = walk.owner
    page.get_by_label("Hetzner API token", exact=True).fill(walk.world.token)
    page.get_by_label("Hetzner project id").fill(walk.world.project)
    page.get_by_label("SSH public key").fill(walk.world.ssh_key)
    page.get_by_role("button", name=SAVE).click()
    page.get_by_role("radio", name=walk.world.region).check()
    page.get_by_role("radio", name=re.compile(rf"^{walk.world.size}\b")).check()
    kept(walk, seen, page)
    page.get_by_role("button", name=SAVE).click()


def apps(walk: Walk, seen: Seen) -> None:
    page = walk.owner
    expect(page.get_by_role("button", name="Remove Crossplane", exact=True)).to_be_visible()
    kept(walk, seen, page)
    page.get_by_role("button", name=SAVE).click()


def name(walk: Walk, seen: Seen) -> None:
    page = walk.owner
    page.get_by_label("Name", exact=True).fill(walk.world.subdomain)
    kept(walk, seen, page)
    page.get_by_role("button", name=SAVE).click()


def provision(walk: Walk, seen: Seen) -> None:
    page = walk.owner
    let_checks_end(page)
    seen.picture("the review", page.screenshot(full_page=True))
    page.get_by_role("button", name=f"Provision {walk.world.fqdn}").click()
    page.wait_for_url(re.compile(r"/sovereign/deployments/[0-9a-f-]{36}/"))
    walk.deployment_id = re.findall(r"deployments/([0-9a-f-]{36})", page.url)[0]
    row = walk.state()
    if row["sovereignFQDN"] != walk.world.fqdn:
        raise NotDone(f"asked for {walk.world.fqdn}, and got {row['sovereignFQDN']}")
    seen.fact("Deployment", {key: row[key] for key in ("id", "sovereignFQDN", "status")})
    kept(walk, seen, page)


def watch(walk: Walk, seen: Seen) -> None:
    page = walk.owner
    expect(page.locator("#log-lines")).to_contain_text(f"{walk.world.fqdn} was accepted")
    expect(page.locator("#truth")).to_contain_text(
        re.compile("Ready|Failed|Cancelled"), timeout=walk.milliseconds
    )
    row = walk.state()
    seen.fact(
        "phases",
        "\n".join(f"{each['id']:<20} {each['state']}" for each in row["phases"]),
    )
    if row["status"] != "ready":
        raise NotDone(f"it is {row['status']}: {row['problem']}")
    expect(page.locator("#log-state")).to_contain_text("complete")
    seen.fact("the log", page.locator("#log-state").inner_text())
    kept(walk, seen, page)


def reachable(walk: Walk, seen: Seen) -> None:
    world = walk.world
    seen.fact("DNS", looking.answers(world, world.fqdn, f"console.{world.fqdn}"))
    seen.fact("TLS", looking.chain(world, f"console.{world.fqdn}"))
    answer = looking.fetched(world, f"{walk.console}/healthz")
    document = answer.json()
    seen.fact("healthz", document)
    if document.get("deployment") != walk.deployment_id:
        raise NotDone("another Deployment answers under its name")
    page = walk.page_of("customer")
    page.goto(walk.site)
    kept(walk, seen, page)
    fits_all(seen, page, "front")


def admin_logs_in(walk: Walk, seen: Seen) -> None:
    owner = walk.owner
    prove(walk, urlsplit(walk.place()).path)
    kubeconfig = owner.request.get(
        f"{walk.world.console}/api/v1/deployments/{walk.deployment_id}/kubeconfig"
    )
    if not kubeconfig.ok:
        raise NotDone(f"the kubeconfig was answered {kubeconfig.status}")
    walk.kubeconfig = walk.folder / "kubeconfig"
    walk.kubeconfig.touch(mode=0o600)
    walk.kubeconfig.write_bytes(kubeconfig.body())
    releases = ("get", "helmreleases", "-A", "--no-headers")
    seen.fact("kubectl get helmreleases", looking.kubectl(walk.kubeconfig, *releases))
    owner.get_by_role("button", name="Show the first admin’s one-time code").click()
    code = walk.report.hide(owner.locator("[data-secret]").inner_text().strip())

    page = walk.page_of("admin")
    page.goto(f"{walk.console}/login/")
    log_in_with_sso(page, walk.world.admin_email, code)
    set_password(page, walk.report.hide("a password of the owner's own"))
    expect(page).to_have_url(re.compile(rf"^{re.escape(walk.console)}/"))
    kept(walk, seen, page)


def voucher(walk: Walk, seen: Seen) -> None:
    page = walk.page_of("admin")
    sections = page.get_by_role("navigation", name="Back office")
    sections.get_by_role("link", name="Vouchers", exact=True).click()
    page.get_by_label("Credit").fill("100.000")
    page.get_by_role("button", name="Issue voucher").click()
    shown = CODE.search(page.locator("main").inner_text())
    if shown is None:
        raise NotDone("no code was shown")
    walk.code = shown[0]  # used up by the next step: it may be read in the report
    kept(walk, seen, page)
