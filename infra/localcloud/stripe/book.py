"""What the accounts hold, as plain Stripe objects. One JSON file for each account."""

from __future__ import annotations

import copy
import json
import secrets
import string
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from infra.localcloud.internet.acme import write_atomically
from infra.localcloud.stripe.errors import missing

Json = dict[str, Any]
_LETTERS = string.ascii_letters + string.digits


def new_id(prefix: str, length: int = 24) -> str:
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(length))


def now() -> int:
    return int(time.time())


@dataclass(slots=True)
class Kept:
    """What an idempotency key was used for. `status` 0: still under way."""

    fingerprint: str
    status: int
    body: str
    request_id: str


@dataclass(slots=True)
class Account:
    """`objects`: all of them by id, oldest first.

    lines             line items by session
    wishes            what the payment intent of a session is to be like
    endpoint_secrets  webhook secrets by endpoint, which objects do not show again
    cards             payment method → which test card it is
    set_up            payment methods whose owner has proved who they are, for the future
    """

    id: str
    secret_key: str
    country: str = "OM"
    objects: dict[str, Json] = field(default_factory=dict)
    lines: dict[str, list[Json]] = field(default_factory=dict)
    wishes: dict[str, Json] = field(default_factory=dict)
    endpoint_secrets: dict[str, str] = field(default_factory=dict)
    cards: dict[str, str] = field(default_factory=dict)
    set_up: list[str] = field(default_factory=list)
    keys: dict[str, Kept] = field(default_factory=dict)

    def get(self, kind: str, id: str, param: str = "id") -> Json:
        """The stored object itself, to be changed. Raises StripeError 404."""
        found = self.objects.get(id)
        if found is None or found["object"] != kind:
            raise missing(kind.removeprefix("checkout."), id, param)
        return found

    def all(self, kind: str, **equal: Any) -> list[Json]:
        """Newest first."""
        rows = [row for row in self.objects.values() if row["object"] == kind]
        wanted = [(name, value) for name, value in equal.items() if value is not None]
        return [
            row for row in reversed(rows) if all(row.get(name) == value for name, value in wanted)
        ]

    def add(self, made: Json) -> Json:
        self.objects[made["id"]] = made
        return made

    def event(self, type: str, about: Json, *, request: Json | None = None) -> Json:
        """Something happened; the event holds what `about` is like now."""
        return self.add(
            {
                "id": new_id("evt_"),
                "object": "event",
                "api_version": None,
                "created": now(),
                "data": {"object": copy.deepcopy(about)},
                "livemode": False,
                "pending_webhooks": 0,
                "request": request or {"id": None, "idempotency_key": None},
                "type": type,
            }
        )


class Book:
    """All accounts. Whoever changes one calls `save`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.accounts: dict[str, Account] = {}
        for file in sorted(folder.glob("acct_*.json")):
            rows = json.loads(file.read_text())
            rows["keys"] = {key: Kept(**kept) for key, kept in rows["keys"].items()}
            self.accounts[rows["id"]] = Account(**rows)

    def open(self, *, secret_key: str = "", country: str = "OM") -> Account:
        key = secret_key or new_id("sk_test_", 40)
        account = Account(id=new_id("acct_", 16), secret_key=key, country=country)
        self.accounts[account.id] = account
        self.save(account)
        return account

    def by_key(self, secret_key: str) -> Account | None:
        for account in self.accounts.values():
            if secrets.compare_digest(account.secret_key.encode(), secret_key.encode()):
                return account
        return None

    def save(self, account: Account) -> None:
        """One that was closed stays closed: a late webhook may still be on its way."""
        if account.id not in self.accounts:
            return
        file = self._folder / f"{account.id}.json"
        write_atomically(file, json.dumps(asdict(account)).encode(), mode=0o600)

    def close(self, account: Account) -> None:
        del self.accounts[account.id]
        (self._folder / f"{account.id}.json").unlink(missing_ok=True)
