"""How often a code may be asked about or tried: by whom, and by everybody together."""

from __future__ import annotations

from django.http import HttpRequest

from catalyst.limits.gate import by_address, by_person, count
from catalyst.limits.values import Verdict

EVERYBODY = "everybody"


def of_preview(request: HttpRequest) -> Verdict:
    """One look at what a code is worth, on whichever page."""
    return count({
        "preview": by_address(request),
        "preview-account": by_person(request),
        "preview-all": EVERYBODY,
    })  # fmt: skip


def of_redeem(request: HttpRequest) -> Verdict:
    """One try to redeem."""
    return count({"redeem": by_address(request), "redeem-all": EVERYBODY})
