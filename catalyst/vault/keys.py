"""Who keeps what: keys of our own, or OpenBao, whose key never leaves it and which keeps values.

Exactly one is used for what is new (`CATALYST_VAULT`). A record is opened by the one that keeps it
and by no other: its `key_id` says which. Records of the other kind are opened where that one is
set up as well, so that a rotation can move them.
"""

from __future__ import annotations

from base64 import b64decode

from django.conf import settings

from catalyst.vault.local import LocalKeys
from catalyst.vault.openbao import logins, transit
from catalyst.vault.openbao.session import Session, session
from catalyst.vault.openbao.transit import OpenBaoKeys
from catalyst.vault.openbao.values import OpenBaoValues
from catalyst.vault.problems import Unsealable
from catalyst.vault.wrapped import Keys


def wrapping() -> Keys:
    """The store that wraps the keys of new records."""
    return by_openbao() if uses_openbao() else _local()


def opening(key_id: str) -> Keys:
    """The store that wrapped a record. Raises Unsealable when it is not set up here."""
    return by_openbao() if transit.is_ours(key_id) else _local()


def uses_openbao() -> bool:
    return bool(settings.CATALYST.vault == "openbao")


def by_openbao() -> OpenBaoKeys:
    """Raises Unsealable when it is not set up here."""
    return OpenBaoKeys(_session())


def values() -> OpenBaoValues:
    """The store of values. Raises Unsealable when it is not set up here."""
    return OpenBaoValues(_session())


def _session() -> Session:
    env = settings.CATALYST
    if not env.openbao_address:
        raise Unsealable("OpenBao is not set up here.")
    return session(address=env.openbao_address, log_in=_log_in(), ca_bundle=env.ca_bundle)


def _log_in() -> logins.LogIn:
    env = settings.CATALYST
    if env.openbao_login == "kubernetes":
        return logins.Kubernetes(env.openbao_role_id, env.openbao_token_file)
    return logins.AppRole(env.openbao_role_id, env.openbao_secret_id_file)


def ours() -> list[bytes]:
    """The keys of our own settings, the one that wraps first."""
    known = (settings.CATALYST_VAULT_KEY, *settings.CATALYST_VAULT_OTHER_KEYS)
    return [b64decode(key) for key in known if key]


def _local() -> LocalKeys:
    return LocalKeys(ours())
