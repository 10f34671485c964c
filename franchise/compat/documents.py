"""JSON as the earlier system's programs read and write it. Amounts never meet a float."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException

from catalyst.api.door import read_body
from catalyst.api.problems import BodyTooLarge, NotJson
from catalyst.problem import Problem
from franchise.money import EXPONENTS, MOST_MINOR, Money

MOST_BYTES = 65_536
Document = dict[str, Any]
# As many digits as a body can hold.
_EXACT = Context(prec=MOST_BYTES, Emin=MIN_EMIN, Emax=MAX_EMAX)


class BadField(Problem):
    """400, as those programs expect; `field` in `extra` says which."""

    type = "invalid"
    title = "This value cannot be used"
    status = 400


def read(request: HttpRequest) -> Document:
    """The JSON object of a request; its numbers with a point are Decimals.

    Raises NotJson, BodyTooLarge, BadField for a NUL character, which nothing here keeps.
    """
    try:
        found = json.loads(read_body(request, limit=MOST_BYTES), parse_float=Decimal)
    except RequestDataTooBig as error:
        raise BodyTooLarge(f"Send at most {MOST_BYTES} bytes.", limit=MOST_BYTES) from error
    except (ValueError, RecursionError, RawPostDataException) as error:
        raise NotJson("The body could not be read as JSON.") from error
    if not isinstance(found, dict):
        raise NotJson("The body is one JSON object.")
    for name, value in found.items():
        if isinstance(value, str) and "\0" in value:
            raise BadField("A value holds a NUL character.", field=name)
    return found


def answer(document: Document | list[Document], status: int = 200) -> HttpResponse:
    return HttpResponse(written(document), status=status, content_type="application/json")


def written(value: Any) -> str:
    """JSON text. A Decimal is written as a number, digit for digit."""
    if isinstance(value, dict):
        inner = (f"{json.dumps(str(name))}: {written(each)}" for name, each in value.items())
        return f"{{{', '.join(inner)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return json.dumps(value.isoformat().replace("+00:00", "Z"))
    return json.dumps(value)


def major(money: Money) -> int | Decimal:
    """`credit_omr`: whole units as a whole number; else with all digits of the currency."""
    exponent = EXPONENTS[money.currency]
    whole, rest = divmod(money.minor, 10**exponent)
    return whole if not rest else Decimal(money.minor).scaleb(-exponent)


def money(value: object, currency: str, *, field: str) -> Money:
    """The amount a number says. Raises BadField: not a number, too fine, too large."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise BadField("Send a number.", field=field)
    number = Decimal(value)
    if number.adjusted() > len(str(MOST_MINOR)):  # `1e999999999`: nobody could hold its digits
        raise BadField("This amount is too large.", field=field)
    minor = number.scaleb(EXPONENTS[currency], _EXACT)
    if abs(minor) > MOST_MINOR:
        raise BadField("This amount is too large.", field=field)
    if minor != minor.to_integral_value():
        raise BadField(
            f"{currency} has {EXPONENTS[currency]} digits behind the point.", field=field
        )
    return Money(int(minor), currency)


def text(document: Document, name: str, *, longest: int) -> str:
    """A text of the document, "" if it is not there. Raises BadField."""
    value = document.get(name, "")
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest:
        raise BadField(f"Send a text of at most {longest} characters.", field=name)
    return value.strip()


def flag(document: Document, name: str) -> bool | None:
    """True, False, or None where nothing was said. Raises BadField."""
    value = document.get(name)
    if value is not None and not isinstance(value, bool):
        raise BadField("Send true or false.", field=name)
    return value


def count(document: Document, name: str, *, most: int) -> int | None:
    """A whole number from 0, or None where nothing was said. Raises BadField."""
    value = document.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise BadField(f"Send a whole number from 0 to {most}.", field=name)
    return value
