"""Who wraps the data key of each record: a key of our own, or OpenBao, whose key never leaves it.

Exactly one wraps (`CATALYST_VAULT`). A record is opened by the one that wrapped it and by no other:
its `key_id` says which. Records of the other kind are opened where that one is set up as well, so
that a rotation can move them.
"""

from __future__ import annotations

from base64 import b64decode

from django.conf import settings

from catalyst.vault import openbao
from catalyst.vault.local import LocalKeys
from catalyst.vault.problems import Unsealable
from catalyst.vault.wrapped import Keys


def wrapping() -> Keys:
    """The store that new records go to."""
    return by_openbao() if settings.CATALYST.vault == "openbao" else _local()


def opening(key_id: str) -> Keys:
    """The store that wrapped a record. Raises Unsealable when it is not set up here."""
    return by_openbao() if openbao.is_ours(key_id) else _local()


def by_openbao() -> openbao.OpenBaoKeys:
    """Raises Unsealable when it is not set up here."""
    env = settings.CATALYST
    if not env.openbao_address:
        raise Unsealable("OpenBao is not set up here.")
    return openbao.keys(
        address=env.openbao_address,
        role_id=env.openbao_role_id,
        secret_id_file=env.openbao_secret_id_file,
        ca_bundle=env.ca_bundle,
    )


def ours() -> list[bytes]:
    """The keys of our own settings, the one that wraps first."""
    known = (settings.CATALYST_VAULT_KEY, *settings.CATALYST_VAULT_OTHER_KEYS)
    return [b64decode(key) for key in known if key]


def _local() -> LocalKeys:
    return LocalKeys(ours())
