"""The log over plain HTTP: server-sent events, pages, search, and a text download."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import asdict

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.http import HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse

from catalyst.eventlog.reader import follow
from catalyst.eventlog.search import RANKS, Wanted
from catalyst.eventlog.search import search as find
from catalyst.eventlog.services import is_there, may_read, read
from catalyst.identity.models import User
from catalyst.identity.permissions import allowed, names
from catalyst.identity.refusals import note_foreign
from catalyst.problem import Forbidden, Invalid, NotFound, Problem

PAGE = 500
LONGEST_SEQ = 18  # digits that fit into 64 bits
LONGEST_QUESTION = 200


def _reader(request: HttpRequest, subject: str) -> User:
    user = request.user
    if not isinstance(user, User) or not allowed(user, "log.read"):
        raise Forbidden("Log in to read this log.")
    if not may_read(user, subject):
        if is_there(subject):
            note_foreign(user, f"log:{subject}"[:200])
        raise NotFound("There is no such log, or it is not yours.")
    return user


def _after(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_SEQ):
        raise Invalid("`after` is the number of the last line you have.", field="after")
    return int(text)


@names("log.read")
async def events(request: HttpRequest, subject: str) -> HttpResponseBase:
    """SSE: `id` is the seq, so that `Last-Event-ID` resumes exactly (WHATWG HTML §9.2)."""
    user = await sync_to_async(_reader)(request, subject)
    after = _after(request.headers.get("Last-Event-ID") or request.GET.get("after", "0"))

    async def body() -> AsyncIterator[str]:
        try:
            # An empty page comes every few seconds: its comment keeps proxies from hanging up.
            session = request.session.session_key
            async for shared in follow(subject, user_id=user.pk, session=session, after=after):
                seqs = [entry["seq"] for entry in shared.page.entries]
                pairs = zip(seqs, shared.entries, strict=True)
                lines = "".join(f"id: {seq}\ndata: {entry}\n\n" for seq, entry in pairs)
                yield f"{lines}: {shared.page.last_seq}\n\n"
            yield f"event: done\ndata: {json.dumps({'chain': shared.page.chain})}\n\n"
        except Problem as problem:
            yield f"event: problem\ndata: {json.dumps(problem.as_dict())}\n\n"

    response = StreamingHttpResponse(body(), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


@names("log.read")
def page(request: HttpRequest, subject: str) -> JsonResponse:
    """One page of entries after `?after=`."""
    _reader(request, subject)
    found = read(subject, after=_after(request.GET.get("after", "0")), limit=PAGE)
    return JsonResponse(
        {
            "entries": found.entries,
            "last_seq": found.last_seq,
            "chain": found.chain,
            "finished": found.finished,
        }
    )


@names("log.read")
async def download(request: HttpRequest, subject: str) -> StreamingHttpResponse:
    """The whole log as plain text, one line an entry; page by page, so that it is never in memory
    as a whole."""
    await sync_to_async(_reader)(request, subject)

    async def body() -> AsyncIterator[str]:
        after = 0
        while (found := await database_sync_to_async(read)(subject, after=after)).entries:
            yield "".join(
                "{seq} {at} {level} {phase} {text}\n".format(**entry) for entry in found.entries
            )
            after = found.entries[-1]["seq"]

    response = StreamingHttpResponse(body(), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{subject.replace(":", "-")}.log"'
    return response


@names("log.read")
def search(request: HttpRequest, subject: str) -> JsonResponse:
    """Lines with `?q=` in any case, of this `level` or worse and this `phase`, after `?after=`."""
    _reader(request, subject)
    level = request.GET.get("level") or RANKS[0]
    if level not in RANKS:
        raise Invalid(f"`level` is one of {', '.join(RANKS)}.", field="level")
    text = request.GET.get("q", "")
    if len(text) > LONGEST_QUESTION:
        raise Invalid(f"Look for {LONGEST_QUESTION} characters or fewer.", field="q")
    # No line holds a null character, and no database takes a question with one.
    phase = request.GET.get("phase", "").replace("\0", "")
    wanted = Wanted(text.replace("\0", ""), level, phase)
    found = find(subject, wanted, after=_after(request.GET.get("after", "0")))
    return JsonResponse(asdict(found))
