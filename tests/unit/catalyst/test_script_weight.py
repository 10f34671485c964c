"""No page makes a browser load more than 60 kB of JavaScript, compressed (docs/architecture.md)."""

from __future__ import annotations

import gzip
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
MOST_BYTES = 60_000
# What a page is made of: its base, fragments, and a quoted name handed on as `with template=…`.
PART = re.compile(r"""["']([\w/-]+\.html)["']""")
SCRIPT = re.compile(r"""<script[^>]*\{%\s*static\s+['"]([\w./-]+\.js)['"]""")


def templates() -> list[str]:
    return sorted(
        str(file.relative_to(ROOT / "templates")) for file in (ROOT / "templates").rglob("*.html")
    )


@cache
def scripts_of(template: str) -> frozenset[str]:
    """Scripts that this template, its base and everything it includes ask for."""
    file = ROOT / "templates" / template
    text = file.read_text() if file.exists() else ""
    found = set(SCRIPT.findall(text))
    for part in set(PART.findall(text)) - {template}:
        found |= scripts_of(part)
    return frozenset(found)


@cache
def weight(script: str) -> int:
    return len(gzip.compress((ROOT / "static" / "dist" / script).read_bytes(), mtime=0))


def test_given_any_page_then_its_scripts_weigh_no_more_than_60_kb() -> None:
    weights = {name: sum(weight(script) for script in scripts_of(name)) for name in templates()}
    assert {name: bytes_ for name, bytes_ in weights.items() if bytes_ > MOST_BYTES} == {}


def test_given_the_progress_page_then_its_scripts_were_found() -> None:
    assert scripts_of("sovereign_wizard/progress/deployment.html") == {"app.js", "deployment.js"}
