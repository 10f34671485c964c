"""Acts that cannot be undone, and secrets that are shown, want a proof of now who one is.

`@recently_proved` beside `@requires` on a page, inside `decorate_view` on a route of the API, or on
the part of a view that acts. A
session that was proved longer ago than `RECENT` proves again: a password kept here is asked for
here, everybody else logs in at the issuer anew (`max_age=0`, OpenID Connect Core §3.1.2.1).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from catalyst.api.problems import NotLoggedIn
from catalyst.identity import again
from catalyst.language.words import lazy
from catalyst.web.errors import answer

RECENT = timedelta(minutes=5)
PROVED_AT = "proved-at"
TYPED = "typed"
# Of what was typed, never kept: it would lie in the session's row.
SECRETS = ("token", "password", "secret", "key", "code", "passphrase")
MOST_TYPED = 4000
View = Callable[..., HttpResponseBase]


class ProveAgain(NotLoggedIn):
    """RFC 9470 §3 names the challenge; `max_age` in seconds."""

    type = "step-up-required"
    title = lazy("Prove again who you are")
    scheme: ClassVar[str] = "Session"


def recently_proved(view: View) -> View:
    """Lets a request pass whose session was proved within `RECENT`; else asks for the proof."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **path: Any) -> HttpResponseBase:
        if not request.user.is_authenticated or is_recent(request):
            return view(request, *args, **path)
        if not again.shows_pages(request):
            return _challenge(request)
        place = again.place(request)
        _keep_typed(request, place)
        return again.go(request, f"{reverse('account-confirm')}?{urlencode({'next': place})}")

    return guarded


def is_recent(request: HttpRequest) -> bool:
    at = request.session.get(PROVED_AT)
    return at is not None and timezone.now() - datetime.fromisoformat(at) < RECENT


def proved(request: HttpRequest, at: int | None = None) -> None:
    """Note when this person proved who they are: Unix seconds; None: now."""
    moment = timezone.now() if at is None else datetime.fromtimestamp(at, UTC)
    request.session[PROVED_AT] = moment.isoformat()


def typed(request: HttpRequest, *, many: Collection[str] = ()) -> dict[str, Any]:
    """What was typed into the form of this very address before the proof, as its `initial`; once.

    `many`: fields that take a list.
    """
    kept = request.session.get(TYPED)
    if not kept or kept["place"] != request.get_full_path():
        return {}
    values: dict[str, list[str]] = request.session.pop(TYPED)["values"]
    return {name: found if name in many else found[0] for name, found in values.items()}


def _keep_typed(request: HttpRequest, place: str) -> None:
    values = {
        name: request.POST.getlist(name)
        for name in request.POST
        if not any(word in name.lower() for word in (*SECRETS, "csrf"))
    }
    if values and len(str(values)) <= MOST_TYPED:
        request.session[TYPED] = {"place": place, "values": values}


def _challenge(request: HttpRequest) -> HttpResponseBase:
    seconds = int(RECENT.total_seconds())
    refusal = answer(
        request,
        ProveAgain(
            f"Nothing was done. Open {reverse('account-confirm')} in a browser.", max_age=seconds
        ),
    )
    refusal["WWW-Authenticate"] += f', error="insufficient_user_authentication", max_age={seconds}'
    return refusal
