"""The log of a Deployment in the specification's shapes: snapshot and stream."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient

from catalyst.eventlog.services import Line, append, finish
from sovereign_wizard.api.logs import MOST
from sovereign_wizard.provisioning.models import Deployment
from tests.integration.sovereign_wizard.api.conftest import Caller, kind

# Streams are read on other connections than the test's.
pytestmark = pytest.mark.django_db(transaction=True)
EVENT = {"seq", "time", "phase", "level", "message", "source"}


def write(deployment: Deployment, *texts: str) -> None:
    append(deployment.subject, [Line(text, "warn", "tofu-plan", "tofu") for text in texts])


def stream(caller: Caller, deployment: Deployment, **headers: str) -> list[dict[str, Any]]:
    """The finished stream, as events with `id`, `event` and parsed `data`."""
    parts: list[str] = []

    async def read() -> None:
        client = AsyncClient()
        client.cookies = caller.client.cookies
        path = f"/api/v1/deployments/{deployment.pk}/logs"
        answer = await client.get(path, headers=headers)
        assert answer["Content-Type"] == "text/event-stream"
        parts.extend([part.decode() async for part in answer.streaming_content])

    async_to_sync(read)()
    found = []
    for block in "".join(parts).split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line[0] != ":")
        if fields:
            found.append({**fields, "data": json.loads(fields["data"])})
    return found


def test_given_lines_when_the_snapshot_is_read_then_state_events_and_done(
    owner: Caller, deployment: Deployment
) -> None:
    write(deployment, "one", "two")
    seen = owner.get(f"/deployments/{deployment.pk}/events").json()

    assert seen["state"]["id"] == str(deployment.pk)
    assert seen["state"]["numEvents"] == 3
    assert [event["message"] for event in seen["events"]][1:] == ["one", "two"]
    assert seen["events"][1].keys() == EVENT
    assert seen["events"][1] | {"time": ""} == {
        "seq": 2,
        "time": "",
        "phase": "tofu-plan",
        "level": "warn",
        "message": "one",
        "source": "tofu",
    }
    assert seen["done"] is False
    finish(deployment.subject)
    assert owner.get(f"/deployments/{deployment.pk}/events").json()["done"] is True


def test_given_a_long_log_when_the_snapshot_is_read_then_the_newest_and_no_more(
    owner: Caller, deployment: Deployment
) -> None:
    write(deployment, *map(str, range(MOST + 5)))
    events = owner.get(f"/deployments/{deployment.pk}/events").json()["events"]
    rest = owner.get(f"/deployments/{deployment.pk}/events?after={MOST + 3}").json()["events"]

    assert len(events) == MOST and events[-1]["message"] == str(MOST + 4)
    assert [event["seq"] for event in rest] == [MOST + 4, MOST + 5, MOST + 6]


def test_given_a_finished_log_when_streamed_then_events_by_seq_and_done_with_the_state(
    owner: Caller, deployment: Deployment
) -> None:
    write(deployment, "one", "two")
    finish(deployment.subject)
    *events, done = stream(owner, deployment)

    assert [event["id"] for event in events] == ["1", "2", "3"]
    assert events[2]["data"]["message"] == "two" and events[2]["data"].keys() == EVENT
    assert done["event"] == "done"
    assert done["data"] == owner.get(f"/deployments/{deployment.pk}").json()


def test_given_the_last_event_id_when_streamed_then_it_goes_on_after_it(
    owner: Caller, deployment: Deployment
) -> None:
    write(deployment, "one", "two")
    finish(deployment.subject)

    first, _ = stream(owner, deployment, **{"Last-Event-ID": "2"})
    assert first["data"]["message"] == "two"
    wrong = owner.get(f"/deployments/{deployment.pk}/logs", **{"Last-Event-ID": "two"})
    assert kind(wrong) == (422, "invalid")
