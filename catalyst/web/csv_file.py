"""A table as a CSV file (RFC 4180), for people who go on with it elsewhere."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse

# A spreadsheet would run a cell that begins so as a formula (OWASP, "CSV Injection").
FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LINES_AT_ONCE = 500


class _Echo:
    """`csv.writer` wants a file; this gives back what would be written."""

    def write(self, text: str) -> str:
        return text


class _Download(StreamingHttpResponse):
    """Asked for asynchronously it is read in batches, never as a whole."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        lines: Iterator[bytes] = iter(self)
        while batch := await sync_to_async(_batch)(lines):
            yield batch


def _batch(lines: Iterator[bytes]) -> bytes:
    return b"".join(islice(lines, _LINES_AT_ONCE))


def answer(
    name: str, header: Sequence[str], rows: Iterable[Sequence[object]]
) -> StreamingHttpResponse:
    """A download called `name`, streamed row by row; the first line names the columns."""
    return _Download(
        _lines(header, rows),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        },
    )


def _lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow([cell(value) for value in header])
    for row in rows:
        yield writer.writerow([cell(value) for value in row])


def cell(value: object) -> str:
    """What a spreadsheet shows as text, whatever somebody named their things.

    Numbers stay numbers: nobody names a thing by an `int`.
    """
    if isinstance(value, int | Decimal):
        return str(value)
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
