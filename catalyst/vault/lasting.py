"""Keys that outlive the vault's own: for keyed hashes, which cannot be made anew."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode

from django.conf import settings
from django.db import transaction

from catalyst.vault import services
from catalyst.vault.keys import ours
from catalyst.vault.local import key_id
from catalyst.vault.models import SealedSecret
from catalyst.vault.secret import Secret
from catalyst.work import locks

_purposes: set[str] = set()


def lasting_key(purpose: str) -> bytes:
    """32 bytes for this purpose: the same for ever, sealed like every secret. Raises VaultAway.

    The first time it is derived from the vault key by which hashes were keyed before there were
    such keys.
    """
    return b64decode(services.get(_kept(purpose)).reveal())


def declare(purpose: str) -> None:
    """An app says at its start that it has hashes keyed so: a rotation has to know."""
    _purposes.add(purpose)


def keep_all() -> None:
    """Make every declared key that is not there: afterwards nobody can tell from which. Opens
    none. Raises VaultAway."""
    for purpose in sorted(_purposes):
        _kept(purpose)


def _kept(purpose: str) -> str:
    name = f"key:{purpose}"
    reference = _reference(name)
    if reference is None:
        with transaction.atomic():
            locks.hold(name)
            reference = _reference(name) or _make(name, purpose)
    return reference


def _reference(name: str) -> str | None:
    found = SealedSecret.objects.filter(purpose=name).values_list("pk", flat=True).first()
    return str(found) if found else None


def _make(name: str, purpose: str) -> str:
    key = hmac.digest(_key_of_then(), purpose.encode(), hashlib.sha256)
    secret = Secret(b64encode(key).decode())
    return services.put(purpose=name, secret=secret, owner=f"keys/{purpose}")


def _key_of_then() -> bytes:
    """The key of ours that the oldest record is under: by now another one may be wrapping."""
    known = {key_id(key): key for key in ours()}
    rows = SealedSecret.objects.filter(key_id__in=known).order_by("created_at")
    oldest = rows.values_list("key_id", flat=True).first()
    return known[oldest] if oldest else b64decode(settings.CATALYST_VAULT_KEY)
