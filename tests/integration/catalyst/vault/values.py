"""What tests ask OpenBao itself about the values it keeps, and the worker's part done here."""

from __future__ import annotations

from typing import Any

from django.db.models.functions import Now
from hvac.exceptions import InvalidPath

from catalyst.embedded.openbao.policies import VALUES
from catalyst.models import OutboxItem, SealedSecret
from catalyst.work import outbox


def path_of(reference: str) -> str:
    return SealedSecret.objects.values_list("path", flat=True).get(pk=reference)


def content(root: Any, path: str) -> dict[str, str] | None:
    """By OpenBao's administrator; None when nothing is there."""
    try:
        answer = root.secrets.kv.v2.read_secret_version(
            path, mount_point=VALUES, raise_on_deleted_version=True
        )
    except InvalidPath:
        return None
    found: dict[str, str] = answer["data"]["data"]
    return found


def put_back(root: Any, path: str, value: dict[str, str]) -> None:
    """As an older copy of OpenBao would."""
    root.secrets.kv.v2.create_or_update_secret(path, value, cas=0, mount_point=VALUES)


def remove(root: Any, path: str) -> None:
    root.secrets.kv.v2.delete_metadata_and_all_versions(path, mount_point=VALUES)


def work() -> int:
    """What a worker does in its next rounds, now."""
    OutboxItem.objects.filter(done_at__isnull=True).update(available_at=Now())
    return outbox.drain()
