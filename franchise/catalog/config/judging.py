"""A configuration judged by its schema. The library's own words are not used: they quote values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from franchise.catalog.config.questions import Path, Schema

_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_HOSTNAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.IGNORECASE | re.ASCII)
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
formats = FormatChecker(formats=())


@formats.checks("hostname")
def _is_hostname(value: object) -> bool:
    return not isinstance(value, str) or (
        len(value) <= 253 and _HOSTNAME.fullmatch(value) is not None
    )


@formats.checks("email")
def _is_email(value: object) -> bool:
    return not isinstance(value, str) or _EMAIL.fullmatch(value) is not None


def faults(schema: Schema, config: Mapping[str, Any]) -> dict[Path, str]:
    """Place → what is wrong there, of each place the first; () is the whole."""
    found: dict[Path, str] = {}
    judge = Draft202012Validator(schema, format_checker=formats)
    for error in sorted(judge.iter_errors(config), key=lambda each: list(map(str, each.path))):
        for path, words in _said(error):
            found.setdefault(path, words)
    return found


def _said(error: ValidationError) -> list[tuple[Path, str]]:
    path = tuple(str(part) for part in error.absolute_path)
    rule, wanted = str(error.validator), error.validator_value
    if rule == "required" and isinstance(wanted, list) and isinstance(error.instance, Mapping):
        lost = [name for name in wanted if name not in error.instance]
        return [((*path, name), _("This is needed.")) for name in lost]
    words = {
        "minimum": _("The least is %(wanted)s."),
        "maximum": _("The most is %(wanted)s."),
        "minLength": _("Write at least %(wanted)s characters."),
        "maxLength": _("Write at most %(wanted)s characters."),
        "enum": _("Choose one of those offered."),
        "type": _("This is another kind of value than is wanted."),
        "format": _("This is not written as it should be (%(wanted)s)."),
        "pattern": _("This is not written as it should be."),
    }.get(rule, _("This cannot be used."))
    return [(path, words % {"wanted": wanted} if "%(" in words else words)]
