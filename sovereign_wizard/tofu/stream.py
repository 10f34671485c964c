"""tofu's `-json` lines as typed events. Lines it does not know are kept as text, never dropped.

Format: https://opentofu.org/docs/internals/machine-readable-ui/
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


class Stage(StrEnum):
    """Where a resource stands."""

    PLANNED = "planned"
    DRIFTED = "drifted"
    REFRESHING = "refreshing"
    REFRESHED = "refreshed"
    STARTED = "started"
    PROGRESS = "progress"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Event:
    """Any line. `at` is tofu's own clock (aware UTC), None when the line had none."""

    message: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Text(Event):
    """A line that is not a known JSON event, e.g. a panic or a message of an older tofu."""


@dataclass(frozen=True, slots=True)
class Version(Event):
    tofu: str = ""


@dataclass(frozen=True, slots=True)
class ResourceEvent(Event):
    """Something about one resource. `address` e.g. `hcloud_server.worker[0]`; `action` is tofu's
    word: create, read, update, delete, replace, noop; `seconds` since the stage STARTED."""

    stage: Stage = Stage.PLANNED
    address: str = ""
    kind: str = ""
    action: str = ""
    seconds: int = 0
    resource_id: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic(Event):
    """An error or a warning; `file` and `line` (from 1) when it points into the module."""

    severity: Severity = Severity.ERROR
    summary: str = ""
    detail: str = ""
    address: str = ""
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class ChangeSummary(Event):
    """`operation`: plan, apply or destroy."""

    operation: str = ""
    add: int = 0
    change: int = 0
    remove: int = 0


@dataclass(frozen=True, slots=True)
class Outputs(Event):
    values: Mapping[str, Any] = field(default_factory=dict)


_STAGES = {
    "planned_change": Stage.PLANNED,
    "resource_drift": Stage.DRIFTED,
    "refresh_start": Stage.REFRESHING,
    "refresh_complete": Stage.REFRESHED,
    "apply_start": Stage.STARTED,
    "apply_progress": Stage.PROGRESS,
    "apply_complete": Stage.DONE,
    "apply_errored": Stage.FAILED,
}


def parse(line: str) -> Event:
    """One line → one event. Never raises: what cannot be understood is Text."""
    text = line.rstrip("\r\n")
    try:
        data = json.loads(text)
        return _typed(data) if isinstance(data, dict) else Text(text)
    except (ValueError, TypeError, AttributeError, KeyError):
        return Text(text)


def outputs(document: str) -> dict[str, Any]:
    """The document of `tofu output -json` → name → value."""
    return {name: entry["value"] for name, entry in json.loads(document).items()}


def _typed(data: dict[str, Any]) -> Event:
    kind = data.get("type", "")
    message, at = str(data.get("@message", "")), _time(data.get("@timestamp"))
    if kind == "version":
        return Version(message, at, tofu=str(data["tofu"]))
    if kind == "diagnostic":
        return _diagnostic(data["diagnostic"], message, at)
    if kind == "change_summary":
        changes = data["changes"]
        return ChangeSummary(
            message,
            at,
            changes["operation"],
            changes["add"],
            changes["change"],
            changes["remove"],
        )
    if kind == "outputs":
        values = {name: entry.get("value") for name, entry in data["outputs"].items()}
        return Outputs(message, at, values=values)
    if kind in _STAGES:
        return _resource(_STAGES[kind], data.get("hook") or data["change"], message, at)
    return Text(message or json.dumps(data), at)


def _resource(
    stage: Stage, data: dict[str, Any], message: str, at: datetime | None
) -> ResourceEvent:
    resource = data["resource"]
    return ResourceEvent(
        message,
        at,
        stage=stage,
        address=resource["addr"],
        kind=resource.get("resource_type", ""),
        action=data.get("action", ""),
        seconds=int(data.get("elapsed_seconds", 0)),
        resource_id=str(data.get("id_value", "")),
    )


def _diagnostic(data: dict[str, Any], message: str, at: datetime | None) -> Diagnostic:
    place = data.get("range") or {}
    return Diagnostic(
        message,
        at,
        severity=Severity(data["severity"]),
        summary=data.get("summary", ""),
        detail=data.get("detail", ""),
        address=data.get("address", ""),
        file=place.get("filename", ""),
        line=int(place.get("start", {}).get("line", 0)),
    )


def _time(value: object) -> datetime | None:
    return datetime.fromisoformat(value).astimezone(UTC) if isinstance(value, str) else None
