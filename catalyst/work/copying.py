"""Very many new rows at once, by PostgreSQL's COPY.

Django's `bulk_create` composes a statement value by value: of the time that ten thousand vouchers
took, that was nine tenths.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

from django.db import models, transaction
from django.db.models.expressions import DatabaseDefault


def add(rows: Iterable[models.Model]) -> None:
    """Rows of one model in the caller's transaction. Their ids are not told, and what the first
    one leaves to the database is left to it by all. Raises as `bulk_create` does."""
    rows = iter(rows)
    if (first := next(rows, None)) is None:
        return
    here = transaction.get_connection()
    fields = [field for field in first._meta.concrete_fields if _is_given(field, first)]
    columns = ", ".join(here.ops.quote_name(str(field.column)) for field in fields)
    statement = f"COPY {here.ops.quote_name(first._meta.db_table)} ({columns}) FROM STDIN"
    with here.wrap_database_errors, here.cursor() as cursor, cursor.copy(statement) as copy:
        for row in chain([first], rows):
            copy.write_row([f.get_db_prep_save(f.pre_save(row, add=True), here) for f in fields])


def _is_given(field: models.Field[Any, Any], row: models.Model) -> bool:
    value = getattr(row, field.attname)
    made_there = isinstance(field, models.AutoField) and value is None
    return not made_there and not isinstance(value, DatabaseDefault)
