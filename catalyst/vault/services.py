"""Put, get, delete: the only way in and out of the vault."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from catalyst.problem import NotFound
from catalyst.vault import keeping, keys, places
from catalyst.vault.models import Destruction, SealedSecret
from catalyst.vault.problems import ValueMissing
from catalyst.vault.secret import Secret
from catalyst.work import copying


def put(
    *, purpose: str, secret: Secret, owner: str = "", expires_in: timedelta | None = None
) -> str:
    """Keep a secret and return its reference. Joins the caller's transaction. Raises VaultAway.

    `owner` is one of the table in `places.py`: with OpenBao it says under which path.
    """
    with transaction.atomic():
        row = SealedSecret(
            id=uuid.uuid4(),
            purpose=purpose,
            owner=places.check(owner),
            expires_at=timezone.now() + expires_in if expires_in else None,
        )
        keeping.keep(row, secret)
        row.save(force_insert=True)
    return str(row.pk)


def put_many(*, purpose: str, secrets: Sequence[Secret]) -> list[str]:
    """Keep many secrets that nobody owns, in few statements and calls; references in their order.

    Joins the caller's transaction. Raises VaultAway.
    """
    with transaction.atomic():
        rows = [SealedSecret(id=uuid.uuid4(), purpose=purpose) for _secret in secrets]
        keeping.keep_many_here(rows, secrets)
        copying.add(rows)
    return [str(row.pk) for row in rows]


def get_many(references: Sequence[str]) -> list[Secret]:
    """Open many, in their order. Raises NotFound when one is gone or expired, Unsealable,
    VaultAway."""
    now = timezone.now()
    rows = SealedSecret.objects.in_bulk([uuid.UUID(str(each)) for each in references])
    found = [rows.get(uuid.UUID(str(each))) for each in references]
    kept = [row for row in found if row and not (row.expires_at and row.expires_at <= now)]
    if len(kept) < len(found):
        raise _gone()
    return keeping.open_many(kept)


def get(reference: str) -> Secret:
    """Open a secret at the moment of use.

    Raises NotFound when gone or expired, Unsealable, VaultAway.
    """
    row = SealedSecret.objects.filter(id=reference).first()
    if row is None or (row.expires_at and row.expires_at <= timezone.now()):
        raise _gone()
    try:
        return keeping.open_(row)
    except ValueMissing:
        # Somebody moved or deleted it since we looked.
        now = SealedSecret.objects.filter(id=reference).first()
        if now is None:
            raise _gone() from None
        if now.path == row.path:
            raise
        return keeping.open_(now)


def delete(reference: str) -> None:
    """Forget a secret for good; deleting twice is fine. Joins the caller's transaction.

    From the commit on nobody can read it; a worker destroys what OpenBao has of it.
    """
    with transaction.atomic():
        _delete(SealedSecret.objects.filter(id=reference))


def delete_expired() -> int:
    """Forget what has outlived its time; returns how many."""
    with transaction.atomic():
        return _delete(SealedSecret.objects.filter(expires_at__lte=timezone.now()))


def is_destroyed(reference: str) -> bool:
    """Is nothing left of a deleted secret, in OpenBao either?"""
    left = Destruction.objects.filter(record=reference, destroyed_at__isnull=True)
    return not left.exists() and not SealedSecret.objects.filter(id=reference).exists()


def prove() -> None:
    """Prove that what is kept can be opened, by the newest secret. Raises Unsealable, VaultAway."""
    row = SealedSecret.objects.order_by("-created_at").first()
    if row is None:
        keys.wrapping().current()
    else:
        keeping.open_(row)


def _delete(found: QuerySet[SealedSecret]) -> int:
    rows = list(found.select_for_update().order_by("pk"))
    for row in rows:
        keeping.destroy_later(row)
    SealedSecret.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _gone() -> NotFound:
    return NotFound("This secret is no longer kept. Give it again to go on.")
