"""Put, get, delete: the only way in and out of the vault."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from catalyst.problem import NotFound
from catalyst.vault import gate, keys
from catalyst.vault.envelope import Sealed, seal, unseal
from catalyst.vault.models import SealedSecret
from catalyst.vault.secret import Secret
from catalyst.vault.wrapped import Wrapped


def put(*, purpose: str, secret: Secret, expires_in: timedelta | None = None) -> str:
    """Seal a secret and return its reference. Joins the caller's transaction. Raises VaultAway."""
    record_id = uuid.uuid4()
    with transaction.atomic():
        gate.sealing()
        sealed = seal(secret, keys=keys.wrapping(), record_id=str(record_id))
        SealedSecret.objects.create(
            id=record_id,
            purpose=purpose,
            ciphertext=sealed.ciphertext,
            wrapped_key=sealed.wrapped.key,
            key_id=sealed.wrapped.key_id,
            expires_at=timezone.now() + expires_in if expires_in else None,
        )
    return str(record_id)


def get(reference: str) -> Secret:
    """Open a secret at the moment of use.

    Raises NotFound when gone or expired, Unsealable, VaultAway.
    """
    row = SealedSecret.objects.filter(id=reference).first()
    if row is None or (row.expires_at and row.expires_at <= timezone.now()):
        raise NotFound("This secret is no longer kept. Give it again to go on.")
    return _open(row)


def delete(reference: str) -> None:
    """Forget a secret for good; deleting twice is fine."""
    SealedSecret.objects.filter(id=reference).delete()


def prove() -> None:
    """Prove that what is kept can be opened, by the newest secret. Raises Unsealable, VaultAway."""
    row = SealedSecret.objects.order_by("-created_at").first()
    if row is None:
        keys.wrapping().current()
    else:
        _open(row)


def delete_expired() -> int:
    """Forget what has outlived its time; returns how many."""
    count, _ = SealedSecret.objects.filter(expires_at__lte=timezone.now()).delete()
    return count


def _open(row: SealedSecret) -> Secret:
    sealed = Sealed(bytes(row.ciphertext), Wrapped(bytes(row.wrapped_key), row.key_id))
    return unseal(sealed, keys=keys.opening(row.key_id), record_id=str(row.id))
