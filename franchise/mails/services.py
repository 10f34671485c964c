"""Promise a mail in the transaction it tells of; a worker sends it, once.

A worker killed between the mail server's answer and its own commit sends it again: the mail keeps
its Message-ID, by which mail programs know it (RFC 5322 §3.6.4).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.validators import validate_email
from django.db import connection, transaction

from catalyst.vault import services as vault
from catalyst.work import outbox
from franchise.mails import kinds
from franchise.mails.models import Mail, MailState

TOPIC = "franchise.mail"
PURPOSE = "franchise.mail"
# A mail server that is away longer loses what only its mail could tell: links ask for a new one.
SECRETS_ARE_KEPT = timedelta(days=14)
# `get_or_create` takes a look and a savepoint to say the same; every redemption sends one.
_PROMISE = """
INSERT INTO franchise_mail (kind, "to", key, language, context, secrets, state, attempts, problem,
    message_id, promised_at)
VALUES (%s, %s, %s, %s, %s, '{}', %s, 0, '', %s, statement_timestamp())
ON CONFLICT (kind, "to", key) DO NOTHING RETURNING id
"""


def send(*, kind: str, to: str, key: str, context: Mapping[str, Any], language: str = "") -> None:
    """Promise one mail. Joins the caller's transaction; said twice with one key it is one mail.

    `context` is what `kinds` says that kind needs; a `Secret` in it goes into the vault and is
    filled in only while the mail is sent. No `language`: the reader's own, if they ever chose one.
    Raises TypeError for an unknown kind or words that do not fit it, ValidationError for an
    address that is none, VaultAway.
    """
    kept, secrets = kinds.packed(kinds.check(kind, context))
    validate_email(to)
    if language and language not in dict(settings.LANGUAGES):
        raise kinds.WrongWords(f"no mail is written in {language!r}")
    # Undone alone only where something can fail by itself: the vault.
    with transaction.atomic(savepoint=bool(secrets)):
        number = _promise(kind, to.lower(), key, language, kept)
        if number is None:
            return
        if secrets:
            references = {
                name: vault.put(purpose=PURPOSE, secret=secret, expires_in=SECRETS_ARE_KEPT)
                for name, secret in secrets.items()
            }
            Mail.objects.filter(pk=number).update(secrets=references)
        outbox.put(topic=TOPIC, key=str(number))


def _promise(kind: str, to: str, key: str, language: str, context: dict[str, Any]) -> int | None:
    """Its row's id; None: it was promised before, or is by somebody who was here first."""
    values = [kind, to, key, language, json.dumps(context), MailState.PROMISED, _new_id()]
    with connection.cursor() as cursor:
        cursor.execute(_PROMISE, values)
        row = cursor.fetchone()
    return row[0] if row else None


def promised(*, keys: Collection[str]) -> set[str]:
    """Of these keys those that some mail was promised under, whatever became of it."""
    return set(Mail.objects.filter(key__in=keys).values_list("key", flat=True))


def _new_id() -> str:
    return f"<{uuid.uuid4().hex}@{urlsplit(settings.CATALYST.public_url).hostname}>"
