"""The chain: each sealed event as one JSON line whose hash covers the line and the hash before.

Anybody can verify lines with SHA-256 and a JSON parser: `hash` is the SHA-256 of the same object
without `hash`, keys sorted, no spaces, characters as they are (UTF-8).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from catalyst.audit.models import AuditEvent, AuditSeal

START = "0" * 64
PAGE = 1_000
Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`last`: seq and hash of the newest line that was looked at. `problems`: what is wrong."""

    lines: int
    last: tuple[int, str]
    problems: tuple[str, ...]

    @property
    def whole(self) -> bool:
        return not self.problems


def line_of(event: AuditEvent, *, seq: int, previous: str) -> Line:
    """The sealed line of an event, `hash` included."""
    line: Line = {
        "seq": seq,
        "previous": previous,
        "event": event.pk,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": event.actor,
        "person": event.person,
        "role": event.role,
        "act": event.act,
        "object": event.object,
        "address": event.address,
        "request_id": event.request_id,
        "before": event.before,
        "after": event.after,
    }
    return {**line, "hash": hash_of(line)}


def hash_of(line: Line) -> str:
    covered = {name: value for name, value in line.items() if name != "hash"}
    return hashlib.sha256(spell(covered).encode()).hexdigest()


def spell(line: Line) -> str:
    """The one way a line is written, without its end."""
    return json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def lines_after(seq: int = 0, *, most: int | None = None) -> Iterator[tuple[Line, str]]:
    """Lines made from the rows as they are now, with the hash that was sealed; in order."""
    first = AuditSeal.objects.filter(seq__lte=seq).order_by("-seq").first()
    previous, left = first.hash if first else START, most
    while left is None or left > 0:
        size = PAGE if left is None else min(PAGE, left)
        seals = list(
            AuditSeal.objects.filter(seq__gt=seq).select_related("event").order_by("seq")[:size]
        )
        for seal in seals:
            yield line_of(seal.event, seq=seal.seq, previous=previous), seal.hash
            seq, previous = seal.seq, seal.hash
        if len(seals) < size:
            return
        left = None if left is None else left - size


def judge(lines: Iterable[tuple[Line, str]], *, heads: Iterable[tuple[int, str]] = ()) -> Verdict:
    """Is every line there, in its place and unchanged?

    `lines`: each with the hash it was sealed with. `heads`: seq and hash that somebody else has
    kept, such as a collector; the chain must still run through them.
    """
    kept = dict(heads)
    problems: list[str] = []
    count, expected, previous = 0, None, ""
    for line, sealed in lines:
        seq = int(line["seq"])
        if expected is not None and seq != expected:
            problems.append(f"{expected} to {seq - 1} are missing")
        if expected is not None and line["previous"] != previous:
            problems.append(f"{seq} does not follow the line before it")
        if hash_of(line) != sealed:
            problems.append(f"{seq} was changed after it was sealed")
        if (head := kept.pop(seq, None)) is not None and head != sealed:
            problems.append(f"{seq} is not the line that was kept elsewhere")
        if count == 0 and seq == 1 and line["previous"] != START:
            problems.append("1 is not the start of the chain")
        count, expected, previous = count + 1, seq + 1, sealed
    problems += [f"{seq}, kept elsewhere, is not there" for seq in sorted(kept)]
    return Verdict(count, ((expected or 1) - 1, previous or START), tuple(problems))
