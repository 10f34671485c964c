"""OpenBao's transit engine as the store of keys: it wraps data keys and never shows its own.

The transit key is made with `derived=true`: the record's id is the context its sub-key comes from,
so a wrapped key opens for its record only, and `rewrap` needs no right to decrypt.
https://openbao.org/api-docs/secret/transit/ , https://openbao.org/api-docs/auth/approle/
"""

from __future__ import annotations

import os
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import hvac
import requests
import structlog
from hvac import exceptions

from catalyst.vault.problems import Unsealable, VaultAway
from catalyst.vault.wrapped import Wrapped

log = structlog.get_logger(__name__)
MOUNT, KEY = "transit", "catalyst"
TIMEOUT_SECONDS = 5.0
# Of a lease that is used; the rest is for a slow answer.
_USED = 0.7
_PREFIX = "bao:"

Call = Callable[[Any], Any]


def is_ours(key_id: str) -> bool:
    return key_id.startswith(_PREFIX)


@lru_cache(maxsize=8)
def keys(
    *, address: str, role_id: str, secret_id_file: Path | None, ca_bundle: Path | None
) -> OpenBaoKeys:
    """One per process and place, so that a lease is used for as long as it lasts."""
    return OpenBaoKeys(
        address=address, role_id=role_id, secret_id_file=secret_id_file, ca_bundle=ca_bundle
    )


class OpenBaoKeys:
    """Logs in by AppRole when it has no lease; the secret id is read from its file each time."""

    def __init__(
        self, *, address: str, role_id: str, secret_id_file: Path | None, ca_bundle: Path | None
    ) -> None:
        self._address = address
        self._role_id = role_id
        self._secret_id_file = secret_id_file
        self._verify: bool | str = str(ca_bundle) if ca_bundle else True
        # A session is for one thread; what a fork inherits is for nobody.
        self._own = threading.local()

    def current(self) -> str:
        return f"{_PREFIX}v{self._newest()}"

    def wrap(self, data_key: bytes, *, record_id: str) -> Wrapped:
        answer = self._ask(
            lambda client: client.secrets.transit.encrypt_data(
                name=KEY,
                plaintext=b64encode(data_key).decode(),
                context=_context(record_id),
                mount_point=MOUNT,
            )
        )
        return _wrapped(answer)

    def unwrap(self, wrapped: Wrapped, *, record_id: str) -> bytes:
        answer = self._ask(
            lambda client: client.secrets.transit.decrypt_data(
                name=KEY,
                ciphertext=wrapped.key.decode(),
                context=_context(record_id),
                mount_point=MOUNT,
            )
        )
        return b64decode(answer["data"]["plaintext"])

    def rewrap(self, wrapped: Wrapped, *, record_id: str) -> Wrapped:
        return _wrapped(
            self._ask(
                lambda client: client.secrets.transit.rewrap_data(
                    name=KEY,
                    ciphertext=wrapped.key.decode(),
                    context=_context(record_id),
                    mount_point=MOUNT,
                )
            )
        )

    def make_new_key(self) -> None:
        """A new version wraps from now on; all before it still open."""
        self._ask(lambda client: client.secrets.transit.rotate_key(name=KEY, mount_point=MOUNT))

    def forget_old_keys(self) -> None:
        """Nothing opens any more that is under an older version; OpenBao deletes those."""
        newest = self._newest()
        # hvac's own method refuses two equal versions, which OpenBao wants before it trims.
        least = {"min_decryption_version": newest, "min_encryption_version": newest}
        self._ask(lambda client: client.write_data(f"{MOUNT}/keys/{KEY}/config", data=least))
        self._ask(
            lambda client: client.secrets.transit.trim_key(
                name=KEY, min_version=newest, mount_point=MOUNT
            )
        )

    def _newest(self) -> int:
        answer = self._ask(
            lambda client: client.secrets.transit.read_key(name=KEY, mount_point=MOUNT)
        )
        return int(answer["data"]["latest_version"])

    def _ask(self, call: Call) -> Any:
        """Raises VaultAway; Unsealable for what OpenBao calls a bad request."""
        try:
            try:
                return call(self._logged_in())
            except exceptions.Forbidden:  # the lease was taken back, or the right is not ours
                self._own.until = 0.0
                return call(self._logged_in())
        except exceptions.InvalidRequest as error:
            raise Unsealable(
                "OpenBao does not open it: another record's, altered, or a key that is gone."
            ) from error
        except (exceptions.VaultError, requests.RequestException, OSError) as error:
            # Its words may repeat what was sent.
            log.warning("openbao away", kind=type(error).__name__)
            raise VaultAway(
                "OpenBao is sealed, does not answer or refuses our role. Nothing was done; it "
                "goes on when OpenBao is back."
            ) from error

    def _logged_in(self) -> Any:
        own = self._own
        if getattr(own, "pid", None) == os.getpid() and time.monotonic() < own.until:
            return own.client
        session = requests.Session()
        session.trust_env = False  # a proxy from somebody's shell must not see a key
        session.verify = self._verify
        client = hvac.Client(url=self._address, session=session, timeout=TIMEOUT_SECONDS)
        secret_id = self._secret_id_file.read_text().strip() if self._secret_id_file else ""
        asked_at = time.monotonic()
        try:
            answer = client.auth.approle.login(role_id=self._role_id, secret_id=secret_id)
        except exceptions.InvalidRequest as error:
            raise exceptions.Unauthorized("the role or its secret id is not known") from error
        own.until = asked_at + _USED * answer["auth"]["lease_duration"]
        own.pid, own.client = os.getpid(), client
        return client


def _context(record_id: str) -> str:
    return b64encode(record_id.encode()).decode()


def _wrapped(answer: Any) -> Wrapped:
    """`vault:v3:…`: the version is in front, whatever OpenBao is called."""
    ciphertext: str = answer["data"]["ciphertext"]
    return Wrapped(ciphertext.encode(), f"{_PREFIX}{ciphertext.split(':')[1]}")
