"""Short test ids that are the same in every process: made-up keys must not end up in names.

pytest-xdist refuses to run when two processes collect different names.
"""

from __future__ import annotations

LONGEST = 24


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A long string is named after its argument; pytest numbers those that repeat."""
    return argname if isinstance(val, str) and len(val) > LONGEST else None
