"""`Idempotency-Key`: a request that is sent again is answered again, and done once.

The key's row, the act and the answer are one transaction: a process that dies in between leaves
nothing, and whoever sends the same key meanwhile waits for the outcome at the unique index. A
refusal (4xx, 5xx) is not remembered, because nothing was done; what a Problem that `stays` has
written is kept. Only for routes whose answers hold
no secret. Source: draft-ietf-httpapi-idempotency-key-header.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from catalyst.api.models import IdempotencyKey
from catalyst.api.problems import KeyInProgress, KeyReused
from catalyst.identity.models import User
from catalyst.problem import Invalid

HEADER = "Idempotency-Key"
SHORTEST, LONGEST = 8, 80
KEPT = timedelta(hours=24)
PATIENCE = timedelta(seconds=10)
Run = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Claim:
    """A request that is to be done once."""

    person: User
    key: str
    route: str
    request_hash: str
    patience: timedelta


class _Refused(Exception):
    """Carries a refusal out of the transaction, which is undone."""

    def __init__(self, answer: HttpResponse) -> None:
        super().__init__()
        self.answer = answer


def idempotent(*, required: bool, patience: timedelta = PATIENCE) -> Callable[[Run], Run]:
    """Decorator of a ninja route (inside `decorate_view`). `required`: no key, no act.

    Whoever repeats a request that is under way waits for `patience`, then gets 409.
    """

    def decorate(run: Run) -> Run:
        @wraps(run)
        def once(request: HttpRequest, **path: Any) -> HttpResponse:
            person = request.user
            key = request.headers.get(HEADER, "")
            if not isinstance(person, User) or not (key or required):
                return run(request, **path)
            if not (SHORTEST <= len(key) <= LONGEST and key.isascii() and key.isprintable()):
                raise Invalid(
                    f"Send an {HEADER} header of {SHORTEST} to {LONGEST} characters.", field=HEADER
                )
            claim = Claim(person, key, _route(request), _fingerprint(request.body), patience)
            return _once(claim, lambda: run(request, **path))

        return once

    return decorate


def _route(request: HttpRequest) -> str:
    """Method and path; every mount of the API (…/v1/) is the same API."""
    return f"{request.method} /api/v1/{request.path.partition('/v1/')[2]}"


def _once(claim: Claim, act: Callable[[], HttpResponse]) -> HttpResponse:
    try:
        with transaction.atomic():
            row, new = _take(claim)
            if not new:
                return _again(row, claim)
            answer = act()
            if answer.status_code >= 400:
                if not getattr(answer, "stays", False):
                    raise _Refused(answer)
                row.delete()
                return answer
            row.status, row.body = answer.status_code, answer.content.decode()
            row.save(update_fields=["status", "body"])
    except _Refused as refused:
        return refused.answer
    return answer


def _take(claim: Claim) -> tuple[IdempotencyKey, bool]:
    """The row of this key, and whether it is ours to fill. Raises KeyInProgress."""
    milliseconds = round(claim.patience.total_seconds() * 1000)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [str(milliseconds)])
    try:
        found = IdempotencyKey.objects.get_or_create(
            person=claim.person,
            key=claim.key,
            route=claim.route,
            defaults={"request_hash": claim.request_hash},
        )
    except OperationalError as error:
        raise KeyInProgress("Send it again with the same key.", retry_after=1) from error
    with connection.cursor() as cursor:  # the patience is for the key, not for the act
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    return found


def _again(row: IdempotencyKey, claim: Claim) -> HttpResponse:
    if row.request_hash != claim.request_hash:
        raise KeyReused("Make a new key for a new request.", field=HEADER)
    answer = HttpResponse(row.body, status=row.status, content_type="application/json")
    answer["Idempotency-Replayed"] = "true"
    return answer


def _fingerprint(body: bytes) -> str:
    """Keyed, so that a short secret in a body cannot be guessed from the table."""
    try:
        text = json.dumps(json.loads(body), sort_keys=True)
    except (ValueError, RecursionError):
        text = body.decode(errors="replace")
    return salted_hmac("catalyst.api.idempotency", text, algorithm="sha256").hexdigest()


def forget_old() -> int:
    """Forget keys nobody repeats any more; returns how many."""
    count, _ = IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    return count
