"""The log of a Deployment in the specification's shapes: a live stream and a snapshot.

Reading is the kernel's (`catalyst.eventlog`): seq as event id, permission looked at before every
page, no line lost.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from typing import Annotated, Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from ninja import Header, Query, Router
from ninja.responses import NinjaJSONEncoder
from pydantic import Field

from catalyst.api.document import problems
from catalyst.api.shapes import Document
from catalyst.eventlog.reader import follow
from catalyst.eventlog.services import read
from catalyst.problem import Problem
from sovereign_wizard.api.people import theirs
from sovereign_wizard.api.states import PAST_THE_END, Shown, shown
from sovereign_wizard.provisioning.models import Deployment

router = Router(tags=["logs"], by_alias=True)
MOST = 10_000  # events of one snapshot; older ones are in the paged log
LARGEST_SEQ = 2**62
Seq = Annotated[int, Query(ge=0, le=LARGEST_SEQ, description="Only events after this seq.")]
LastEventId = Annotated[
    str,
    Header(
        alias="Last-Event-ID",
        pattern=r"^[0-9]{0,18}$",
        description="The seq of the last event you have; sent by browsers when they reconnect.",
    ),
]
STREAM = {
    "description": "`id:` is the seq, `data:` an Event; at the end `event: done` with the State.",
    "content": {"text/event-stream": {"schema": {"type": "string"}}},
}


class Event(Document):
    """One line. Odd characters and secrets were taken out before it was stored."""

    seq: int
    time: str = Field(description="RFC 3339, UTC.")
    phase: str
    level: str
    message: str
    source: str


class Snapshot(Document):
    state: Shown
    events: list[Event]
    done: bool = Field(description="Nothing more is going to come, unless it is retried.")


def event(entry: dict[str, Any]) -> Event:
    return Event(
        seq=entry["seq"],
        time=entry["at"],
        phase=entry["phase"],
        level=entry["level"],
        message=entry["text"],
        source=entry["source"],
    )


@router.get(
    "/{uuid:deployment_id}/events", response=Snapshot, summary="The log so far, and the State"
)
def events(request: HttpRequest, deployment_id: uuid.UUID, after: Seq = 0) -> Any:
    """The newest 10,000 events after `after`, oldest of them first."""
    _, deployment = theirs(request, deployment_id)
    page = read(deployment.subject, after=PAST_THE_END, limit=1)
    after = max(after, page.last_seq - MOST)
    found: list[Event] = []
    while not page.reaches_the_end(after) and len(found) < MOST:
        page = read(deployment.subject, after=after, limit=MOST)
        found += [event(entry) for entry in page.entries]
        after = found[-1].seq if found else page.last_seq
    return Snapshot(state=shown(deployment), events=found, done=page.finished)


@router.get(
    "/{uuid:deployment_id}/logs",
    summary="Follow the log live",
    openapi_extra={"responses": {200: STREAM, **problems(422)["responses"]}},
)
async def logs(
    request: HttpRequest,
    deployment_id: uuid.UUID,
    last_event_id: LastEventId = "",
    after: Seq = 0,
) -> HttpResponseBase:
    """Server-sent events (WHATWG HTML §9.2): what is there, then what comes, then `done`."""
    user, deployment = await sync_to_async(theirs)(request, deployment_id)
    start = int(last_event_id or after)
    response = StreamingHttpResponse(
        _stream(deployment, user.pk, request.session.session_key, after=start),
        content_type="text/event-stream",
    )
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def _stream(
    deployment: Deployment, user_id: int, session: str | None, *, after: int
) -> AsyncIterator[str]:
    try:
        pages = follow(deployment.subject, user_id=user_id, session=session, after=after)
        async for shared in pages:
            lines = "".join(
                f"id: {entry['seq']}\ndata: {_json(event(entry))}\n\n"
                for entry in shared.page.entries
            )
            # The comment is a sign of life: proxies cut silent streams.
            yield f"{lines}: {shared.page.last_seq}\n\n"
        yield f"event: done\ndata: {await sync_to_async(_state)(deployment)}\n\n"
    except Problem as problem:
        yield f"event: problem\ndata: {json.dumps(problem.as_dict())}\n\n"


def _json(document: Document) -> str:
    """Spelled as in the answers of the other routes."""
    return json.dumps(document.model_dump(by_alias=True), cls=NinjaJSONEncoder)


def _state(deployment: Deployment) -> str:
    deployment.refresh_from_db()
    return _json(shown(deployment))
