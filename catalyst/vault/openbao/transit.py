"""OpenBao's transit engine as the store of keys: it wraps data keys and never shows its own.

The transit key is made with `derived=true`: the record's id is the context its sub-key comes from,
so a wrapped key opens for its record only, and `rewrap` needs no right to decrypt.
https://openbao.org/api-docs/secret/transit/
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from hvac import exceptions

from catalyst.vault.openbao.session import Session, done
from catalyst.vault.wrapped import Wrapped

MOUNT, KEY = "transit", "catalyst"
_PREFIX = "bao:"
# In one request: OpenBao refuses JSON of more than a thousand strings, and an item has four.
_AT_ONCE = 200
_Items = list[dict[str, str]]


def is_ours(key_id: str) -> bool:
    return key_id.startswith(_PREFIX)


@dataclass(frozen=True, slots=True)
class OpenBaoKeys:
    session: Session

    def current(self) -> str:
        answer = self.session.ask(
            lambda bao: bao.secrets.transit.read_key(name=KEY, mount_point=MOUNT), _newest
        )
        return f"{_PREFIX}v{answer}"

    def wrap(self, data_key: bytes, *, record_id: str) -> Wrapped:
        return self.session.ask(
            lambda bao: bao.secrets.transit.encrypt_data(
                plaintext=b64encode(data_key).decode(), **_key_of(record_id)
            ),
            _wrapped,
        )

    def unwrap(self, wrapped: Wrapped, *, record_id: str) -> bytes:
        return self.session.ask(
            lambda bao: bao.secrets.transit.decrypt_data(
                ciphertext=_ciphertext(wrapped), **_key_of(record_id)
            ),
            lambda answer: b64decode(answer["data"]["plaintext"], validate=True),
        )

    def wrap_many(self, data_keys: Sequence[bytes], *, record_ids: Sequence[str]) -> list[Wrapped]:
        pairs = zip(data_keys, record_ids, strict=True)
        items = [
            {"plaintext": b64encode(key).decode(), "context": _context(record_id)}
            for key, record_id in pairs
        ]
        done: list[Wrapped] = []
        for part in _parts(items):
            done += self.session.ask(
                partial(_encrypted, part),
                lambda answer: [_wrapped_as(each) for each in answer["data"]["batch_results"]],
            )
        return done

    def unwrap_many(self, wrapped: Sequence[Wrapped], *, record_ids: Sequence[str]) -> list[bytes]:
        pairs = zip(wrapped, record_ids, strict=True)
        items = [
            {"ciphertext": _ciphertext(each), "context": _context(record_id)}
            for each, record_id in pairs
        ]
        done: list[bytes] = []
        for part in _parts(items):
            done += self.session.ask(
                partial(_decrypted, part),
                lambda answer: [
                    b64decode(each["plaintext"], validate=True)
                    for each in answer["data"]["batch_results"]
                ],
            )
        return done

    def rewrap(self, wrapped: Wrapped, *, record_id: str) -> Wrapped:
        return self.session.ask(
            lambda bao: bao.secrets.transit.rewrap_data(
                ciphertext=_ciphertext(wrapped), **_key_of(record_id)
            ),
            _wrapped,
        )

    def make_new_key(self) -> None:
        """A new version wraps from now on; all before it still open."""
        self.session.ask(
            lambda bao: bao.secrets.transit.rotate_key(name=KEY, mount_point=MOUNT), done
        )

    def forget_keys_before(self, key_id: str) -> None:
        """OpenBao deletes every version older than this one, for good: nothing they wrapped opens.

        A version made meanwhile changes nothing: what is not older than `key_id` stays.
        """
        oldest = int(key_id.removeprefix(f"{_PREFIX}v"))
        # hvac's own method refuses two equal versions, which OpenBao wants before it trims.
        least = {"min_decryption_version": oldest, "min_encryption_version": oldest}
        path = f"{MOUNT}/keys/{KEY}/config"
        self.session.ask(lambda bao: bao.write_data(path, data=least), done)
        self.session.ask(
            lambda bao: bao.secrets.transit.trim_key(
                name=KEY, min_version=oldest, mount_point=MOUNT
            ),
            done,
        )


def _encrypted(part: _Items, bao: Any) -> Any:
    return bao.secrets.transit.encrypt_data(name=KEY, batch_input=part, mount_point=MOUNT)


def _decrypted(part: _Items, bao: Any) -> Any:
    return bao.secrets.transit.decrypt_data(
        name=KEY, ciphertext="", batch_input=part, mount_point=MOUNT
    )


def _newest(answer: Any) -> int:
    return int(answer["data"]["latest_version"])


def _key_of(record_id: str) -> dict[str, str]:
    """The sub-key of this record, as hvac's calls want it named."""
    return {"name": KEY, "context": _context(record_id), "mount_point": MOUNT}


def _context(record_id: str) -> str:
    return b64encode(record_id.encode()).decode()


def _parts(items: _Items) -> Iterator[_Items]:
    return (items[start : start + _AT_ONCE] for start in range(0, len(items), _AT_ONCE))


def _ciphertext(wrapped: Wrapped) -> str:
    """Raises InvalidRequest, as OpenBao would say of what is no ciphertext of its."""
    try:
        return wrapped.key.decode("ascii")
    except UnicodeDecodeError as error:
        raise exceptions.InvalidRequest("not a ciphertext") from error


def _wrapped(answer: Any) -> Wrapped:
    return _wrapped_as(answer["data"])


def _wrapped_as(data: dict[str, Any]) -> Wrapped:
    """`vault:v3:…`: the version is in front, whatever OpenBao is called."""
    ciphertext = data["ciphertext"]
    _, version, _ = ciphertext.split(":", 2)
    return Wrapped(ciphertext.encode(), f"{_PREFIX}{version}")
