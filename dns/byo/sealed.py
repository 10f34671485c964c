"""A customer's registrar credentials: in the vault, for as long as something is left to change."""

from __future__ import annotations

import json
from datetime import timedelta

from catalyst.problem import NotFound
from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from dns.byo.models import DomainMove
from dns.byo.schedule import CAP
from dns.registrars import services as registrars

PURPOSE = "dns.byo.registrar"
KEPT = CAP + timedelta(days=1)


def seal(registrar: str, credentials: registrars.Credentials) -> str:
    """Returns the reference. Joins the caller's transaction."""
    names = [field.name for field in registrars.kind_of(registrar).fields]
    given = {name: text for name in names if (text := credentials.reveal(name))}
    return vault.put(purpose=PURPOSE, secret=Secret(json.dumps(given)), expires_in=KEPT)


def open_(row: DomainMove) -> registrars.Credentials | None:
    """None when there are none, or they were kept for as long as we do."""
    if not row.credentials_ref:
        return None
    try:
        fields = json.loads(vault.get(row.credentials_ref).reveal())
    except NotFound:
        return None
    return registrars.credentials_of(row.registrar, fields=fields)


def forget(row: DomainMove) -> None:
    """For good. Joins the caller's transaction."""
    if row.credentials_ref:
        vault.delete(row.credentials_ref)
        DomainMove.objects.filter(pk=row.pk).update(credentials_ref="")
        row.credentials_ref = ""
