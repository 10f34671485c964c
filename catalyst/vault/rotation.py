"""Moving every record to the keeper and the key of now.

A key that changes is wrapped anew, and no secret is seen. A keeper that changes is another place
(`places.py`): the secret is opened and kept there, which needs a role that may.

Safe beside running web and workers, by several at once, and after a kill: each batch is one
transaction, and what is left is asked of the rows. Order of a rotation: docs/runbooks/vault-key.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Length

from catalyst.audit.services import record
from catalyst.problem import Conflict
from catalyst.vault import gate, keeping, keys, lasting, places
from catalyst.vault.aead import OVERHEAD_BYTES
from catalyst.vault.models import SealedSecret
from catalyst.vault.openbao import transit
from catalyst.vault.problems import RoleRefused, Unsealable
from catalyst.vault.wrapped import Keys, Wrapped

# Rows stay locked for a batch: OpenBao is asked for each of them, over the network.
BATCH, OPENBAO_BATCH = 200, 20


@dataclass(frozen=True, slots=True)
class Progress:
    """So far: records moved; of this pass, records that no key known here opens, and records that
    stay at their earlier keeper because our role may not open them."""

    moved: int
    refused: int
    stay: int = 0


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
    begun, moved, before = counts(), 0, -1
    so_far = Progress(0, 0)
    while moved > before:
        before, refused, stay = moved, 0, 0
        for one in _pass(store, actor=actor, batch=batch or _batch()):
            moved, refused, stay = moved + one.moved, refused + one.refused, stay + one.stay
            so_far = Progress(moved, refused, stay)
            yield so_far
    with transaction.atomic():
        left = {"refused": so_far.refused, "stay": so_far.stay}
        after = {**counts(), "current": store.current(), **left}
        record(actor=actor, act="vault.rotate", object="vault", before=begun, after=after)


def out_of_place() -> int:
    """How many records a rotation would move."""
    return _to_move(keys.wrapping().current()).count()


def _to_move(current: str) -> QuerySet[SealedSecret]:
    elsewhere = ~Q(key_id=current)
    if not keys.uses_openbao():
        return SealedSecret.objects.filter(elsewhere)
    small = Q(sealed_bytes__lte=places.MOST_BYTES + OVERHEAD_BYTES)
    here = SealedSecret.objects.filter(path="").annotate(sealed_bytes=Length("ciphertext"))
    return here.filter(elsewhere | (small & ~Q(owner="")))


def _batch() -> int:
    return OPENBAO_BATCH if settings.CATALYST.openbao_address else BATCH


def _pass(store: Keys, *, actor: str, batch: int) -> Iterator[Progress]:
    """Every record once, in batches; each is a transaction with its own place in the audit."""
    current, rest = store.current(), Q()
    while True:
        with transaction.atomic():
            found = _to_move(current).filter(rest).order_by("pk")
            rows = list(found.select_for_update()[:batch])
            if not rows:
                return
            ends = Counter(_move(row, store) for row in rows)
            if moved := ends[_End.MOVED]:
                after = {"moved": moved, "to": current}
                record(actor=actor, act="vault.rotate-batch", object="vault", after=after)
        rest = Q(pk__gt=rows[-1].pk)
        yield Progress(moved, ends[_End.REFUSED], ends[_End.STAYS])


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
        needed = {
            key: n
            for key, n in counts().items()
            if transit.is_ours(key) and key not in (current, keeping.IN_OPENBAO)
        }
        if needed:
            raise Conflict(f"Still under older keys: {needed}. Run `vault rotate` first.")
        record(actor=actor, act="vault.forget-keys", object="vault", after={"oldest": current})
        store.forget_keys_before(current)


def _wrapped_by_another(key_id: str, current: str) -> bool:
    return transit.is_ours(key_id) and key_id not in (current, keeping.IN_OPENBAO)


def _openbao(otherwise: str) -> transit.OpenBaoKeys:
    store = keys.wrapping()
    if not isinstance(store, transit.OpenBaoKeys):
        raise Conflict(otherwise)
    return store


class _End(StrEnum):
    MOVED = "moved"
    REFUSED = "refused"
    STAYS = "stays"


def _move(row: SealedSecret, store: Keys) -> _End:
    """Raises VaultAway."""
    try:
        if row.path or _goes_to_openbao(row):
            try:
                return _to_other_place(row)
            except RoleRefused:
                if row.path or row.key_id == store.current() or not transit.is_ours(row.key_id):
                    return _End.STAYS
        return _to_other_key(row, store)
    except Unsealable:
        return _End.REFUSED


def _goes_to_openbao(row: SealedSecret) -> bool:
    size = len(row.ciphertext) - OVERHEAD_BYTES
    return keys.uses_openbao() and places.in_openbao(row.owner, size)


def _to_other_place(row: SealedSecret) -> _End:
    secret = keeping.open_(row)
    with transaction.atomic():
        keeping.destroy_later(row)
        keeping.keep(row, secret)
        row.save()
    return _End.MOVED


def _to_other_key(row: SealedSecret, store: Keys) -> _End:
    wrapped, record_id = Wrapped(bytes(row.wrapped_key), row.key_id), str(row.pk)
    opener = keys.opening(row.key_id)
    if type(opener) is type(store):
        new = store.rewrap(wrapped, record_id=record_id)
    else:
        new = store.wrap(opener.unwrap(wrapped, record_id=record_id), record_id=record_id)
    SealedSecret.objects.filter(pk=row.pk).update(wrapped_key=new.key, key_id=new.key_id)
    return _End.MOVED
