"""Who asks about which log, and what: reads addresses, raises typed problems, touches nothing."""

from __future__ import annotations

from django.http import HttpRequest

from catalyst.eventlog.search import NO_END, RANKS, Wanted
from catalyst.eventlog.services import is_there, may_read
from catalyst.identity.models import User
from catalyst.identity.permissions import allowed
from catalyst.identity.refusals import note_foreign
from catalyst.problem import Forbidden, Invalid, NotFound

PAGE = 500  # lines
LONGEST_SEQ = 18  # digits that fit into 64 bits
LONGEST_QUESTION = 200  # characters


def reader(request: HttpRequest, subject: str) -> User:
    """The person who asks; raises Forbidden or, for what is not theirs, NotFound."""
    user = request.user
    if not isinstance(user, User) or not allowed(user, "log.read"):
        raise Forbidden("Log in to read this log.")
    if not may_read(user, subject):
        if is_there(subject):
            note_foreign(user, f"log:{subject}"[:200])
        raise NotFound("There is no such log, or it is not yours.")
    return user


def seq(text: str, name: str = "after") -> int:
    """The number of a line; raises Invalid."""
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_SEQ):
        raise Invalid(f"`{name}` is the number of a line.", field=name)
    return int(text)


def after(request: HttpRequest) -> int:
    return seq(request.GET.get("after") or "0")


def until(request: HttpRequest) -> int:
    return seq(request.GET.get("until") or str(NO_END // 10), "until")


def limit(request: HttpRequest) -> int:
    """How many lines at most."""
    wish = seq(request.GET.get("limit") or str(PAGE), "limit")
    if not 1 <= wish <= PAGE:
        raise Invalid(f"`limit` is 1 to {PAGE}.", field="limit")
    return wish


def wanted(request: HttpRequest) -> Wanted:
    """`?q=` in any case, of this `level` or worse, of this `phase`; raises Invalid."""
    level = request.GET.get("level") or RANKS[0]
    if level not in RANKS:
        raise Invalid(f"`level` is one of {', '.join(RANKS)}.", field="level")
    text = request.GET.get("q", "")
    if len(text) > LONGEST_QUESTION:
        raise Invalid(f"Look for {LONGEST_QUESTION} characters or fewer.", field="q")
    # No line holds a null character, and no database takes a question with one.
    phase = request.GET.get("phase", "").replace("\0", "")
    return Wanted(text.replace("\0", ""), level, phase)
