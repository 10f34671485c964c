"""The machine's console: one line with a time. Callers never pass a secret."""

from datetime import UTC, datetime


def say(line: str) -> None:
    print(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {line}", flush=True)
