"""Long lists by key: `?limit&cursor`, and `Link: <…>; rel="next"` (RFC 8288) while there is more.

A cursor says where a page ended and nothing else; it opens no row its bearer may not see.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query

from catalyst.problem import Invalid

SIZE, LARGEST = 50, 200
Limit = Annotated[int, Query(ge=1, le=LARGEST, description="Rows a page.")]
Cursor = Annotated[
    str, Query(max_length=200, description="From the `Link` header of the page before; opaque.")
]
Row = TypeVar("Row", bound=Model)


def page(
    rows: QuerySet[Row], *, limit: int, cursor: str, request: HttpRequest, response: HttpResponse
) -> list[Row]:
    """One page, newest first by `created_at` and UUID `id`; adds the `Link` header.

    Raises Invalid for a cursor that is none.
    """
    if cursor:
        at, last = _read(cursor)
        rows = rows.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=last))
    found = list(rows.order_by("-created_at", "-id")[: limit + 1])
    if len(found) > limit:
        found = found[:limit]
        query = request.GET.copy()
        query["cursor"] = _write(found[-1])
        response["Link"] = f'<{request.path}?{query.urlencode()}>; rel="next"'
    return found


def _write(row: Any) -> str:
    text = json.dumps([row.created_at.isoformat(), str(row.pk)], separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[datetime, UUID]:
    try:
        at, last = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError("without a zone it is no moment")
        return moment, UUID(last)
    except (ValueError, TypeError, AttributeError) as error:
        raise Invalid("Take the cursor from the Link header as it is.", field="cursor") from error
