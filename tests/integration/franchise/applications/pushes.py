"""Telling us of a push, as Gitea does."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from django.test import Client

from catalyst.work.models import OutboxItem
from franchise.applications import connections, hooks


def told(repository: str, ref: str = "refs/heads/main") -> bytes:
    return json.dumps({"repository": {"full_name": repository}, "ref": ref}).encode()


def tell(body: bytes, signature: str | None = None) -> Any:
    secret = connections.hook_secret().reveal().encode()
    signed = hmac.new(secret, body, hashlib.sha256).hexdigest()
    return Client(enforce_csrf_checks=True).post(
        "/hooks/gitea",
        body,
        content_type="application/json",
        headers={"X-Gitea-Signature": signed if signature is None else signature},
    )


def promised() -> int:
    return OutboxItem.objects.filter(topic=hooks.TOPIC).count()
