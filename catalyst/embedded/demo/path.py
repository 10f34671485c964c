"""The steps of the demo, in order. Run again, each finds what is there and goes on."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from catalyst.embedded.demo.person import DemoFailed, Person
from catalyst.embedded.demo.secrets import KeptSecrets
from catalyst.embedded.state import StackState

POOL, LABEL = "omani.works", "omantel"
FQDN = f"{LABEL}.{POOL}"
OWNER = "founder@openova.example"
ADMIN = "admin@omantel.example"
CUSTOMER = "buyer@muscatpharmacy.example"
CODE = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){2}\b")
REGION, SIZE, WORKER_SIZE, WORKERS = "hel1", "cx43", "cx33", 1
PATIENCE_SECONDS = 900.0
STOPPED = ("failed", "cancelled")

Say = Callable[[str], None]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cloud:
    """The local cloud's admin port: what a customer does at Hetzner's own console."""

    state: StackState

    def token(self, project: str) -> str:
        """A new project with a fresh read-write token, which is kept nowhere."""
        with httpx.Client(
            base_url=self.state.localcloud_admin_url or "",
            headers={"Authorization": f"Bearer {self.state.localcloud_admin_key}"},
            trust_env=False,
        ) as admin:
            made = admin.post("/projects", json={"name": project}).raise_for_status().json()
            answer = admin.post(f"/projects/{made['id']}/tokens", json={"access": "rw"})
            token: str = answer.raise_for_status().json()["token"]
            return token


def provision(owner: Person, cloud: Cloud, say: Say) -> str:
    """Ask for the Sovereign, go on with one that stopped, or find the one that lives; returns its
    Deployment's id. One that is destroyed, or about to be, makes room for a new one.

    Raises DemoFailed.
    """
    row = _living(owner)
    if row and row["status"] in STOPPED:
        say(f"  {FQDN} is {row['status']}; retrying from the phase that stopped")
        row = _ask(owner, f"/{row['id']}/retry")
    if row and _ends(owner, row):
        say(f"  {FQDN} is {row['status']}; waiting for its end")
        end = follow(owner, row["id"], say)
        if end["status"] == "failed":
            raise DemoFailed(f"{FQDN} does not end: {json.dumps(end['problem'])}")
        return provision(owner, cloud, say)
    if row:
        say(f"  {FQDN} was asked for before: {row['status']}")
        return str(row["id"])
    return str(_ask(owner, "", _wish(cloud.token("omantel")))["id"])


def _living(owner: Person) -> Row | None:
    """The Deployment that has the name now; a destroyed one gave it back."""
    listed = owner.http.get("/api/v1/deployments", headers={"Accept": "application/json"})
    rows: list[Row] = listed.raise_for_status().json()
    living = [r for r in rows if r["sovereignFQDN"] == FQDN and r["status"] != "destroyed"]
    return living[0] if living else None


def _ends(owner: Person, row: Row) -> bool:
    """Is it being cancelled or destroyed, whatever it waits for at the moment?"""
    return bool(row["status"] == "cancelling" or _state(owner, row["id"])["runKind"] == "destroy")


def _state(owner: Person, deployment_id: str) -> Row:
    answer = owner.http.get(f"/api/v1/deployments/{deployment_id}")
    state: Row = answer.raise_for_status().json()
    return state


def _ask(owner: Person, path: str, document: Row | None = None) -> Row:
    """POST to a path below the Deployments. Raises DemoFailed with the answer's words."""
    answer = owner.http.post(
        f"/api/v1/deployments{path}",
        headers={
            "X-CSRFToken": owner.csrf_token,
            "Origin": owner.site,
            "Accept": "application/json",
            "Idempotency-Key": str(uuid.uuid4()),
        },
        json=document,
    )
    if not answer.is_success:
        raise DemoFailed(f"the wish was refused: {answer.text}")
    state: Row = answer.json()
    return state


def _wish(token: str) -> Row:
    return {
        "orgName": "Omantel",
        "orgEmail": ADMIN,
        "sovereignPoolDomain": POOL,
        "sovereignSubdomain": LABEL,
        "hetznerToken": token,
        "hetznerProjectID": "omantel",
        "region": REGION,
        "controlPlaneSize": SIZE,
        "workerSize": WORKER_SIZE,
        "workerCount": WORKERS,
        "sshPublicKey": _ssh_public_key(),
    }


def _ssh_public_key() -> str:
    """A throw-away key: nobody logs in to the demo's machines."""
    public = Ed25519PrivateKey.generate().public_key()
    return public.public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    ).decode()


def watch(owner: Person, deployment_id: str, say: Say) -> None:
    """The live log until the Deployment ends. Raises DemoFailed unless `ready`."""
    status = follow(owner, deployment_id, say)
    if status["status"] != "ready":
        raise DemoFailed(f"{FQDN} is {status['status']}: {json.dumps(status['problem'])}")


