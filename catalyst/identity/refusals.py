"""A person whose role does not include something is told so, and the audit keeps it."""

from __future__ import annotations

import asyncio
from typing import Any, NoReturn

import structlog
from asgiref.sync import sync_to_async
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.identity.models import User
from catalyst.limits.services import hit
from catalyst.problem import Forbidden

log = structlog.get_logger(__name__)
_kept_later: set[asyncio.Task[Any]] = set()  # the loop itself holds tasks weakly


def refuse(request: HttpRequest, *, predicate: str) -> NoReturn:
    """Raises Forbidden. Who knocks again and again is kept in the log, no longer in the audit."""
    match = request.resolver_match
    at = (match.view_name or match.route) if match else request.path
    log.info("refused", predicate=predicate, at=at)
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        _keep(request, predicate, at)
    else:  # a stream's door: no database on this thread
        task = loop.create_task(sync_to_async(_keep)(request, predicate, at))
        _kept_later.add(task)
        task.add_done_callback(_kept_later.discard)
    raise Forbidden(_("Your role does not include this."))


def note_foreign(user: User, object: str) -> None:
    """Keep that a person asked for what is another's. They are told that it is not there, as for
    what never was; this is how it is known afterwards. Not inside a transaction that is undone."""
    _record(user, object, {"foreign": True})


def _keep(request: HttpRequest, predicate: str, at: str) -> None:
    assert isinstance(request.user, User)
    facts = {"predicate": predicate, "method": request.method}
    _record(request.user, f"address:{at}"[:200], facts, request)


def _record(
    user: User, object: str, facts: dict[str, Any], request: HttpRequest | None = None
) -> None:
    if not hit(action="refusal", key=f"person:{user.pk}").allowed:
        return
    with transaction.atomic():
        record(actor=str(user), act="identity.refused", object=object, after=facts, request=request)
