"""What was seen at each step, kept in one file that needs nothing else to be read."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

PASSED, FAILED, MISSING = "passed", "failed", "not reached"
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
h2{margin-top:3rem;border-top:1px solid #ccc;padding-top:1rem}
pre{background:#f4f4f4;padding:.75rem;overflow:auto;max-height:24rem;font-size:12px}
img{max-width:100%;border:1px solid #ccc}
.passed{color:#0a6b2d}.failed{color:#a40000}.not{color:#666}
td,th{text-align:start;padding:.2rem 1rem .2rem 0}
"""


@dataclass
class Seen:
    """One step. `facts`: a name and what stood there, as text."""

    number: int
    title: str
    verdict: str = MISSING
    seconds: float = 0.0
    why: str = ""
    facts: list[tuple[str, str]] = field(default_factory=list)
    pictures: list[tuple[str, bytes]] = field(default_factory=list)

    def fact(self, name: str, what: Any) -> None:
        text = what if isinstance(what, str) else json.dumps(what, indent=1, ensure_ascii=False)
        self.facts.append((name, text))

    def picture(self, name: str, png: bytes) -> None:
        self.pictures.append((name, png))


@dataclass
class Report:
    """`hidden`: secrets of this walk, which are written nowhere."""

    where: str
    steps: Sequence[Seen]
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    clock: float = field(default_factory=time.monotonic)
    hidden: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return all(step.verdict == PASSED for step in self.steps)

    @property
    def verdict(self) -> str:
        """The last line."""
        took = f"({time.monotonic() - self.clock:.0f} s, {self.where})"
        good = sum(step.verdict == PASSED for step in self.steps)
        if self.is_whole:
            return f"make dod passed: {good} of {len(self.steps)} steps {took}"
        bad = ", ".join(str(step.number) for step in self.steps if step.verdict != PASSED)
        return f"make dod FAILED: {good} of {len(self.steps)} steps, not {bad} {took}"

    def hide(self, secret: str) -> str:
        """Remember a secret, so that it is not written; gives it back."""
        self.hidden.append(secret)
        return secret

    def write(self, place: Path) -> Path:
        place.mkdir(parents=True, exist_ok=True)
        html = "".join(self._html())
        for secret in self.hidden:
            html = html.replace(escape(secret), "•••")
        path = place / f"dod-{self.began:%Y%m%dT%H%M%SZ}.html"
        path.write_text(html)
        return path

    def _html(self) -> list[str]:
        rows = "".join(
            f"<tr><td>{step.number}</td><td>{escape(step.title)}</td>"
            f'<td class="{step.verdict.split()[0]}">{step.verdict}</td>'
            f"<td>{step.seconds:.1f} s</td></tr>"
            for step in self.steps
        )
        return [
            '<!doctype html><html lang="en"><meta charset="utf-8">',
            "<title>Definition of Done</title>",
            f"<style>{_STYLE}</style><h1>Definition of Done</h1>",
            f"<p>{escape(self.verdict)}<br>began {self.began:%Y-%m-%d %H:%M:%S} UTC</p>",
            f"<table><tr><th>#</th><th>Step</th><th>Verdict</th><th>Took</th></tr>{rows}</table>",
            *(self._step(step) for step in self.steps),
            "</html>\n",
        ]

    @staticmethod
    def _step(step: Seen) -> str:
        why = f'<p class="failed">{escape(step.why)}</p>' if step.why else ""
        facts = "".join(
            f"<h3>{escape(name)}</h3><pre>{escape(text)}</pre>" for name, text in step.facts
        )
        pictures = "".join(
            f"<h3>{escape(name)}</h3>"
            f'<img alt="{escape(name)}" src="data:image/png;base64,'
            f'{base64.b64encode(png).decode()}">'
            for name, png in step.pictures
        )
        return f"<h2>{step.number}. {escape(step.title)}</h2>{why}{facts}{pictures}"
