"""Promise a mail in the transaction it tells of; a worker sends it, once.

A worker killed between the mail server's answer and its own commit sends it again: the mail keeps
its Message-ID, by which mail programs know it (RFC 5322 §3.6.4).
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.validators import validate_email
from django.db import transaction

from catalyst.vault import services as vault
from catalyst.work import outbox
from franchise.mails import kinds
from franchise.mails.models import Mail

TOPIC = "franchise.mail"
PURPOSE = "franchise.mail"
# A mail server that is away longer loses what only its mail could tell: links ask for a new one.
SECRETS_ARE_KEPT = timedelta(days=14)


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
    with transaction.atomic():
        mail, is_new = Mail.objects.get_or_create(
            kind=kind,
            to=to.lower(),
            key=key,
            defaults={"language": language, "context": kept, "message_id": _new_id()},
        )
        if not is_new:
            return
        if secrets:
            mail.secrets = {
                name: vault.put(purpose=PURPOSE, secret=secret, expires_in=SECRETS_ARE_KEPT)
                for name, secret in secrets.items()
            }
            mail.save(update_fields=["secrets"])
        outbox.put(topic=TOPIC, key=str(mail.pk))


def promised(*, keys: Collection[str]) -> set[str]:
    """Of these keys those that some mail was promised under, whatever became of it."""
    return set(Mail.objects.filter(key__in=keys).values_list("key", flat=True))


def _new_id() -> str:
    return f"<{uuid.uuid4().hex}@{urlsplit(settings.CATALYST.public_url).hostname}>"
