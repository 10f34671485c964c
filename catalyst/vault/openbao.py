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
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

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
Taken = TypeVar("Taken")


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


# A child begins with nothing: a lease would do, but not a connection or a lock of another process.
os.register_at_fork(after_in_child=keys.cache_clear)


class Odd(Exception):
    """An answer that OpenBao does not give: something else answers at its address."""


@dataclass(frozen=True, slots=True)
class _Lease:
    """`until` by the monotonic clock."""

    token: str
    until: float


class OpenBaoKeys:
    """Logs in by AppRole when it has no lease; the secret id is read from its file each time."""

    def __init__(
        self, *, address: str, role_id: str, secret_id_file: Path | None, ca_bundle: Path | None
    ) -> None:
        self._address = address
        self._role_id = role_id
        self._secret_id_file = secret_id_file
        self._verify: bool | str = str(ca_bundle) if ca_bundle else True
        self._lease: _Lease | None = None
        # A session is for one thread; the web gives each request another.
        self._own = threading.local()

    def current(self) -> str:
        answer = self._ask(
            lambda bao: bao.secrets.transit.read_key(name=KEY, mount_point=MOUNT), _newest
        )
        return f"{_PREFIX}v{answer}"

    def wrap(self, data_key: bytes, *, record_id: str) -> Wrapped:
        return self._ask(
            lambda bao: bao.secrets.transit.encrypt_data(
                plaintext=b64encode(data_key).decode(), **_key_of(record_id)
            ),
            _wrapped,
        )

    def unwrap(self, wrapped: Wrapped, *, record_id: str) -> bytes:
        return self._ask(
            lambda bao: bao.secrets.transit.decrypt_data(
                ciphertext=wrapped.key.decode(), **_key_of(record_id)
            ),
            lambda answer: b64decode(answer["data"]["plaintext"], validate=True),
        )

    def rewrap(self, wrapped: Wrapped, *, record_id: str) -> Wrapped:
        return self._ask(
            lambda bao: bao.secrets.transit.rewrap_data(
                ciphertext=wrapped.key.decode(), **_key_of(record_id)
            ),
            _wrapped,
        )

    def make_new_key(self) -> None:
        """A new version wraps from now on; all before it still open."""
        self._ask(lambda bao: bao.secrets.transit.rotate_key(name=KEY, mount_point=MOUNT), _done)

    def forget_keys_before(self, key_id: str) -> None:
        """OpenBao deletes every version older than this one, for good: nothing they wrapped opens.

        A version made meanwhile changes nothing: what is not older than `key_id` stays.
        """
        oldest = int(key_id.removeprefix(f"{_PREFIX}v"))
        # hvac's own method refuses two equal versions, which OpenBao wants before it trims.
        least = {"min_decryption_version": oldest, "min_encryption_version": oldest}
        path = f"{MOUNT}/keys/{KEY}/config"
        self._ask(lambda bao: bao.write_data(path, data=least), _done)
        self._ask(
            lambda bao: bao.secrets.transit.trim_key(
                name=KEY, min_version=oldest, mount_point=MOUNT
            ),
            _done,
        )

    def _ask(self, call: Call, take: Callable[[Any], Taken]) -> Taken:
        """Raises VaultAway; Unsealable for what OpenBao calls a bad request."""
        try:
            try:
                answer = call(self._logged_in())
            except exceptions.Forbidden:  # the lease was taken back, or the right is not ours
                self._lease = None
                answer = call(self._logged_in())
            return _taken(answer, take)
        except exceptions.InvalidRequest as error:
            raise Unsealable(
                "OpenBao does not open it: another record's, altered, or a key that is gone."
            ) from error
        except (exceptions.VaultError, requests.RequestException, OSError, Odd) as error:
            # Its words may repeat what was sent.
            log.warning("openbao away", kind=type(error).__name__)
            raise VaultAway(
                "OpenBao is sealed, does not answer or refuses our role. Nothing was done; it "
                "goes on when OpenBao is back."
            ) from error

    def _logged_in(self) -> Any:
        """A client with a lease. All threads share the lease; two that find it over at
        the same time both log in, which is better than to wait for each other."""
        client = self._client()
        lease = self._lease
        if lease is None or time.monotonic() >= lease.until:
            self._lease = lease = self._log_in(client)
        client.token = lease.token
        return client

    def _client(self) -> Any:
        if not hasattr(self._own, "client"):
            session = requests.Session()
            session.trust_env = False  # a proxy from somebody's shell must not see a key
            session.verify = self._verify
            self._own.client = hvac.Client(
                url=self._address,
                session=session,
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,  # or the token and a plain data key go where it says
            )
        return self._own.client

    def _log_in(self, client: Any) -> _Lease:
        secret_id = self._secret_id_file.read_text().strip() if self._secret_id_file else ""
        asked_at = time.monotonic()
        client.token = None
        try:
            answer = client.auth.approle.login(
                role_id=self._role_id, secret_id=secret_id, use_token=False
            )
        except exceptions.InvalidRequest as error:
            raise exceptions.Unauthorized("the role or its secret id is not known") from error
        return _taken(
            answer,
            lambda it: _Lease(
                str(it["auth"]["client_token"]), asked_at + _USED * it["auth"]["lease_duration"]
            ),
        )


def _taken(answer: Any, take: Callable[[Any], Taken]) -> Taken:
    """hvac hands on as it is whatever is not JSON and not an HTTP error. Raises Odd."""
    try:
        return take(answer)
    except (AttributeError, TypeError, LookupError, ValueError) as error:
        raise Odd from error


def _done(answer: Any) -> None:
    if isinstance(answer, requests.Response) and answer.status_code != HTTPStatus.NO_CONTENT:
        raise ValueError("neither JSON nor an empty answer")


def _newest(answer: Any) -> int:
    return int(answer["data"]["latest_version"])


def _key_of(record_id: str) -> dict[str, str]:
    """The sub-key of this record, as hvac's calls want it named."""
    context = b64encode(record_id.encode()).decode()
    return {"name": KEY, "context": context, "mount_point": MOUNT}


def _wrapped(answer: Any) -> Wrapped:
    """`vault:v3:…`: the version is in front, whatever OpenBao is called."""
    ciphertext = answer["data"]["ciphertext"]
    _, version, _ = ciphertext.split(":", 2)
    return Wrapped(ciphertext.encode(), f"{_PREFIX}{version}")
