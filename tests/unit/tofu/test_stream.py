"""Lines recorded from tofu 1.12.6 with the hcloud provider 1.58.0 become typed events."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sovereign_wizard.tofu import stream
from sovereign_wizard.tofu.stream import (
    ChangeSummary,
    Diagnostic,
    Event,
    Outputs,
    ResourceEvent,
    Severity,
    Stage,
    Text,
    Version,
)

RECORDED = Path(__file__).with_name("recorded")


def recorded(name: str) -> list[Event]:
    lines = (RECORDED / f"{name}.jsonl").read_text().splitlines()
    return [stream.parse(line) for line in lines]


def test_given_a_recorded_init_when_parsed_then_it_tells_its_version_and_speaks_in_text() -> None:
    first, *others = recorded("init")
    assert isinstance(first, Version)
    assert first.tofu == "1.12.6"
    assert {type(event) for event in others} == {Text, Diagnostic}
    assert all(event.message for event in others)


def test_given_a_recorded_plan_when_parsed_then_every_resource_is_planned_once() -> None:
    planned = Counter(
        (event.kind, event.action)
        for event in recorded("plan")
        if isinstance(event, ResourceEvent) and event.stage is Stage.PLANNED
    )
    assert planned["hcloud_server", "create"] == 4
    assert planned["hcloud_network", "create"] == 1
    assert sum(planned.values()) == 13


def test_given_a_recorded_plan_when_parsed_then_its_summary_counts_the_same() -> None:
    [summary] = [event for event in recorded("plan") if isinstance(event, ChangeSummary)]
    assert (summary.operation, summary.add, summary.change, summary.remove) == ("plan", 13, 0, 0)


def test_given_a_recorded_apply_when_parsed_then_each_start_has_its_end_with_an_id() -> None:
    stages: dict[Stage, dict[str, ResourceEvent]] = {}
    for event in recorded("apply"):
        if isinstance(event, ResourceEvent):
            stages.setdefault(event.stage, {})[event.address] = event
    assert set(stages[Stage.STARTED]) == set(stages[Stage.DONE])
    assert "hcloud_server.worker[2]" in stages[Stage.DONE]
    assert all(event.resource_id for event in stages[Stage.DONE].values())


def test_given_a_recorded_apply_when_parsed_then_its_outputs_have_values() -> None:
    [outputs] = [event for event in recorded("apply") if isinstance(event, Outputs)]
    assert outputs.values["console_url"] == "https://console.omantel.omani.works"
    assert len(outputs.values["servers"]) == 4


def test_given_recorded_failures_when_parsed_then_resource_summary_and_place_are_known() -> None:
    events = recorded("failed")
    [failed] = [e for e in events if isinstance(e, ResourceEvent) and e.stage is Stage.FAILED]
    [error] = [e for e in events if isinstance(e, Diagnostic)]
    assert failed.address == error.address == "hcloud_network.sovereign"
    assert error.severity is Severity.ERROR
    assert error.summary == "network name is already used (uniqueness_error)"
    assert (error.file, error.line) == ("network.tf", 1)


def test_given_recorded_progress_when_parsed_then_elapsed_seconds_are_known() -> None:
    progress = [
        event
        for event in recorded("failed")
        if isinstance(event, ResourceEvent) and event.stage is Stage.PROGRESS
    ]
    assert progress
    assert {event.seconds for event in progress} == {10}


def test_given_any_recorded_line_when_parsed_then_its_time_is_aware_utc() -> None:
    for name in ("init", "plan", "apply", "failed"):
        for event in recorded(name):
            assert event.at is not None
            assert event.at.tzinfo is UTC
            assert event.at.year == datetime(2026, 1, 1, tzinfo=UTC).year


@pytest.mark.parametrize(
    "line",
    [
        "panic: runtime error",
        "",
        "[1, 2]",
        '"text"',
        '{"@message": "cut off',
        '{"type": "diagnostic", "@message": "without its body"}',
        '{"type": "diagnostic", "diagnostic": {"severity": "odd"}}',
        '{"type": "apply_start", "hook": 7}',
        '{"type": "change_summary", "changes": {}}',
        '{"@timestamp": "yesterday", "type": "version", "tofu": "1"}',
    ],
)
def test_given_a_line_it_does_not_know_when_parsed_then_it_is_kept_as_text(line: str) -> None:
    assert stream.parse(line + "\n") == Text(line)


def test_given_a_new_kind_of_event_when_parsed_then_its_message_is_kept() -> None:
    event = stream.parse('{"@message": "something new", "type": "not_invented_yet"}')
    assert event == Text("something new")
