"""OpenBao's KV v2 engine as the store of values. What it holds is sealed already (`halves.py`).

A path is written once and never again (`cas=0`), so that no value can take another's place.
https://openbao.org/api-docs/secret/kv/kv-v2/
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hvac.exceptions import InvalidPath

from catalyst.vault.openbao.session import Session, done
from catalyst.vault.problems import Unsealable, VaultAway

MOUNT = "catalyst"
_FIELD = "sealed"


@dataclass(frozen=True, slots=True)
class OpenBaoValues:
    """All raise VaultAway, and RoleRefused where the role may not."""

    session: Session

    def write(self, path: str, sealed: bytes) -> int:
        """Returns the version: 1, for nothing was there."""
        try:
            return self.session.ask(
                lambda bao: bao.secrets.kv.v2.create_or_update_secret(
                    path=path,
                    secret={_FIELD: b64encode(sealed).decode()},
                    cas=0,
                    mount_point=MOUNT,
                ),
                lambda answer: int(answer["data"]["version"]),
            )
        except (Unsealable, InvalidPath) as error:  # a path of ours is new: it is not set up
            raise _not_set_up() from error

    def read(self, path: str, *, version: int) -> bytes | None:
        """None when it is not there."""
        try:
            return self.session.ask(
                lambda bao: bao.secrets.kv.v2.read_secret_version(
                    path=path, version=version, mount_point=MOUNT, raise_on_deleted_version=True
                ),
                lambda answer: b64decode(answer["data"]["data"][_FIELD], validate=True),
            )
        except InvalidPath:
            return None

    def destroy(self, path: str) -> None:
        """Every version and what is known of it, for good; twice is fine."""
        self.session.ask(
            lambda bao: bao.secrets.kv.v2.delete_metadata_and_all_versions(
                path=path, mount_point=MOUNT
            ),
            done,
        )

    def written_at(self, path: str) -> datetime | None:
        """By OpenBao's clock; None when nothing is there."""
        try:
            return self.session.ask(
                lambda bao: bao.secrets.kv.v2.read_secret_metadata(path=path, mount_point=MOUNT),
                lambda answer: datetime.fromisoformat(answer["data"]["created_time"]),
            )
        except InvalidPath:
            return None

    def paths(self, folder: str = "") -> Iterator[str]:
        """Of every value, folder by folder."""
        for name in self._names(folder):
            if name.endswith("/"):
                yield from self.paths(folder + name)
            else:
                yield folder + name

    def _names(self, folder: str) -> list[str]:
        try:
            return self.session.ask(
                lambda bao: bao.secrets.kv.v2.list_secrets(path=folder, mount_point=MOUNT), _keys
            )
        except InvalidPath:  # nothing is in it
            return []


def _keys(answer: Any) -> list[str]:
    return [str(name) for name in answer["data"]["keys"]]


def _not_set_up() -> VaultAway:
    return VaultAway(
        f"OpenBao does not keep values at {MOUNT}/ yet. Nothing was done; it goes on when it does."
    )
