"""Put, get, delete: the only way in and out of the vault."""

from __future__ import annotations

import uuid
from base64 import b64decode
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from catalyst.problem import NotFound
from catalyst.vault.envelope import Sealed, seal, unseal
from catalyst.vault.models import SealedSecret
from catalyst.vault.secret import Secret


def _vault_key() -> bytes:
    return b64decode(settings.CATALYST_VAULT_KEY)


def put(*, purpose: str, secret: Secret, expires_in: timedelta | None = None) -> str:
    """Seal a secret and return its reference. Joins the caller's transaction."""
    record_id = uuid.uuid4()
    sealed = seal(secret, vault_key=_vault_key(), record_id=str(record_id))
    SealedSecret.objects.create(
        id=record_id,
        purpose=purpose,
        ciphertext=sealed.ciphertext,
        wrapped_key=sealed.wrapped_key,
        key_id=sealed.key_id,
        expires_at=timezone.now() + expires_in if expires_in else None,
    )
    return str(record_id)


def get(reference: str) -> Secret:
    """Open a secret at the moment of use. Raises NotFound when gone or expired, Unsealable."""
    row = SealedSecret.objects.filter(id=reference).first()
    if row is None or (row.expires_at and row.expires_at <= timezone.now()):
        raise NotFound("This secret is no longer kept. Give it again to go on.")
    sealed = Sealed(bytes(row.ciphertext), bytes(row.wrapped_key), row.key_id)
    return unseal(sealed, vault_key=_vault_key(), record_id=str(row.id))


def delete(reference: str) -> None:
    """Forget a secret for good; deleting twice is fine."""
    SealedSecret.objects.filter(id=reference).delete()


def prove() -> None:
    """Prove that our vault key opens what is kept, by the newest secret. Raises Unsealable."""
    row = SealedSecret.objects.order_by("-created_at").first()
    if row is not None:
        sealed = Sealed(bytes(row.ciphertext), bytes(row.wrapped_key), row.key_id)
        unseal(sealed, vault_key=_vault_key(), record_id=str(row.id))


def delete_expired() -> int:
    """Forget what has outlived its time; returns how many."""
    count, _ = SealedSecret.objects.filter(expires_at__lte=timezone.now()).delete()
    return count
