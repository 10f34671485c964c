"""What an event may hold: plain facts. Secrets leave a fingerprint and nothing else."""

from __future__ import annotations

from typing import Any

from django.utils.crypto import salted_hmac

from catalyst.eventlog.redaction import Redactor
from catalyst.vault.secret import Secret

_SALT = "catalyst.audit.fingerprint"
_unknown = Redactor()


def fingerprint(secret: Secret) -> str:
    """Tells two secrets apart, and nothing about either: keyed, so that short ones cannot be tried.

    It changes with CATALYST_SECRET_KEY.
    """
    digest = salted_hmac(_SALT, secret.reveal(), algorithm="sha256").hexdigest()
    return f"fingerprint:{digest[:16]}"


def facts(values: dict[str, Any] | None) -> dict[str, Any]:
    """The same as JSON, every Secret a fingerprint, and texts that look like a token masked."""
    return {str(key): _fact(str(key), value) for key, value in (values or {}).items()}


def _fact(name: str, value: Any) -> Any:
    if isinstance(value, Secret):
        return fingerprint(value)
    if isinstance(value, str):
        return _unknown.clean_named(name, str(value))
    if isinstance(value, dict):
        return facts(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        ordered = sorted(value, key=str) if isinstance(value, (set, frozenset)) else value
        return [_fact(name, item) for item in ordered]
    return value
