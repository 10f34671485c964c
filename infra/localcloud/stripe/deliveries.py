"""Webhooks: signed, sent, sent again until they are taken; and all that can go wrong on the way.

The signature is Stripe's scheme v1: HMAC-SHA256 with the endpoint's secret over `<t>.<body>`.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import random
import ssl
from dataclasses import dataclass, field
from typing import Any

import httpx

from infra.localcloud.stripe.book import Account, Book, now

log = logging.getLogger("stripe")
Json = dict[str, Any]
ATTEMPTS = 12
SECONDS = 10.0
ORDERS = ("as made", "reversed", "shuffled")


@dataclass(slots=True)
class Way:
    """How an account's webhooks travel.

    held    they wait until they are released
    copies  each is sent so often
    lost    they never arrive, and nobody tries again
    delay   seconds before each
    """

    held: bool = False
    copies: int = 1
    lost: bool = False
    delay: float = 0.0


@dataclass(slots=True)
class Attempt:
    event: str
    type: str
    endpoint: str
    status: int


@dataclass(slots=True)
class Post:
    """Of one account. `waiting`: event and endpoint of what is held."""

    way: Way = field(default_factory=Way)
    waiting: list[tuple[str, str]] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)


class Deliveries:
    def __init__(self, book: Book, *, trust: ssl.SSLContext, retry_seconds: float) -> None:
        self._book = book
        self._retry_seconds = retry_seconds
        self._posts: dict[str, Post] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._http = httpx.AsyncClient(verify=trust, timeout=SECONDS, trust_env=False)

    def post(self, account: Account) -> Post:
        return self._posts.setdefault(account.id, Post())

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self._http.aclose()

    def send(self, account: Account, event: Json) -> None:
        """To every endpoint that wants it."""
        self._send(account, event, account.all("webhook_endpoint", status="enabled"))

    def _send(self, account: Account, event: Json, endpoints: list[Json]) -> None:
        post = self.post(account)
        for endpoint in endpoints:
            wanted = endpoint["enabled_events"]
            if "*" not in wanted and event["type"] not in wanted:
                continue
            event["pending_webhooks"] += 1
            if post.way.held:
                post.waiting.append((event["id"], endpoint["id"]))
            elif not post.way.lost:
                for _ in range(post.way.copies):
                    self._begin(self._until_taken(account, event, endpoint, post.way.delay))

    def resume(self) -> None:
        """What nobody had taken when the program ended is sent again."""
        for account in self._book.accounts.values():
            endpoints = account.all("webhook_endpoint", status="enabled")
            for event in account.all("event"):
                if event["pending_webhooks"]:
                    event["pending_webhooks"] = 0
                    self._send(account, event, endpoints)

    async def release(self, account: Account, *, order: str, copies: int) -> list[int]:
        """What was held, one after the other, each `copies` times; the answers' statuses."""
        post = self.post(account)
        waiting, post.waiting, post.way.held = post.waiting, [], False
        if order == "reversed":
            waiting.reverse()
        elif order == "shuffled":
            random.shuffle(waiting)
        return [
            await self._once(account, account.objects[event], account.objects[endpoint])
            for event, endpoint in waiting
            for _ in range(copies)
        ]

    async def resend(self, account: Account, event: Json) -> list[int]:
        """Once more, now, to all endpoints: as the dashboard's button does."""
        return [
            await self._once(account, event, endpoint)
            for endpoint in account.all("webhook_endpoint", status="enabled")
        ]

    def _begin(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _until_taken(
        self, account: Account, event: Json, endpoint: Json, delay: float
    ) -> None:
        await asyncio.sleep(delay)
        for attempt in range(ATTEMPTS):
            if 200 <= await self._once(account, event, endpoint) < 300:
                return
            await asyncio.sleep(self._retry_seconds * 2**attempt)

    async def _once(self, account: Account, event: Json, endpoint: Json) -> int:
        """The status of the answer; 0: there was none."""
        body = json.dumps(
            {**event, "api_version": endpoint["api_version"]}, indent=2, ensure_ascii=False
        ).encode()
        secret = account.endpoint_secrets.get(endpoint["id"], "")
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": signature(body, secret=secret, at=now()),
        }
        try:
            answer = await self._http.post(endpoint["url"], content=body, headers=headers)
            status = answer.status_code
        except httpx.HTTPError as error:
            log.info("webhook %s: %s", event["type"], type(error).__name__)
            status = 0
        self.post(account).attempts.append(
            Attempt(event["id"], event["type"], endpoint["id"], status)
        )
        if 200 <= status < 300:
            event["pending_webhooks"] = max(0, event["pending_webhooks"] - 1)
            self._book.save(account)
        return status


def signature(body: bytes, *, secret: str, at: int) -> str:
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, "sha256").hexdigest()
    return f"t={at},v1={signed}"