def follow(owner: Person, deployment_id: str, say: Say) -> Row:
    """The live log, line by line, until it ends; returns the State then. Raises DemoFailed."""
    after, address = 0, f"/log/deployment:{deployment_id}/events"
    finished, deadline = False, time.monotonic() + PATIENCE_SECONDS
    while not finished:
        try:
            with owner.http.stream("GET", address, headers={"Last-Event-ID": str(after)}) as feed:
                for line in feed.iter_lines():
                    if line == "event: done":
                        finished = True
                    elif line.startswith("data: ") and not finished:
                        entry = json.loads(line[6:])
                        after = entry["seq"]
                        say(f"  {entry['at'][11:19]} {entry['phase'] or '–':<16} {entry['text']}")
                    if time.monotonic() > deadline:
                        raise DemoFailed(f"{FQDN} did not end after {PATIENCE_SECONDS:.0f} s")
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise DemoFailed("the console stopped answering") from None
            time.sleep(0.5)  # the console is being restarted; the log goes on after our last line
    return _state(owner, deployment_id)


def first_admin(
    owner: Person, sovereign: Person, deployment_id: str, kept: KeptSecrets, say: Say
) -> str:
    """The sovereign-admin logs in, with the one-time code the first time; returns the password."""
    password, known = kept.password("demo-sovereign-admin")
    if known:
        try:
            sovereign.log_in(ADMIN, password)
        except DemoFailed:
            say("  the kept password is not known there yet; using the one-time code")
        else:
            return password
    page = owner.see(f"/sovereign/deployments/{deployment_id}/")
    form = re.search(r'action="([^"]*/first-admin/)"', page.text)
    if form is None:
        raise DemoFailed("the Deployment's page offers no one-time code")
    shown = owner.submit("", {"csrfmiddlewaretoken": _csrf(page)}, on=_only(page, form[1]))
    code = re.search(r"data-secret[^>]*>\s*([\w-]{16,})\s*<", shown.text)
    if code is None:
        raise DemoFailed("the one-time code was not shown")
    set_password(sovereign, ADMIN, code[1], password)
    return password


# At the Sovereign's Keycloak, and at a Sovereign that has none.
PASSWORD_FIELDS = (("password-new", "password-confirm"), ("password", "again"))


def set_password(sovereign: Person, email: str, code: str, password: str) -> httpx.Response:
    """Log in with the one-time code and set a password of one's own, as that page asks; returns
    the page that follows. Raises DemoFailed.
    """
    landed = sovereign.try_log_in(email, code)
    for fields in PASSWORD_FIELDS:
        if all(f'name="{field}"' in landed.text for field in fields):
            break
    else:
        raise DemoFailed("the one-time code did not ask for a password of one's own")
    done = sovereign.submit("", dict.fromkeys(fields, password), on=landed)
    if done.status_code != 200 or not str(done.url).startswith(sovereign.site):
        raise DemoFailed(f"setting the admin's password answered {done.status_code} at {done.url}")
    return done


def _csrf(page: httpx.Response) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    if found is None:
        raise DemoFailed(f"{page.url} carries no CSRF token")
    return found[1]


def _only(page: httpx.Response, action: str) -> httpx.Response:
    """The page reduced to the form with this action."""
    body = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', page.text, re.DOTALL)
    if body is None:
        raise DemoFailed(f"{page.url} has no form for {action}")
    return httpx.Response(200, text=body[0], request=page.request)


def issue_voucher(admin: Person) -> str:
    """The sovereign-admin makes a voucher; returns its code, which is shown once."""
    page = admin.see("/vouchers/")
    wish = {
        "label": "Launch",
        "amount": "100.000",
        "currency": "OMR",
        "max_redemptions": "1",
        "expires_on": (datetime.now(UTC) + timedelta(days=30)).date().isoformat(),
    }
    shown = admin.submit("", wish, on=page)
    code = CODE.search(shown.text)
    if code is None:
        raise DemoFailed(f"issuing answered {shown.status_code} at {shown.url} without a code")
    return code[0]


def redeem(customer: Person, code: str) -> str:
    """A customer redeems it at the Sovereign; returns the words of the page."""
    page = customer.see(f"/redeem?code={code}")
    if "code=" in str(page.url):
        raise DemoFailed("the code stayed in the address")
    name = f"Muscat Pharmacy {uuid.uuid4().hex[:6]}"
    done = customer.submit("", {"email": CUSTOMER, "organization_name": name}, on=page)
    if done.status_code != 200 or name not in done.text:
        raise DemoFailed(f"redeeming answered {done.status_code} without the Organization")
    return name
