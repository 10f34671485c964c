"""A customer's registrar credentials: in the vault, for as long as something is left to change."""

from __future__ import annotations

import uuid
from datetime import timedelta

from catalyst.problem import NotFound
from catalyst.vault import services as vault
from dns.byo.models import DomainMove
from dns.byo.schedule import CAP
from dns.registrars import services as registrars

PURPOSE = "dns.byo.registrar"
KEPT = CAP + timedelta(days=1)


def seal(move_id: uuid.UUID, registrar: str, credentials: registrars.Credentials) -> str:
    """Returns the reference. Joins the caller's transaction."""
    secret = registrars.as_secret(registrar, credentials)
    return vault.put(purpose=PURPOSE, secret=secret, owner=f"moves/{move_id}", expires_in=KEPT)


def open_(row: DomainMove) -> registrars.Credentials | None:
    """None when there are none, or they were kept for as long as we do."""
    if not row.credentials_ref:
        return None
    try:
        return registrars.from_secret(vault.get(row.credentials_ref))[1]
    except NotFound:
        return None


def forget(row: DomainMove) -> None:
    """For good. Joins the caller's transaction."""
    if row.credentials_ref:
        vault.delete(row.credentials_ref)
        DomainMove.objects.filter(pk=row.pk).update(credentials_ref="")
        row.credentials_ref = ""
