"""One click is followed through web, Celery and tofu: one trace, ids in every log, no secret."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from catalyst.embedded.demo.path import Cloud
from catalyst.embedded.state import StackState
from catalyst.eventlog.redaction import forms
from tests.e2e.catalyst.telemetry.conftest import Collector, attributes
from tests.e2e.conftest import Console, phase
from tests.plugins.backing_stack import STATE_DIR

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.slow]
CLICK = "POST /api/v1/deployments"
TASK = "task sovereign_wizard.advance"


@dataclass(frozen=True, slots=True)
class Followed:
    """A Deployment as far as tofu-apply, the secrets that went in, and the spans of its click."""

    deployment_id: str
    canaries: tuple[str, ...]
    spans: dict[bytes, Span]
    apply: Span

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans.values() if span.name == name]

    def ancestors(self, span: Span) -> Iterator[str]:
        while above := self.spans.get(span.parent_span_id):
            yield above.name
            span = above


_seen: list[Followed] = []


@pytest.fixture
def followed(
    state: StackState, cloud: Cloud, collector: Collector, make_wish: Callable[..., dict[str, Any]]
) -> Followed:
    """Made once for this module: a Deployment is dear."""
    if not _seen:
        _seen.append(follow(Console(state, ("member",)), cloud, collector, make_wish))
    return _seen[0]


def follow(
    console: Console, cloud: Cloud, collector: Collector, make_wish: Callable[..., dict[str, Any]]
) -> Followed:
    token = cloud.token("followed")
    canaries = [token, console.password, *(secrets.token_hex(20) for _ in range(5))]
    _, _, query, header, address, bearer, wrong = canaries
    http = console.person.http
    http.get(f"/sovereign/?token={query}", headers={"X-Canary": header})
    http.get(f"/nowhere/{address}")
    http.get("/metrics", headers={"Authorization": f"Bearer {bearer}"})
    console.post("/deployments/validate", {"hetznerToken": wrong, "password": wrong})

    deployment_id = console.provision(make_wish(token))
    console.until(deployment_id, lambda seen: phase(seen, "tofu-apply")["state"] == "done")
    apply = collector.until(
        lambda span: (
            span.name == "phase tofu-apply"
            and attributes(span)["catalyst.deployment"] == deployment_id
        )
    )
    # What it is in ends, and is told, after it.
    collector.until(lambda span: span.span_id == apply.parent_span_id)
    # The web process and the worker tell by themselves.
    collector.until(lambda span: (span.name, span.trace_id) == (CLICK, apply.trace_id))
    collector.until(lambda span: (span.name, span.trace_id) == (TASK, apply.trace_id))
    return Followed(deployment_id, tuple(canaries), collector.trace(apply.trace_id), apply)


def lines(service: str) -> Iterator[dict[str, Any]]:
    """Structured lines of one process's log."""
    for text in (STATE_DIR / "logs" / f"{service}.log").read_text(errors="replace").splitlines():
        if text.startswith("{"):
            yield json.loads(text)


def test_given_a_click_when_tofu_has_applied_then_one_trace_from_the_click_to_it(
    followed: Followed,
) -> None:
    (command,) = followed.named("tofu apply")

    way = list(followed.ancestors(command))

    assert way[0] == "phase tofu-apply"
    assert way[-1] == CLICK


def test_given_a_click_when_followed_then_a_celery_task_of_it_is_in_the_trace(
    followed: Followed,
) -> None:
    tasks = followed.named(TASK)

    assert tasks
    assert CLICK in followed.ancestors(tasks[0])


def test_given_a_click_when_followed_then_every_phase_so_far_has_a_span(
    followed: Followed,
) -> None:
    names = {span.name for span in followed.spans.values()}

    wanted = {"preflight", "reserve-name", "tofu-init", "tofu-plan", "tofu-apply"}
    assert {f"phase {phase_id}" for phase_id in wanted} <= names


def test_given_an_apply_when_followed_then_each_resource_is_an_event_of_its_span(
    followed: Followed,
) -> None:
    (command,) = followed.named("tofu apply")

    events = {event.name for event in command.events}

    assert any(name.startswith("done hcloud_server.") for name in events), events
    assert any(name.startswith("done hcloud_load_balancer.") for name in events), events


def test_given_a_click_when_the_worker_logs_then_lines_carry_request_deployment_and_trace(
    followed: Followed,
) -> None:
    trace_id = followed.apply.trace_id.hex()
    (click,) = followed.named(CLICK)
    request_id = attributes(click)["catalyst.request_id"]

    (line,) = [
        line
        for line in lines("worker")
        if line.get("event") == "phase"
        and line.get("phase") == "tofu-apply"
        and line.get("deployment") == followed.deployment_id
        and line.get("outcome") == "done"
    ]

    assert line["trace_id"] == trace_id
    assert line["request_id"] == request_id
    assert line["task"] == "sovereign_wizard.advance"
    assert line["ms"] > 0
    (asked,) = [
        line
        for line in lines("web")
        if line.get("event") == "request" and line.get("request_id") == request_id
    ]
    assert asked["trace_id"] == trace_id
    assert (asked["method"], asked["path"]) == ("POST", "/api/v1/deployments")
    assert asked["status"] == 201


def test_given_secrets_in_every_place_when_traces_are_searched_then_none_is_there(
    followed: Followed, collector: Collector
) -> None:
    needles = {form.encode() for canary in followed.canaries for form in forms(canary)}

    found = [needle for needle in needles for body in collector.bodies if needle in body]

    assert not found
    assert any(followed.deployment_id.encode() in body for body in collector.bodies)


def test_given_secrets_in_every_place_when_logs_of_the_stack_are_searched_then_none_is_there(
    followed: Followed,
) -> None:
    needles = {form.encode() for canary in followed.canaries for form in forms(canary)}
    logs = {path.name: path.read_bytes() for path in (STATE_DIR / "logs").glob("*.log*")}

    found = {name for name, text in logs.items() for needle in needles if needle in text}

    assert not found
    assert followed.deployment_id.encode() in logs["worker.log"]
    assert {"web.log", "worker.log", "beat.log", "localcloud.log"} <= set(logs)
