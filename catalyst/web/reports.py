"""What browsers refused because of our policy, in the log: our mistake or somebody's attempt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from catalyst.api.door import read_body
from catalyst.api.problems import NotJson
from catalyst.identity.permissions import names
from catalyst.limits.gate import by_address, limited

log = structlog.get_logger(__name__)
MOST_BYTES = 16_384
MOST_REPORTS = 10
LONGEST = 200


@csrf_exempt
@require_POST
@names("anyone")
@limited("csp-report", key=by_address)
def csp_report(request: HttpRequest) -> HttpResponse:
    """Takes `application/csp-report` (CSP 2) and `application/reports+json` (Reporting API).

    Addresses are kept without query and fragment: they may hold what is nobody's business.
    """
    try:
        document = json.loads(read_body(request, limit=MOST_BYTES) or b"null")
    except (ValueError, RecursionError) as error:
        raise NotJson("The body could not be read as JSON.") from error
    for number, report in enumerate(_reports(document)):
        if number == MOST_REPORTS:
            break
        log.warning(
            "refused by the policy",
            directive=_word(report, "effectiveDirective", "effective-directive"),
            blocked=_place(_word(report, "blockedURL", "blocked-uri")),
            page=_place(_word(report, "documentURL", "document-uri")),
            source=_place(_word(report, "sourceFile", "source-file")),
        )
    return HttpResponse(status=204)


def _reports(document: Any) -> Iterator[dict[str, Any]]:
    for each in document if isinstance(document, list) else [document]:
        if not isinstance(each, dict):
            continue
        body = each.get("csp-report") or (
            each.get("body") if each.get("type") == "csp-violation" else None
        )
        if isinstance(body, dict):
            yield body


def _word(report: dict[str, Any], *names_of_it: str) -> str:
    found = next((report[name] for name in names_of_it if isinstance(report.get(name), str)), "")
    return "".join(letter for letter in found if letter.isprintable())


def _place(text: str) -> str:
    """`https://host/path` of an address; words such as `inline` as they are."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2]
    return (f"{parts.scheme}://{host}{parts.path}" if parts.netloc else parts.path)[:LONGEST]
