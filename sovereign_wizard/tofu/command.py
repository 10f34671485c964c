"""The few tofu commands Catalyst runs, as fixed argv. No shell, no secret, no free argument."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

PLAN_FILE = "deployment.tfplan"

# Long enough for a dying run to save its state, short enough not to hold a worker for ever.
LOCK_TIMEOUT_SECONDS = 60

_ADDRESS = re.compile(r"[a-z][A-Za-z0-9_.]*(\[[^\]\s]+\])?\Z")
_RESOURCE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./:-]*\Z")
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}\Z")


class Reads(StrEnum):
    """What the command writes on stdout."""

    EVENTS = "events"  # one JSON object a line, see stream.py
    DOCUMENT = "document"  # one JSON document, which may hold secrets: never log it


@dataclass(frozen=True, slots=True)
class Command:
    """One tofu invocation. `ok` are the exit codes that mean success."""

    name: str
    argv: tuple[str, ...]
    reads: Reads = Reads.EVENTS
    ok: frozenset[int] = frozenset({0})


def init(*, tofu: Path, schema: str) -> Command:
    """Get provider and backend ready. `schema`: PostgreSQL schema that keeps this state."""
    if not _SCHEMA.match(schema):
        raise ValueError("schema must be a plain lower-case PostgreSQL identifier")
    return Command(
        "init",
        (
            str(tofu),
            "init",
            "-json",
            "-input=false",
            f"-backend-config=schema_name={schema}",
        ),
    )


def plan(*, tofu: Path, destroy: bool = False, lock_seconds: int = LOCK_TIMEOUT_SECONDS) -> Command:
    """Write the encrypted plan file. Exit code 0: nothing to change, 2: changes (`HAS_CHANGES`)."""
    return Command(
        "plan",
        (
            str(tofu),
            "plan",
            "-json",
            "-input=false",
            _wait_for_lock(lock_seconds),
            "-detailed-exitcode",
            f"-out={PLAN_FILE}",
            *(("-destroy",) if destroy else ()),
        ),
        ok=frozenset({0, HAS_CHANGES}),
    )


def show_plan(*, tofu: Path) -> Command:
    """The plan file as a JSON document, for `summary.of`."""
    return Command(
        "show",
        (str(tofu), "show", "-json", "-no-color", PLAN_FILE),
        reads=Reads.DOCUMENT,
    )


def apply(*, tofu: Path, lock_seconds: int = LOCK_TIMEOUT_SECONDS) -> Command:
    """Do exactly what the plan file says."""
    return Command(
        "apply",
        (str(tofu), "apply", "-json", "-input=false", _wait_for_lock(lock_seconds), PLAN_FILE),
    )


def output(*, tofu: Path) -> Command:
    """The module's outputs as a JSON document, for `stream.outputs`."""
    return Command("output", (str(tofu), "output", "-json", "-no-color"), reads=Reads.DOCUMENT)


def take_over(
    *, tofu: Path, address: str, resource_id: str, lock_seconds: int = LOCK_TIMEOUT_SECONDS
) -> Command:
    """Put what exists under this address into the state. Changes nothing in the cloud."""
    if not _ADDRESS.match(address) or not _RESOURCE_ID.match(resource_id):
        raise ValueError("an address or an id that no plan would name")
    return Command(
        "import",
        (
            str(tofu),
            "import",
            "-json",
            "-input=false",
            _wait_for_lock(lock_seconds),
            address,
            resource_id,
        ),
    )


def destroy(*, tofu: Path, lock_seconds: int = LOCK_TIMEOUT_SECONDS) -> Command:
    """Destroy everything in the state."""
    return Command(
        "destroy",
        (
            str(tofu),
            "destroy",
            "-json",
            "-input=false",
            _wait_for_lock(lock_seconds),
            "-auto-approve",
        ),
    )


HAS_CHANGES = 2


def _wait_for_lock(seconds: int) -> str:
    return f"-lock-timeout={seconds}s"
