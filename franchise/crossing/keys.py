"""Our own pair: made when first wanted, changed by hand. The private half is in the vault only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest

from catalyst.audit.services import record
from catalyst.vault import services as vault
from catalyst.work import locks
from franchise.crossing import pairs
from franchise.crossing.models import OurKey

PURPOSE = "franchise.crossing-key"
LOCK = "franchise.crossing: key"


@dataclass(frozen=True, slots=True)
class Pen:
    """What signs now."""

    key: OurKey
    sign: Callable[[bytes], bytes]


def our_name() -> str:
    """The name of this Sovereign; of Catalyst-Zero, where its console is."""
    env = settings.CATALYST
    return env.sovereign_fqdn or urlsplit(env.public_url).hostname or ""


def pen(key: OurKey | None = None) -> Pen:
    """Of the key that signs now, or of one of ours. Raises VaultAway."""
    key = key or current()
    return Pen(key, pairs.signer(vault.get(str(key.sealed))))


def current() -> OurKey:
    """The key that signs now; made if there is none."""
    found = OurKey.objects.filter(retired_at=None).first()
    if found is not None:
        return found
    with transaction.atomic():
        locks.hold(LOCK)
        return OurKey.objects.filter(retired_at=None).first() or _make()


def published() -> list[OurKey]:
    """All of ours, the one that signs first: what older ones signed is still good."""
    current()
    return list(OurKey.objects.order_by("-id"))


def rotate(*, actor: str, request: HttpRequest | None = None) -> OurKey:
    """From now on another key signs. Peers have to be told of it before they take what it signs."""
    with transaction.atomic():
        locks.hold(LOCK)
        before = OurKey.objects.filter(retired_at=None).first()
        OurKey.objects.filter(retired_at=None).update(retired_at=Now())
        made = _make()
        record(
            actor=actor, act="franchise.crossing-key", object=f"crossing-key:{made.name}",
            before={"key": before and before.name}, after={"key": made.name}, request=request,
        )  # fmt: skip
    return made


def _make() -> OurKey:
    private, public = pairs.new_pair()
    return OurKey.objects.create(
        name=pairs.name_of(public),
        public=public,
        sealed=vault.put(purpose=PURPOSE, secret=private),
    )
