"""Django's sessions in the database, each with whose it is (SESSION_ENGINE).

As Django's documentation extends them: "Extending database-backed session engines".
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY, logout
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from catalyst.identity.models import User, UserSession
from catalyst.vault import services as vault
from catalyst.web.address import address_of

FACTS = "log-in"
SEEN_EVERY = timedelta(minutes=5)
LONGEST = timedelta(days=7)  # of one log-in, however busy
PATIENCE = timedelta(minutes=15)  # an open log-in outlives the issuer's absence by so long
AGENT = 200


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls) -> type[UserSession]:
        return UserSession

    def create_model_instance(self, data: dict[str, Any]) -> UserSession:
        row: UserSession = super().create_model_instance(data)  # type: ignore[assignment]
        facts = data.get(FACTS, {})
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.opened_at = _moment(facts.get("opened_at"))
        row.seen_at = _moment(facts.get("seen_at"))
        row.address = facts.get("address")
        row.agent = facts.get("agent", "")
        return row


def end(rows: QuerySet[UserSession]) -> int:
    """End these sessions with what is kept of them; returns how many there were."""
    with transaction.atomic():
        # Locked first: a log-in that is being renewed is seen as it is afterwards. By the keys,
        # because the rows may have been chosen by what is deleted with them.
        chosen = UserSession.objects.filter(pk__in=rows.values("pk")).order_by("pk")
        keys = list(chosen.select_for_update().values_list("pk", flat=True))
        ended = UserSession.objects.filter(pk__in=keys)
        for reference in ended.values_list("issuer_login__refresh", flat=True):
            if reference:
                vault.delete(reference)
        ended.delete()
    return len(keys)


def end_this(request: HttpRequest) -> None:
    """Log out here: the row ends, and the browser's cookie with the answer."""
    end(UserSession.objects.filter(pk=request.session.session_key))
    logout(request)


def note(request: HttpRequest) -> None:
    """Keep when and where this person was seen; a log-in that is too old ends here."""
    now = timezone.now()
    facts = request.session.get(FACTS)
    if facts is None or facts.get("of") != str(request.user.pk):
        facts = {"of": str(request.user.pk), "opened_at": now.isoformat()}
    elif now - datetime.fromisoformat(facts["opened_at"]) > LONGEST:
        end_this(request)
        return
    elif now - datetime.fromisoformat(facts["seen_at"]) < SEEN_EVERY:
        return
    agent = request.headers.get("User-Agent", "")
    shown = "".join(letter for letter in agent if letter.isprintable())[:AGENT]
    seen = {"seen_at": now.isoformat(), "address": address_of(request), "agent": shown}
    request.session[FACTS] = {**facts, **seen}


def of(user: User) -> QuerySet[UserSession]:
    """Their sessions that are open, the one seen last first."""
    rows = UserSession.objects.filter(user=user, expire_date__gt=timezone.now())
    return rows.order_by("-seen_at", "session_key")


def open_among(keys: set[str]) -> set[str]:
    """Those of these session keys that are still good: not over, and not without the issuer's word
    for longer than anybody is patient."""
    now = timezone.now()
    rows = UserSession.objects.filter(session_key__in=keys, expire_date__gt=now)
    believed = Q(issuer_login__isnull=True) | Q(issuer_login__fresh_until__gt=now - PATIENCE)
    return set(rows.filter(believed).values_list("session_key", flat=True))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
