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
from catalyst.vault import gate, keys, lasting, openbao
from catalyst.vault.models import SealedSecret
from catalyst.vault.problems import Unsealable
from catalyst.vault.wrapped import Keys, Wrapped

# Rows stay locked for a batch: OpenBao is asked for each of them, over the network.
BATCH, OPENBAO_BATCH = 200, 20


@dataclass(frozen=True, slots=True)
class Progress:
    """So far: records moved, and records of this pass that no key known here opens."""

    moved: int
    refused: int


def counts() -> dict[str, int]:
    """Key id → how many records are under it, the most first."""
    rows = SealedSecret.objects.values_list("key_id").annotate(n=Count("pk")).order_by("-n")
    return dict(rows)


def rotate(*, actor: str, batch: int | None = None) -> Iterator[Progress]:
    """Yields after each committed batch, until a whole pass finds nothing to move.

    Somebody may still seal under an older key, at a place that was passed already. Raises
    VaultAway; what was moved stays moved.
    """
    lasting.keep_all()
    store = keys.wrapping()
    begun, moved, refused, before = counts(), 0, 0, -1
    while moved > before:
        before, refused = moved, 0
        for one in _pass(store, actor=actor, batch=batch or _batch_for(store)):
            moved, refused = moved + one.moved, refused + one.refused
            yield Progress(moved, refused)
    with transaction.atomic():
        after = {**counts(), "current": store.current(), "refused": refused}
        record(actor=actor, act="vault.rotate", object="vault", before=begun, after=after)


def _batch_for(store: Keys) -> int:
    return OPENBAO_BATCH if isinstance(store, openbao.OpenBaoKeys) else BATCH


def _pass(store: Keys, *, actor: str, batch: int) -> Iterator[Progress]:
    """Every record once, in batches; each is a transaction with its own place in the audit."""
    current, rest = store.current(), Q()
    while True:
        with transaction.atomic():
            found = SealedSecret.objects.filter(~Q(key_id=current) & rest).order_by("pk")
            rows = list(found.select_for_update()[:batch])
            if not rows:
                return
            moved = sum(_move(row, store) for row in rows)
            if moved:
                after = {"moved": moved, "to": current}
                record(actor=actor, act="vault.rotate-batch", object="vault", after=after)
        rest = Q(pk__gt=rows[-1].pk)
        yield Progress(moved, len(rows) - moved)


def make_new_key(*, actor: str) -> str:
    """A new version in OpenBao; returns its id. Raises Conflict where OpenBao has not the key."""
    store = _openbao("A new key comes by CATALYST_VAULT_KEY here: docs/runbooks/vault-key.md.")
    with transaction.atomic():
        record(actor=actor, act="vault.new-key", object="vault", before={"key": store.current()})
        store.make_new_key()
    return store.current()


def forget_old_keys(*, actor: str) -> None:
    """OpenBao deletes what is older than the key of now. Raises Conflict while one is needed, or
    may be by a record that is on its way.

    It cannot be taken back, so what is judged is what is kept: one version, asked once.
    """
    store = _openbao("Take the old key out of CATALYST_VAULT_OTHER_KEYS.")
    with transaction.atomic():
        gate.forgetting()
        current = store.current()
        needed = {key: n for key, n in counts().items() if openbao.is_ours(key) and key != current}
        if needed:
            raise Conflict(f"Still under older keys: {needed}. Run `vault rotate` first.")
        record(actor=actor, act="vault.forget-keys", object="vault", after={"oldest": current})
        store.forget_keys_before(current)


def _openbao(otherwise: str) -> openbao.OpenBaoKeys:
    store = keys.wrapping()
    if not isinstance(store, openbao.OpenBaoKeys):
        raise Conflict(otherwise)
    return store


def _move(row: SealedSecret, store: Keys) -> bool:
    """False for a record that no key known here opens. Raises VaultAway."""
    wrapped, record_id = Wrapped(bytes(row.wrapped_key), row.key_id), str(row.pk)
    try:
        opener = keys.opening(row.key_id)
        if type(opener) is type(store):
            new = store.rewrap(wrapped, record_id=record_id)
        else:
            new = store.wrap(opener.unwrap(wrapped, record_id=record_id), record_id=record_id)
    except Unsealable:
        return False
    SealedSecret.objects.filter(pk=row.pk).update(wrapped_key=new.key, key_id=new.key_id)
    return True
