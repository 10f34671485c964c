"""Deployments with logs of any length, and Chromium at their real page on a real Daphne."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from catalyst.eventlog.models import Stream
from catalyst.eventlog.services import Line, append, finish
from catalyst.identity.models import Role, User
from catalyst.vault.secret import Secret
from dns.pools.models import Pool
from sovereign_wizard.provisioning.models import Deployment
from sovereign_wizard.provisioning.services import DeploymentRequest, create
from tests.integration.internet.running import until
from tests.security.things import KEY

# `append` of a million lines takes minutes. Line n is an error when 1,000 divides n, and its phase
# is `tofu-plan` up to line 1,000.
FILL = """
INSERT INTO eventlog_entry (stream_id, seq, at, level, phase, source, text, data)
SELECT %(stream)s, n, now() - make_interval(secs => (%(count)s - n) / 1000.0),
       CASE WHEN n %% 1000 = 0 THEN 'error' ELSE 'info' END,
       CASE WHEN n <= 1000 THEN 'tofu-plan' ELSE 'tofu-apply' END,
       'tofu', 'hcloud_server.worker[' || n || ']: Still creating', '{}'
FROM generate_series(1, %(count)s) AS n
"""
PATIENCE_SECONDS = 120.0
BATCH = 5_000
Done = TypeVar("Done")
MADE_UP_CHAIN = "c" * 64  # of lines that no `append` wrote


class Site(Protocol):
    """A server that listens at `site`, an address without a path."""

    @property
    def site(self) -> str: ...


@dataclass(frozen=True, slots=True)
class World:
    """People's Deployments, the server that shows them, and a browser."""

    site: Site
    browser: Browser
    owner: User
    hands: ThreadPoolExecutor

    def do(self, work: Callable[..., Done], *words: Any) -> Done:
        """Work at the database. Playwright's loop runs in the test's own thread, where Django lets
        nobody wait for a database or for Redis."""
        return self.hands.submit(work, *words).result(timeout=PATIENCE_SECONDS)

    def append(self, deployment: Deployment, *texts: str, level: str = "info") -> None:
        lines = [Line(text, level=level, phase="tofu-apply") for text in texts]
        for start in range(0, len(lines), BATCH):
            self.do(append, deployment.subject, lines[start : start + BATCH])

    def finish(self, deployment: Deployment) -> None:
        self.do(finish, deployment.subject)

    def deployment(self) -> Deployment:
        """One that nobody works on, without a line."""
        return self.do(self._deployment)

    def filled(self, count: int) -> Deployment:
        """One whose log has `count` lines that `FILL` says."""
        return self.do(self._filled, count)

    def _deployment(self) -> Deployment:
        wish = DeploymentRequest(
            organization_name="Omantel",
            owner_email=self.owner.email,
            pool_domain=settings.CATALYST.pool_domains[0],
            subdomain=f"t{uuid.uuid4().hex[:12]}",
            region="hel1",
            control_plane_size="cx43",
            worker_size="",
            worker_count=0,
            hetzner_project_id="3311",
            hetzner_token=Secret("x" * 64),
            ssh_public_key=KEY,
        )
        with transaction.atomic():
            made = create(owner=self.owner, wish=wish, idempotency_key=uuid.uuid4().hex)
            connection.run_on_commit.clear()  # no worker is told of it
        Stream.objects.filter(subject=made.subject).delete()
        return made

    def _filled(self, count: int) -> Deployment:
        made = self._deployment()
        append(made.subject, [])
        stream = Stream.objects.get(subject=made.subject)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(FILL, {"stream": stream.pk, "count": count})
            Stream.objects.filter(pk=stream.pk).update(last_seq=count, chain=MADE_UP_CHAIN)
        return made

    @contextmanager
    def context(self, **options: Any) -> Iterator[BrowserContext]:
        """A browser in which the owner is logged in."""
        client = Client()
        self.do(client.force_login, self.owner)
        name = settings.SESSION_COOKIE_NAME
        context = self.browser.new_context(base_url=self.site.site, **options)
        context.add_cookies(
            [{"name": name, "value": client.cookies[name].value, "url": self.site.site}]
        )
        try:
            yield context
        finally:
            context.close()

    @contextmanager
    def page(self, deployment: Deployment, rest: str = "", **options: Any) -> Iterator[Page]:
        high = {"viewport": {"width": 1280, "height": 1400}}
        with self.context(**(high | options)) as context:
            page = context.new_page()
            page.goto(address(deployment) + rest)
            if options.get("java_script_enabled", True) and not rest:
                page.locator("#log-lines").scroll_into_view_if_needed()
            yield page


def address(deployment: Deployment) -> str:
    return f"/sovereign/deployments/{deployment.pk}/"


@contextmanager
def world(site: Site) -> Iterator[World]:
    """For all tests of a module: a million lines are not written twice. Everything in the database
    is gone afterwards, as after a test with transactions of its own."""
    Pool.objects.get_or_create(domain=settings.CATALYST.pool_domains[0])
    email = f"{uuid.uuid4().hex}@example.com"
    owner = User.objects.create(subject=email, email=email, roles=[Role.MEMBER])
    try:
        with ThreadPoolExecutor(max_workers=1) as hands, sync_playwright() as playwright:
            flags = ["--no-sandbox", "--disable-smooth-scrolling"]
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
            yield World(site, browser, owner, hands)
            browser.close()
            hands.submit(connections.close_all).result(timeout=PATIENCE_SECONDS)
    finally:
        call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=True)


def in_sight(page: Page) -> list[int]:
    """Numbers of the lines in the box, top to bottom."""
    found: list[int] = page.locator("#log-lines").evaluate(
        """box => {
            const edge = box.getBoundingClientRect();
            return [...box.querySelectorAll(".line")].filter(line => {
                const at = line.getBoundingClientRect();
                return at.bottom > edge.top + 1 && at.top < edge.bottom - 1;
            }).map(line => Number(line.dataset.seq));
        }"""
    )
    return found


def shows(page: Page, seq: int) -> None:
    expect(page.locator(f"#L{seq}")).to_be_in_viewport()
    expect(page.locator(f"#L{seq} > span")).not_to_be_empty()


def reached(page: Page, holds: Callable[[list[int]], bool]) -> list[int]:
    """The lines in sight, as soon as they are as wished."""

    def look() -> list[int]:
        seen = in_sight(page)
        return seen if seen and holds(seen) else []

    return until(look)


def one_after_the_other(seen: list[int]) -> bool:
    return seen == list(range(seen[0], seen[0] + len(seen)))
