"""Somebody of the staff sees a part of the pages as one of its people does, to help them.

A visit is audited, short, ended by a button, and only looks: nothing but GET, and nothing outside
its place. What the visitor may do as themselves waits until it is over. It lives in the visitor's
session and ends with it. Never as somebody who is staff.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.identity.models import Role, User
from catalyst.identity.permissions import allowed
from catalyst.language.words import lazy
from catalyst.problem import Forbidden, Invalid
from catalyst.web.errors import problem_response
from catalyst.web.middleware import Detour

KEY = "visit"
LASTS = timedelta(minutes=30)
LONGEST_WHY = 200
STAFF = (Role.OPERATOR, Role.SOVEREIGN_ADMIN)
END = "/account/visit/end/"
# The button that ends it; logging out altogether; what pages are drawn with.
OPEN = (END, "/logout/", "/static/", "/healthz", "/readyz", "/csp-report")


class VisitOnlyLooks(Forbidden):
    type = "visit-only-looks"
    title = lazy("You are looking at somebody else's pages")


class NotToBeVisited(Forbidden):
    type = "visit-refused"
    title = lazy("Nobody can be visited as this person")


@dataclass(frozen=True, slots=True)
class Visit:
    """For the banner: as whom, and until when."""

    person: User
    visitor: User
    until: datetime


def begin(
    request: HttpRequest, *, person: User, place: str, back: str, object: str, predicate: str,
    why: str,
) -> None:  # fmt: skip
    """From the next page on. `place`: the beginning of the addresses that can be seen; `back`:
    where the visitor comes from; `predicate`: what lets them visit, asked again on every page.

    Raises NotToBeVisited, Invalid.
    """
    visitor = request.user
    why = " ".join(why.split())
    if not 3 <= len(why) <= LONGEST_WHY:
        raise Invalid(_("Say why, in 3 to 200 characters. The audit keeps it."), field="why")
    if not isinstance(visitor, User) or not allowed(visitor, predicate) or not _open(person):
        raise NotToBeVisited(_("They work here themselves, or their account is off."))
    facts = {"person": person.pk, "visitor": visitor.pk, "place": place, "back": back}
    facts |= {"object": object, "predicate": predicate}
    with transaction.atomic():
        record(
            actor=str(visitor),
            act="identity.visit",
            object=object,
            after={"as": person.email, "why": why, "minutes": LASTS.seconds // 60},
            request=request,
        )
        request.session[KEY] = {**facts, "until": (timezone.now() + LASTS).isoformat()}


def end(request: HttpRequest) -> str:
    """Over; where to go back to. Empty when there was none."""
    kept: dict[str, Any] | None = request.session.pop(KEY, None)
    if kept is None:
        return ""
    with transaction.atomic():
        record(
            actor=str(request.user),
            act="identity.visit-end",
            object=str(kept["object"]),
            request=request,
        )
    return str(kept["back"])


class Visiting(Detour):
    """Puts the visited person in the visitor's place, or ends the visit."""

    def detour(self, request: HttpRequest) -> HttpResponseBase | None:
        if request.path.startswith(OPEN) or not isinstance(request.user, User):
            return None
        kept: dict[str, Any] | None = request.session.get(KEY)
        if kept is None:
            return None
        visit = _visit(request.user, kept)
        if visit is None:
            back = end(request)
            return redirect(back) if request.method == "GET" else None
        request.visit = visit  # type: ignore[attr-defined]
        if request.method not in ("GET", "HEAD") or not request.path.startswith(kept["place"]):
            return problem_response(request, _refusal(visit))
        request.user = visit.person
        return None


def _visit(visitor: User, kept: dict[str, Any]) -> Visit | None:
    """None: its time is up, or one of the two may not be in it any more."""
    until = datetime.fromisoformat(kept["until"])
    person = User.objects.filter(pk=kept["person"]).first()
    good = (
        kept["visitor"] == visitor.pk
        and timezone.now() < until
        and allowed(visitor, kept["predicate"])
        and person is not None
        and _open(person)
    )
    return Visit(person, visitor, until) if good and person is not None else None


def _open(person: User) -> bool:
    return person.is_active and not person.has_role(*STAFF)


def _refusal(visit: Visit) -> VisitOnlyLooks:
    return VisitOnlyLooks(
        _(
            "You see the pages of %(person)s, and can do nothing there. Nothing was done. End the "
            "visit to go on as yourself."
        )
        % {"person": visit.person.email}
    )
