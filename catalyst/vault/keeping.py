"""Putting a secret where the table of `places.py` says, and taking it out from where it is.

OpenBao is written before the row: a transaction that is taken back leaves a sealed half whose key
was never kept, for `sweeping.py`; never a row without its value.
"""

from __future__ import annotations

from collections.abc import Sequence

from catalyst.vault import gate, keys, places
from catalyst.vault.envelope import Sealed, seal, seal_many, unseal, unseal_many
from catalyst.vault.halves import Halves, join, split
from catalyst.vault.models import Destruction, SealedSecret
from catalyst.vault.problems import ValueMissing
from catalyst.vault.secret import Secret
from catalyst.vault.wrapped import Wrapped
from catalyst.work import outbox

IN_OPENBAO = "bao:kv"
DESTROY = "vault.destroy"


def keep(row: SealedSecret, secret: Secret) -> None:
    """Fill the row's columns, and OpenBao where it belongs there. Inside the transaction that saves
    the row. Raises VaultAway."""
    if keys.uses_openbao() and places.in_openbao(row.owner, len(secret.reveal().encode())):
        _keep_in_openbao(row, secret)
    else:
        _keep_here(row, secret)


def keep_many_here(rows: Sequence[SealedSecret], secrets: Sequence[Secret]) -> None:
    """`keep` for rows without an owner, which are sealed here. Raises VaultAway."""
    gate.sealing()
    record_ids = [str(row.pk) for row in rows]
    sealed = seal_many(secrets, keys=keys.wrapping(), record_ids=record_ids)
    for row, each in zip(rows, sealed, strict=True):
        _fill(row, each)


def open_many(rows: Sequence[SealedSecret]) -> list[Secret]:
    """`open_` for each, few calls for many. Raises Unsealable, ValueMissing, VaultAway."""
    opened: dict[str, Secret] = {}
    under: dict[str, list[SealedSecret]] = {}
    for row in rows:
        if row.path:
            opened[str(row.pk)] = open_(row)
        else:
            under.setdefault(row.key_id, []).append(row)
    for key_id, those in under.items():
        record_ids = [str(row.pk) for row in those]
        sealed = [_sealed(row) for row in those]
        found = unseal_many(sealed, keys=keys.opening(key_id), record_ids=record_ids)
        opened |= dict(zip(record_ids, found, strict=True))
    return [opened[str(row.pk)] for row in rows]


def open_(row: SealedSecret) -> Secret:
    """Raises Unsealable, ValueMissing, VaultAway."""
    record_id = str(row.pk)
    if not row.path:
        return unseal(_sealed(row), keys=keys.opening(row.key_id), record_id=record_id)
    found = keys.values().read(row.path, version=row.version)
    if found is None:
        raise ValueMissing(
            "Its record is here, its value is not in OpenBao: one of the two was restored from "
            "another moment. Give the secret again to go on."
        )
    return join(Halves(bytes(row.wrapped_key), found), record_id=record_id)


def destroy_later(row: SealedSecret) -> None:
    """Promise the end of its value in OpenBao, when this transaction commits."""
    if row.path:
        Destruction.objects.create(path=row.path, record=row.pk, purpose=row.purpose)
        outbox.put(topic=DESTROY, key=row.path)


def _keep_in_openbao(row: SealedSecret, secret: Secret) -> None:
    path = places.new_path(row.owner, str(row.pk))
    gate.writing(path)
    halves = split(secret, record_id=str(row.pk))
    row.version = keys.values().write(path, halves.sealed)
    row.path, row.key_id = path, IN_OPENBAO
    row.ciphertext, row.wrapped_key = b"", halves.key


def _keep_here(row: SealedSecret, secret: Secret) -> None:
    gate.sealing()
    _fill(row, seal(secret, keys=keys.wrapping(), record_id=str(row.pk)))


def _sealed(row: SealedSecret) -> Sealed:
    return Sealed(bytes(row.ciphertext), Wrapped(bytes(row.wrapped_key), row.key_id))


def _fill(row: SealedSecret, sealed: Sealed) -> None:
    row.path, row.version = "", 0
    row.ciphertext = sealed.ciphertext
    row.wrapped_key, row.key_id = sealed.wrapped.key, sealed.wrapped.key_id
