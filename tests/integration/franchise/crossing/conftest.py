"""A Sovereign called here.example, and others that sign vouchers for it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from catalyst.vault.secret import Secret
from franchise.crossing import documents, pairs, peers, services, token
from franchise.crossing.models import Peer
from franchise.crossing.token import Claims
from tests.integration.franchise.conftest import issue, log_in, seller, unlimited

__all__ = ["issue", "log_in", "seller", "unlimited"]
HERE = "here.example"
There = Callable[..., "Issuer"]


@dataclass
class Issuer:
    """Another Sovereign as one hears of it: its codes and its documents, signed."""

    fqdn: str = "there.example"
    pair: tuple[Secret, str] = field(default_factory=pairs.new_pair)
    number: int = 0

    @property
    def public(self) -> str:
        return self.pair[1]

    @property
    def name(self) -> str:
        return pairs.name_of(self.public)

    @property
    def peer(self) -> Peer:
        return Peer.objects.get(fqdn=self.fqdn)

    def claims(self, **changes: object) -> Claims:
        values = {
            "key": self.name,
            "issuer": self.fqdn,
            "audience": HERE,
            "campaign": 7,
            "serial": secrets.token_hex(8),
            "currency": "OMR",
            "amount_minor": 12_345,
            "ends_at": int((timezone.now() + timedelta(days=30)).timestamp()),
        }
        return Claims(**{**values, **changes})  # type: ignore[arg-type]

    def code(self, claims: Claims | None = None, **changes: object) -> Secret:
        return Secret(token.write(claims or self.claims(**changes), pairs.signer(self.pair[0])))

    def says_revoked(
        self, *serials: str, made_at: datetime | None = None, number: int | None = None
    ) -> str:
        self.number += 1
        body = {
            "issuer": self.fqdn,
            "number": self.number if number is None else number,
            "made_at": (made_at or timezone.now()).astimezone(UTC).isoformat(),
            "revoked": list(serials),
        }
        return self.signs(documents.REVOKED, body)

    def signs(self, kind: str, body: dict[str, object]) -> str:
        return documents.pack(kind, body, key=self.name, sign=pairs.signer(self.pair[0]))

    def trusted(self) -> Issuer:
        """As an admin does who compared the key; and its list came."""
        peers.trust(fqdn=self.fqdn, public=self.public, actor="admin@here.example")
        self.tells()
        return self

    def tells(self, *serials: str, **changes: object) -> None:
        services.hear(peer=self.peer, document=self.says_revoked(*serials, **changes))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def here(settings) -> None:
    settings.CATALYST = settings.CATALYST.model_copy(update={"sovereign_fqdn": HERE})


@pytest.fixture
def there(db: None) -> Issuer:
    return Issuer().trusted()
