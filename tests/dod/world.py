"""Where the walk goes: the local cloud of a fresh stack, or a console and a project that are real.

What a step needs of either stands in `World`; no step asks which one it is.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from catalyst.embedded.control import Stack as Control
from catalyst.embedded.demo.path import Cloud
from catalyst.embedded.realm.admin import Admin
from catalyst.embedded.state import StackState
from tests.dod import ENVIRONMENT
from tests.e2e.browser import FLAGS, launched
from tests.e2e.cluster_world import Stack
from tests.e2e.conftest import ssh_public_key
from tests.integration.internet.running import free_port, free_range, until

KEYCLOAK_SECONDS = 600.0
# All of Catalyst-Zero that a Sovereign could lean on.
ZERO = ("web", "worker", "beat", "keycloak", "openbao")
NEEDED = (
    "HETZNER_TEST_TOKEN",
    "HETZNER_PROJECT_ID",
    "DOD_CONSOLE_URL",
    "DOD_EMAIL",
    "DOD_PASSWORD",
    "DOD_SSH_KEY",
)


@dataclass(frozen=True)
class World:
    """`resolver` and `proxy`: of the local internet; None: the computer's own way out.

    `silence`: stops Catalyst-Zero for the rest of the walk; None: it is others' console.
    """

    name: str
    console: str
    email: str
    password: str
    token: str
    project: str
    region: str
    size: str
    worker_size: str
    ssh_key: str
    pool: str
    subdomain: str
    organization: str
    admin_email: str
    patience: float
    resolver: str | None = None
    proxy: str | None = None
    ca_bundle: Path | None = None
    silence: Callable[[], None] | None = None

    @property
    def fqdn(self) -> str:
        return f"{self.subdomain}.{self.pool}"


@contextmanager
def local(folder: Path) -> Iterator[tuple[World, Browser]]:
    """A stack of its own in an empty folder, with machines that are clusters and a Keycloak."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # Not 8080, which stacks of other people on this computer like as well.
    (folder / "stack.json").write_text(json.dumps({"ports": {"web": free_port()}}))
    os.environ.clear()
    os.environ.update(ENVIRONMENT)
    with free_range() as network, ExitStack() as ends:
        stack = Stack(folder, network)

        def silence() -> None:
            ends.enter_context(stack.without(*ZERO))

        try:
            up = stack.run("up", "--detach")
            if up.returncode:
                raise RuntimeError(f"the stack did not start:\n{up.stdout}{up.stderr}")
            _until_keycloak(folder)
            state = stack.state
            with launched(state) as browser:
                yield replace(_of_stack(state), silence=silence), browser
        finally:
            ends.close()
            stack.run("down")


def _until_keycloak(folder: Path) -> None:
    control = Control(folder)

    def done() -> bool:
        status = control.status()
        return status is not None and status.services["keycloak-realm"].condition == "done"

    until(done, seconds=KEYCLOAK_SECONDS)


def _of_stack(state: StackState) -> World:
    email, password = "founder@openova.example", secrets.token_urlsafe(18)
    with Admin(state) as admin:
        admin.add_person(email=email, password=password, roles=["catalyst-operator", "member"])
    return World(
        name="local cloud",
        console=state.web_url or "",
        email=email,
        password=password,
        token=Cloud(state).token("omantel"),
        project="omantel",
        region="Helsinki",
        size="cx43",
        worker_size="",
        ssh_key=ssh_public_key(),
        pool="omani.works",
        subdomain="omantel",
        organization="Omantel",
        admin_email="admin@omantel.example",
        patience=1800.0,
        resolver=state.resolver,
        proxy=state.proxy_url,
        ca_bundle=state.ca_bundle,
    )


def is_live() -> bool:
    return "HETZNER_TEST_TOKEN" in os.environ


@contextmanager
def live() -> Iterator[tuple[World, Browser]]:
    """A console and a project that cost money. Raises RuntimeError for what is not said."""
    env = os.environ
    if missing := [name for name in NEEDED if not env.get(name)]:
        raise RuntimeError(f"a live walk needs {', '.join(missing)} in the environment")
    pool = env.get("DOD_POOL_DOMAIN") or env.get("DOD_DOMAIN") or "omani.works"
    world = World(
        name=env["DOD_CONSOLE_URL"],
        console=env["DOD_CONSOLE_URL"].rstrip("/"),
        email=env["DOD_EMAIL"],
        password=env["DOD_PASSWORD"],
        token=env["HETZNER_TEST_TOKEN"],
        project=env["HETZNER_PROJECT_ID"],
        region=env.get("DOD_REGION", "Falkenstein"),
        size=env.get("DOD_CP_SIZE", "cx43"),
        worker_size=env.get("DOD_WORKER_SIZE", ""),
        ssh_key=env["DOD_SSH_KEY"],
        pool=pool,
        subdomain=env.get("DOD_SUBDOMAIN") or f"dod-{secrets.token_hex(4)}",
        organization=env.get("DOD_ORG_NAME", "Omantel"),
        admin_email=env.get("DOD_ORG_EMAIL") or env["DOD_EMAIL"],
        patience=3600.0,
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS,
        )
        try:
            yield world, browser
        finally:
            browser.close()


def tools_are_there() -> str:
    """What the local cloud's clusters still miss, as words; "" when nothing."""
    asked = "from catalyst.embedded import programs; print(*programs.missing_for_clusters())"
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip()
