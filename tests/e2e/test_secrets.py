"""Canaries: after a whole run none of the secrets in it may be found where it does not belong."""

from __future__ import annotations

import re
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from playwright.sync_api import Browser

from catalyst.embedded.demo.path import Cloud, issue_voucher
from catalyst.embedded.state import StackState
from catalyst.eventlog.redaction import forms
from tests.e2e.browser import log_in, say_who
from tests.e2e.conftest import Console, ssh_public_key
from tests.e2e.leaving import Trail
from tests.e2e.searching import Needles, Processes, in_database, in_files, in_redis
from tests.e2e.test_engine import is_ready
from tests.plugins.backing_stack import STATE_DIR

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.slow, pytest.mark.browser]
# A session's key is its row's (docs/security-model.md: sessions are rows).
SESSIONS = "public.identity_session"
# What tofu is started with, and hands on to its provider; python is the supervisor of ours.
TOFU = re.compile(rb"tofu|terraform-provider-hcloud.*|bwrap|setpriv|python[\d.]*")


@dataclass
class Secrets:
    """By name: the words to look for."""

    words: dict[str, str] = field(default_factory=dict)

    def needles(self, *names: str) -> Needles:
        return {form.encode() for name in names or self.words for form in forms(self.words[name])}


@dataclass
class World:
    state: StackState
    console: Console
    chromium: Browser
    secrets: Secrets

    def everywhere(self, name: str) -> dict[str, list[Any]]:
        """Where it lies now, apart from processes."""
        needles, state = self.secrets.needles(name), self.state
        return {
            "files": [str(path) for path in in_files(needles)],
            "database": list(in_database(state.postgres_url or "", needles)),
            "states": list(in_database((state.tofu_postgres_url or "").split("?")[0], needles)),
            "redis": list(in_redis(state.redis_url or "", needles)),
        }


@pytest.fixture
def world(state: StackState, cloud: Cloud, console: Console, chromium: Browser) -> World:
    code = issue_voucher(Console(state, ("catalyst-operator",)).person)
    known = Secrets({
        "hetzner token": cloud.token("canary"),
        "registrar key": f"canary{secrets.token_hex(17)}",
        "session cookie": console.person.http.cookies["session"],
        "voucher code": code,
        "voucher code as typed": code.replace("-", ""),
    })  # fmt: skip
    return World(state, console, chromium, known)


@contextmanager
def watched(needles: Needles) -> Iterator[Processes]:
    processes = Processes(needles)
    processes.start()
    try:
        yield processes
    finally:
        processes.stop.set()
        processes.join()


def ask_a_registrar(world: World) -> None:
    """A check with a key that the registrar refuses: it was sent, and kept nowhere."""
    answer = world.console.post(
        "/registrar/cloudflare/validate",
        {"domain": "example.com", "credentials": {"token": world.secrets.words["registrar key"]}},
    )
    assert answer.status_code < 500, answer.text
    assert world.secrets.words["registrar key"] not in answer.text


def browse(world: World) -> None:
    """Type the token in the wizard and open a voucher's link; then look at what the browser has."""
    context = world.chromium.new_context(base_url=world.state.web_url)
    page = context.new_page()
    page.set_default_timeout(60_000)
    trail = Trail(page)
    log_in(page, "/login/", world.console.email, world.console.password)
    page.wait_for_url("**/sovereign/")
    [cookie] = [one["value"] for one in context.cookies() if one["name"] == "session"]
    world.secrets.words["browser’s session"] = cookie
    say_who(page)
    page.get_by_label("Hetzner API token", exact=True).fill(world.secrets.words["hetzner token"])
    page.get_by_label("Hetzner project id").fill("4711")
    page.get_by_label("SSH public key").fill(ssh_public_key())
    page.get_by_role("button", name="Save and continue").click()
    page.wait_for_url("**/provider/")
    page.goto(f"/redeem?code={world.secrets.words['voucher code']}")
    page.get_by_label("Name of your Organization").wait_for()  # whose e-mail is known
    page.goto("/account/sessions/")  # from there: a Referer

    code = world.secrets.words["voucher code"]
    # Asked once, by whoever made the link; the answer sends the browser elsewhere.
    opened = [url for url in trail.addresses() if code in url]
    assert len(opened) == 1 and "/redeem?code=" in opened[0]
    for name, word in world.secrets.words.items():
        assert word not in trail.storage(), name
        assert word not in " ".join(trail.history()), name
        assert word not in " ".join(trail.referers()), name
        assert word not in page.content(), name
        assert name.startswith("voucher code") or word not in " ".join(trail.addresses()), name
    context.close()


