"""Moving every record to the key that wraps now. Data keys are wrapped anew; no secret is seen.

Safe beside running web and workers, by several at once, and after a kill: each batch is one
transaction, and what is left is asked of the rows. Order of a rotation: docs/runbooks/vault-key.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q

from catalyst.audit.services import record
from catalyst.problem import Conflict
from catalyst.vault import keys, openbao
from catalyst.vault.models import SealedSecret
from catalyst.vault.problems import Unsealable
from catalyst.vault.wrapped import Keys, Wrapped

BATCH = 200


@dataclass(frozen=True, slots=True)
class Progress:
    """So far: records moved, and records that no key known here opens."""

    moved: int
    refused: int


def counts() -> dict[str, int]:
    """Key id → how many records are under it, the most first."""
    rows = SealedSecret.objects.values_list("key_id").annotate(n=Count("pk")).order_by("-n")
    return dict(rows)


def rotate(*, actor: str, batch: int = BATCH) -> Iterator[Progress]:
    """Yields after each committed batch. Raises VaultAway; what was moved stays moved."""
    store = keys.wrapping()
    current = store.current()
    begun, moved, refused = counts(), 0, 0
    waiting = ~Q(key_id=current)
    after = Q()
    while True:
        with transaction.atomic():
            found = SealedSecret.objects.filter(waiting & after).order_by("pk")
            rows = list(found.select_for_update()[:batch])
            for row in rows:
                try:
                    _move(row, store)
                except Unsealable:
                    refused += 1
                else:
                    moved += 1
            if not rows:
                record(
                    actor=actor,
                    act="vault.rotate",
                    object="vault",
                    before=begun,
                    after={**counts(), "current": current, "refused": refused},
                )
                return
        after = Q(pk__gt=rows[-1].pk)
        yield Progress(moved, refused)


def make_new_key(*, actor: str) -> str:
    """A new version in OpenBao; returns its id. Raises Conflict where OpenBao has not the key."""
    store = _openbao("A new key comes by CATALYST_VAULT_KEY here: docs/runbooks/vault-key.md.")
    with transaction.atomic():
        record(actor=actor, act="vault.new-key", object="vault", before={"key": store.current()})
        store.make_new_key()
    return store.current()


def forget_old_keys(*, actor: str) -> None:
    """OpenBao deletes what is older than the key of now. Raises Conflict while one is needed."""
    store = _openbao("Take the old key out of CATALYST_VAULT_OTHER_KEYS.")
    current = store.current()
    needed = {key: n for key, n in counts().items() if openbao.is_ours(key) and key != current}
    if needed:
        raise Conflict(f"Still under older keys: {needed}. Run `vault rotate` first.")
    with transaction.atomic():
        record(actor=actor, act="vault.forget-keys", object="vault", after={"oldest": current})
        store.forget_old_keys()


def _openbao(otherwise: str) -> openbao.OpenBaoKeys:
    store = keys.wrapping()
    if not isinstance(store, openbao.OpenBaoKeys):
        raise Conflict(otherwise)
    return store


def _move(row: SealedSecret, store: Keys) -> None:
    wrapped, record_id = Wrapped(bytes(row.wrapped_key), row.key_id), str(row.pk)
    opener = keys.opening(row.key_id)
    if type(opener) is type(store):
        new = store.rewrap(wrapped, record_id=record_id)
    else:
        new = store.wrap(opener.unwrap(wrapped, record_id=record_id), record_id=record_id)
    SealedSecret.objects.filter(pk=row.pk).update(wrapped_key=new.key, key_id=new.key_id)
