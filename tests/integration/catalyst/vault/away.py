"""A vault that is away, for tests of what uses it."""

from __future__ import annotations

from typing import Any

from catalyst.models import SealedSecret
from tests.integration.internet.running import free_port


def closed(env: Any) -> Any:
    """Settings by which OpenBao keeps the vault's key, and nobody answers at its address."""
    return env.model_copy(
        update={
            "vault": "openbao",
            "openbao_address": f"http://127.0.0.1:{free_port()}",
            "openbao_role_id": "catalyst-worker",
        }
    )


def needs_openbao(reference: str) -> str:
    """From now on this secret is opened by OpenBao alone; returns the key it really is under."""
    row = SealedSecret.objects.filter(pk=reference)
    kept = row.values_list("key_id", flat=True)[0]
    row.update(key_id="bao:v1")
    return kept
