"""The log over plain HTTP: server-sent events, pages, search, numbers, and a text download."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import asdict

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.http import HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse

from catalyst.eventlog import asking
from catalyst.eventlog.counts import count
from catalyst.eventlog.reader import follow
from catalyst.eventlog.search import matches as where
from catalyst.eventlog.search import search as find
from catalyst.eventlog.services import read, tail
from catalyst.identity.permissions import names
from catalyst.problem import Problem


@names("log.read")
async def events(request: HttpRequest, subject: str) -> HttpResponseBase:
    """SSE: `id` is the seq, so that `Last-Event-ID` resumes exactly (WHATWG HTML §9.2)."""
    user = await sync_to_async(asking.reader)(request, subject)
    after = asking.seq(request.headers.get("Last-Event-ID") or request.GET.get("after", "0"))

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
    """Entries after `?after=`, or the last `?tail=`; with a question only those that match, up to
    `?until=` and as many as one look finds."""
    asking.reader(request, subject)
    after, until = asking.after(request), asking.until(request)
    limit, wanted = asking.limit(request), asking.wanted(request)
    if not wanted.everything:
        return JsonResponse(asdict(find(subject, wanted, after=after, until=until, limit=limit)))
    if "tail" in request.GET:
        limit = min(asking.seq(request.GET["tail"], "tail"), asking.PAGE)
        found = tail(subject, limit=limit)
    else:
        found = read(subject, after=after, limit=limit)
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
    await sync_to_async(asking.reader)(request, subject)

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
def matches(request: HttpRequest, subject: str) -> JsonResponse:
    """Where the lines stand that match, after `?after=` and up to `?until=`."""
    asking.reader(request, subject)
    after, until = asking.after(request), asking.until(request)
    return JsonResponse(asdict(where(subject, asking.wanted(request), after=after, until=until)))


@names("log.read")
def counts(request: HttpRequest, subject: str) -> JsonResponse:
    """Numbers by level and phase, when the log began, and our clock (Unix seconds)."""
    asking.reader(request, subject)
    found = count(subject, after=asking.after(request), until=asking.until(request))
    first = read(subject, limit=1).entries
    began = first[0]["at"] if first else None
    return JsonResponse(asdict(found) | {"began": began, "now": time.time()})
