"""What the earlier system's clients expect beside our own way: `error`, and how long we may wait.

Their errors are `{"error": code, "detail": text}`; ours are RFC 9457 documents whose `type` is
stable. Both are in one document. `Prefer: wait=N` is RFC 7240.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Header

from catalyst.api.answers import CONTENT_TYPE
from catalyst.api.idempotency import HEADER, LONGEST, SHORTEST
from catalyst.problem import Invalid
from dns.pools.models import Allocation
from dns.pools.patience import LONGEST_SECONDS

# Ours → theirs; what is not here has the same name.
CODES = {
    "name-taken": "conflict",
    "quarantined": "conflict",
    "malformed": "invalid-body",
    "invalid": "invalid-body",
    "not-the-holder": "token-mismatch",
}
FIELDS = {
    "address_v4": "loadBalancerIP",
    "address_v6": "loadBalancerIPv6",
    "pool": "poolDomain",
}
DEFAULT_WAIT = 5.0
Prefer = Annotated[
    str,
    Header(
        "",
        alias="Prefer",
        max_length=100,
        description="`wait=N`: seconds to wait for the name servers, at most 20; "
        "`respond-async`: none (RFC 7240).",
    ),
]
_WAIT = re.compile(r"\bwait=(\d{1,4})\b")
_KEY = re.compile(rf"[A-Za-z0-9._:-]{{{SHORTEST},{LONGEST}}}")


def compatible(run: Callable[..., Any]) -> Callable[..., Any]:
    """Ninja decorator (mode `view`): adds `error` to a problem, and names the API's own fields."""

    @wraps(run)
    def answered(request: HttpRequest, **path: Any) -> Any:
        answer = run(request, **path)
        if isinstance(answer, HttpResponse) and answer.headers["Content-Type"] == CONTENT_TYPE:
            document = json.loads(answer.content)
            document["error"] = CODES.get(document["type"], document["type"])
            if (field := document.get("field")) in FIELDS:
                document["field"] = FIELDS[field]
            answer.content = json.dumps(document).encode()
        return answer

    return answered


def patience(prefer: str, *, default: float) -> float:
    """Seconds a caller is ready to wait."""
    if "respond-async" in prefer:
        return 0.0
    found = _WAIT.search(prefer)
    return min(float(found[1]), LONGEST_SECONDS) if found else default


def idempotency_key(request: HttpRequest) -> str:
    """The caller's key, or "". Raises Invalid for one that is none."""
    key = request.headers.get(HEADER, "")
    if key and not _KEY.fullmatch(key):
        raise Invalid(
            f"{HEADER} has {SHORTEST} to {LONGEST} letters, digits and . _ : -", field=HEADER
        )
    return key


def warning(row: Allocation) -> dict[str, str]:
    """Why an act that is done is not to be seen yet."""
    if row.last_error:
        text = f"The name servers could not be told yet ({row.last_error}). We go on trying."
        return {"warning": "dns-failed", "detail": text}
    return {"warning": "dns-pending", "detail": "The name servers are being told."}
