"""How a domain begins its way here: claimed, sealed, promised. One transaction, nothing outside."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest

from catalyst.problem import Invalid
from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from dns.byo import conflicts, journal, machine, sealed
from dns.byo import records as zone_records
from dns.byo.models import DomainMove, Mode, MoveState
from dns.byo.names import read as read_domain
from dns.byo.problems import WrongAcknowledgement
from dns.byo.selectors import living
from dns.byo.values import Move, Record
from dns.pools import tokens
from dns.pools.problems import IdempotencyMismatch
from dns.registrars import services as registrars
from dns.registrars.problems import MissingToken

WORDS_BEGUN = "We look at the domain first."


def begin(
    *,
    domain: str,
    mode: str,
    owner: str,
    account: str,
    actor: str,
    idempotency_key: str,
    registrar: str = "",
    credentials: registrars.Credentials | None = None,
    acknowledgement: str = "",
    records: Sequence[Record] = (),
    contact: str = "",
    request: HttpRequest | None = None,
) -> Move:
    """Start to bring a domain here. Joins the caller's transaction.

    The same owner and key get the same move while it lives; a domain that this account gave up and
    that still points here is taken over again. Raises MissingDomain, InvalidDomain, OursAlready,
    DomainTaken, WrongAcknowledgement, BadRecord, MissingToken, UnsupportedRegistrar,
    NotSupportedForDomain, IdempotencyMismatch, Invalid.
    """
    name = read_domain(domain)
    way = _mode(mode, registrar, credentials)
    taken_over = zone_records.checked(records, domain=name.name)
    if acknowledgement and not is_typed(acknowledgement, name.name):
        raise WrongAcknowledgement(f"Type {name.name}, exactly.", field="acknowledgement")
    if way == Mode.REGISTRAR:
        registrar = registrars.kind_of(registrar).name
        registrars.refuse_unfit(registrar, name, settings.CATALYST.nameservers)
    with transaction.atomic():
        conflicts.lock_family(name.registrable)
        earlier = living().filter(owner=owner, idempotency_key=idempotency_key).first()
        if earlier is not None:
            if earlier.fqdn != name.name:
                raise IdempotencyMismatch(f"It began {earlier.fqdn}.", fqdn=earlier.fqdn)
            return Move(earlier.pk, earlier.fqdn)
        left = living().filter(
            fqdn=name.name, account=account, state=MoveState.RELEASING
        ).select_for_update().first()  # fmt: skip
        conflicts.refuse_ours(name.name)
        conflicts.refuse_taken(
            name.name, name.registrable, account=account, but=left.pk if left else None
        )
        move_id = left.pk if left else uuid.uuid4()
        fields = {
            "mode": way,
            "registrar": registrar if way == Mode.REGISTRAR else "",
            "credentials_ref": sealed.seal(move_id, registrar, credentials)
            if way == Mode.REGISTRAR and credentials is not None
            else "",
            "owner": owner,
            "created_by": actor,
            "contact": contact,
            "idempotency_key": idempotency_key,
            "acknowledged": bool(acknowledgement),
            "records": [one.as_json() for one in taken_over],
            "words": WORDS_BEGUN,
            "needs": [],
            "next_poll_at": Now(),
        }
        if left is not None:
            row = _taken_over(left, fields)
        else:
            row = _new(move_id, name.name, name.registrable, account, fields)
        journal.audit(row, "begun", actor=actor, request=request, mode=row.mode)
        journal.say(row, f"{row.fqdn} is to come to our name servers ({row.get_mode_display()}).")
        journal.wake(row)
        return Move(row.pk, row.fqdn)


def _mode(mode: str, registrar: str, credentials: registrars.Credentials | None) -> Mode:
    try:
        way = Mode(mode)
    except ValueError:
        raise Invalid(f"It is one of {', '.join(Mode.values)}.", field="mode") from None
    if way is Mode.REGISTRAR:
        registrars.kind_of(registrar)
        if credentials is None:
            raise MissingToken("Give the registrar's credentials.", field="credentials")
    return way


def is_typed(text: str, fqdn: str) -> bool:
    try:
        return read_domain(text).name == fqdn
    except registrars.RegistrarProblem:
        return False


def _new(
    move_id: uuid.UUID, fqdn: str, registrable: str, account: str, fields: dict[str, Any]
) -> DomainMove:
    key = Secret(secrets.token_urlsafe(30))
    row = DomainMove(
        id=move_id,
        fqdn=fqdn,
        registrable=registrable,
        account=account,
        challenge=f"catalyst-{secrets.token_hex(16)}",
        acme_key_hash=tokens.fingerprint(key),
        acme_key_ref=vault.put(purpose="dns.acme-key", secret=key, owner=f"moves/{move_id}"),
        **fields,
    )
    row.save(force_insert=True)
    row.refresh_from_db()
    return row


def _taken_over(row: DomainMove, fields: dict[str, Any]) -> DomainMove:
    machine.move(
        row,
        MoveState.PREPARING,
        **fields,
        address_v4=None,
        address_v6=None,
        written=False,
        rounds=0,
        agreeing=0,
        polling_at=None,
        flipped_at=None,
        ds_gone_at=None,
        delegated_at=None,
        left_at=None,
        warned_24_at=None,
        warned_48_at=None,
    )
    return row