def acme_keys() -> set[str]:
    """The keys on the machines' disks, where alone they belong."""
    found = {path.read_text().strip() for path in STATE_DIR.rglob("etc/catalyst/acme.key")}
    return {key for key in found if key}


def test_given_a_whole_run_when_everything_is_searched_then_no_secret_is_where_it_does_not_belong(
    world: World, make_wish: Callable[..., dict[str, Any]]
) -> None:
    token = world.secrets.words["hetzner token"]
    with watched(world.secrets.needles()) as processes:
        deployment_id = world.console.provision(make_wish(token))
        browse(world)
        ask_a_registrar(world)
        world.console.until(deployment_id, is_ready)
    page = world.console.person.see(f"/sovereign/deployments/{deployment_id}/").text
    log = world.console.person.http.get(f"/log/deployment:{deployment_id}/download").text

    assert b"tofu" in processes.given, "the watch did not see tofu at its work"
    assert not processes.told
    assert not [name for name in processes.given if not TOFU.fullmatch(name)]
    after = Processes(world.secrets.needles())
    after.look()
    assert after.seen and not after.told and not after.given
    for name, word in world.secrets.words.items():
        found = world.everywhere(name)
        if "session" in name:
            assert found.pop("database") == [SESSIONS], name
            found["database"] = []
            found["files"] = [one for one in found["files"] if not one.startswith("postgres/")]
        assert not any(found.values()), f"{name}: {found}"
        assert word not in page and word not in log


def test_given_the_machines_of_all_runs_when_searched_then_their_keys_are_on_their_disks_only(
    state: StackState,
) -> None:
    keys = acme_keys()
    assert keys, "the run before left no machine"
    needles = {form.encode() for key in keys for form in forms(key)}
    assert not list(in_database(state.postgres_url or "", needles))
    assert not list(in_database((state.tofu_postgres_url or "").split("?")[0], needles))
    assert not list(in_redis(state.redis_url or "", needles))
    ours = [path for path in in_files(needles) if path.parts[0] != "localcloud"]
    assert not ours, "outside of what plays Hetzner and its machines"


def test_given_a_planted_canary_when_searched_then_it_is_found(state: StackState) -> None:
    """The search itself works: what it does not find is really not there."""
    canary = secrets.token_hex(30)
    needles = {form.encode() for form in forms(canary)}
    planted = STATE_DIR / "run" / "canary-planted"
    planted.write_text(canary)
    try:
        assert list(in_files(needles)) == [Path("run/canary-planted")]
    finally:
        planted.unlink()
    waiting = [sys.executable, "-c", "input()", canary]
    environment = {"CATALYST_STATE_DIR": str(STATE_DIR), "CANARY": canary}
    with subprocess.Popen(waiting, stdin=subprocess.PIPE, env=environment) as process:
        processes = Processes(needles)
        processes.look()
        process.kill()
    assert processes.told == processes.given == {Path(sys.executable).name.encode()}
    with redis.Redis.from_url(state.redis_url or "") as client:
        client.set("canary-planted", canary)
        try:
            assert list(in_redis(state.redis_url or "", needles)) == [b"canary-planted"]
        finally:
            client.delete("canary-planted")
    with psycopg.connect(state.postgres_url or "", autocommit=True) as connection:
        connection.execute("CREATE TABLE canary_planted AS SELECT %s::text AS c", [canary])
        try:
            assert list(in_database(state.postgres_url or "", needles)) == ["public.canary_planted"]
        finally:
            connection.execute("DROP TABLE canary_planted")
