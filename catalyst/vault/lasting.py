"""Keys that outlive the vault's own: for keyed hashes, which cannot be made anew."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode

from django.conf import settings
from django.db import connection, transaction

from catalyst.vault import services
from catalyst.vault.models import SealedSecret
from catalyst.vault.secret import Secret


def lasting_key(purpose: str) -> bytes:
    """32 bytes for this purpose: the same for ever, sealed like every secret. Raises VaultAway.

    The first time it is derived from the vault key of then, by which hashes were keyed before.
    """
    name = f"key:{purpose}"
    reference = _reference(name)
    if reference is None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [name])
            reference = _reference(name) or _make(name, purpose)
    return b64decode(services.get(reference).reveal())


def _reference(name: str) -> str | None:
    found = SealedSecret.objects.filter(purpose=name).values_list("pk", flat=True).first()
    return str(found) if found else None


def _make(name: str, purpose: str) -> str:
    vault_key = b64decode(settings.CATALYST_VAULT_KEY)
    key = hmac.digest(vault_key, purpose.encode(), hashlib.sha256)
    return services.put(purpose=name, secret=Secret(b64encode(key).decode()))
