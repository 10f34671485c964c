"""Keys that outlive the vault's own: for keyed hashes, which cannot be made anew."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from functools import partial

from django.conf import settings
from django.db import connection, transaction

from catalyst.vault import services
from catalyst.vault.keys import ours
from catalyst.vault.local import key_id
from catalyst.vault.models import SealedSecret
from catalyst.vault.secret import Secret
from catalyst.work import locks

_purposes: set[str] = set()
# What this process has opened, by database, vault key and purpose.
_opened: dict[tuple[str, str, str], Secret] = {}


def lasting_key(purpose: str) -> bytes:
    """32 bytes for this purpose: the same for ever, sealed like every secret. Raises VaultAway.

    The first time it is derived from the vault key by which hashes were keyed before there were
    such keys. A process opens it once: every request that is told a code needs it.
    """
    place = (str(connection.settings_dict["NAME"]), settings.CATALYST_VAULT_KEY, purpose)
    key = _opened.get(place)
    if key is None:
        key = services.get(_kept(purpose))
        # Not before it is certain that it is kept: the row may be of this very transaction.
        transaction.on_commit(partial(_opened.setdefault, place, key))
    return b64decode(key.reveal())


def forget_opened() -> None:
    """The table was emptied or put back: what this process opened may not be kept any more."""
    _opened.clear()


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
