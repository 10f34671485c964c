"""What all rooms share: the accounts, the faults, the way of an event to its listeners."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from infra.localcloud.stripe.book import Account, Book
from infra.localcloud.stripe.deliveries import Deliveries
from infra.localcloud.stripe.faults import Faults
from infra.localcloud.stripe.form import Params

Json = dict[str, Any]


@dataclass(slots=True)
class World:
    """`public_url`: where the payment page is."""

    book: Book
    deliveries: Deliveries
    public_url: str
    faults: Faults = field(default_factory=Faults)

    def tell(self, account: Account, type: str, about: Json, request: Json | None = None) -> None:
        self.deliveries.send(account, account.event(type, about, request=request))


@dataclass(slots=True)
class Call:
    """One request, let in and read. `path`: the ids in its address."""

    world: World
    account: Account
    params: Params
    path: dict[str, str]
    request: Json
    version: str

    def tell(self, type: str, about: Json) -> None:
        self.world.tell(self.account, type, about, self.request)
