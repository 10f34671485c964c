"""Hetzner's own error codes inside tofu's diagnostics.

tofu hands errors on as text; the vendor's client library writes each as
`<message> (<code>, <request id>)`, its provider also as `Error code: <code>`. The codes are API:
https://docs.hetzner.cloud/reference/cloud#errors
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sovereign_wizard.catalog.vendor_errors import plain
from sovereign_wizard.tofu.stream import Diagnostic

_CODE = re.compile(r"\(([a-z][a-z_]+[a-z])(?:, [0-9a-f]+)?\)|^Error code: ([a-z_]+)$", re.MULTILINE)
# How a code is titled that nobody has words for.
UNKNOWN = plain("").title


def codes(diagnostics: Iterable[Diagnostic]) -> frozenset[str]:
    """Every vendor code named in these diagnostics."""
    texts = (f"{found.summary}\n{found.detail}" for found in diagnostics)
    return frozenset(inside or alone for text in texts for inside, alone in _CODE.findall(text))


def all_passing(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether every one of these errors is the vendor asking to come back later."""
    found = [codes([diagnostic]) for diagnostic in diagnostics]
    return bool(found) and all(each and all(plain(code).passes for code in each) for each in found)


def meaning(diagnostics: Iterable[Diagnostic]) -> str:
    """What the named codes mean for a person; empty when the vendor's own words must do."""
    said = (plain(code) for code in sorted(codes(diagnostics)))
    return " ".join(one.detail for one in said if one.title != UNKNOWN)
