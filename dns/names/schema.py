"""The rule of a label as JSON Schema, for a CRD and other documents that cannot run our code.

Weaker than `rules.validate`, never stronger: it knows no IDNA, no look-alikes, no reserved words. A
test holds the two together.
"""

from __future__ import annotations

from typing import Any

MIN_LABEL = 3
MAX_LABEL = 63
PATTERN = "^[a-z]([a-z0-9-]*[a-z0-9])?$"
# A wire label (A-label): what an API server may check before we are asked.
LABEL: dict[str, Any] = {
    "type": "string",
    "minLength": MIN_LABEL,
    "maxLength": MAX_LABEL,
    "pattern": PATTERN,
}
