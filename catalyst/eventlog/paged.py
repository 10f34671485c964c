"""The log as plain pages: reads, filters, search and permalinks without any script."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from catalyst.eventlog import asking
from catalyst.eventlog.chunks import Kind
from catalyst.eventlog.counts import count_all
from catalyst.eventlog.search import RANKS, Found, Wanted, search
from catalyst.eventlog.services import END, home_of, read
from catalyst.identity.permissions import names

LINES = 200  # a page
WORDS = {
    "info": lazy("Everything"),
    "warn": lazy("Warnings and errors"),
    "error": lazy("Errors"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """Entries of one page. `older` and `newer` are the `after` of the neighbours, None: no such."""

    entries: list[dict[str, Any]]
    older: int | None
    newer: int | None


@names("log.read")
@require_GET
@never_cache
def lines(request: HttpRequest, subject: str) -> HttpResponse:
    """200 lines: the newest, those around `?line=`, those after `?after=`, or those that match."""
    asking.reader(request, subject)
    wanted = asking.wanted(request)
    line = asking.seq(request.GET.get("line") or "0", "line")
    newest = read(subject, after=END, limit=1)
    if wanted.everything or line:
        wanted = Wanted()
        shown = _around(subject, _start(request, line, newest.last_seq), newest.last_seq)
    else:
        shown = _matching(subject, wanted, asking.after(request))
    kinds = count_all(subject)
    asked = {"q": wanted.text, "level": wanted.level, "phase": wanted.phase}
    context = {
        "subject": subject,
        "home": home_of(subject),
        "shown": shown,
        "entries": [entry | {"parts": _parts(entry["text"], wanted)} for entry in shown.entries],
        "line": line,
        "wanted": wanted,
        "filters": "" if wanted.everything else urlencode(asked),
        "levels": _levels(kinds),
        "phases": _phases(kinds),
        "last_seq": newest.last_seq,
        "finished": newest.finished,
    }
    return render(request, "catalyst/eventlog/lines.html", context)


def _start(request: HttpRequest, line: int, last: int) -> int:
    if line:
        return max(0, min(line, last) - LINES // 2)
    return asking.after(request) if "after" in request.GET else max(0, last - LINES)


def _around(subject: str, after: int, last: int) -> Shown:
    entries = read(subject, after=after, limit=LINES).entries
    while entries and len(entries) < LINES and entries[-1]["seq"] < last:  # goes on in a chunk
        more = read(subject, after=entries[-1]["seq"], limit=LINES - len(entries)).entries
        if not more:
            break
        entries += more
    end = entries[-1]["seq"] if entries else last
    older = max(0, min(after, last) - LINES) if after > 0 else None
    return Shown(entries, older, end if end < last else None)


def _matching(subject: str, wanted: Wanted, after: int) -> Shown:
    """The next matches. Looks on until there is one, so that no page is empty for nothing."""
    found = Found([], 0, 0, 0, after)
    while not found.entries and found.next is not None:
        found = search(subject, wanted, after=found.next, limit=LINES)
    return Shown(found.entries, 0 if after else None, found.next)


def _parts(text: str, wanted: Wanted) -> list[tuple[str, bool]]:
    """The text in parts; True: what was looked for."""
    if not wanted.text:
        return [(text, False)]
    parts = re.split(f"({re.escape(wanted.text)})", text, flags=re.IGNORECASE)
    return [(part, number % 2 == 1) for number, part in enumerate(parts) if part]


def _levels(kinds: Counter[Kind]) -> list[tuple[str, str, int]]:
    """Level, its words, and how many lines are of it or worse."""
    return [
        (
            rank,
            str(WORDS[rank]),
            sum(n for (level, _), n in kinds.items() if level in RANKS[place:]),
        )
        for place, rank in enumerate(RANKS)
    ]


def _phases(kinds: Counter[Kind]) -> list[tuple[str, int]]:
    found: Counter[str] = Counter()
    for (_, phase), number in kinds.items():
        found[phase] += number
    return [(phase, number) for phase, number in sorted(found.items()) if phase]
