"""Labels and label selectors with the vendor's grammar (API documentation, "Labels").

Selector: `k`, `!k`, `k=v`, `k==v`, `k!=v`, `k in (a,b)`, `k notin (a,b)`, joined by commas.
"""

import re
from collections.abc import Callable, Mapping

from infra.localcloud.hetzner.errors import invalid

_NAME = r"[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?"
_PREFIX = r"[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,251}[a-zA-Z0-9])?"
_KEY = rf"(?:{_PREFIX}/)?{_NAME}"
_VALUE = rf"(?:{_NAME})?"

_KEY_ONLY = re.compile(_KEY)
_VALUE_ONLY = re.compile(_VALUE)
_TERM = re.compile(
    rf"""\s*(?:
      (?P<absent>!)\s*(?P<absent_key>{_KEY})
    | (?P<set_key>{_KEY})\s+(?P<set_op>in|notin)\s*\((?P<set>[^()]*)\)
    | (?P<key>{_KEY})\s*(?:(?P<op>==|=|!=)\s*(?P<value>{_VALUE}))?
    )\s*(?:,|$)""",
    re.VERBOSE,
)

Labels = Mapping[str, str]
Selector = Callable[[Labels], bool]


def check_labels(labels: Labels) -> None:
    """Raises invalid_input on a key or value outside the grammar."""
    for key, value in labels.items():
        if not _KEY_ONLY.fullmatch(key):
            raise invalid("labels", f"label key '{key}' is not correctly formatted")
        if not _VALUE_ONLY.fullmatch(value):
            raise invalid(
                "labels", f"label value '{value}' (key: {key}) is not correctly formatted"
            )


def parse_selector(text: str) -> Selector:
    """A predicate over labels; an empty selector matches everything. Raises invalid_input."""
    terms: list[Selector] = []
    at = 0
    while at < len(text):
        match = _TERM.match(text, at)
        if match is None:
            raise invalid("label_selector", f"'{text}' is not a label selector")
        terms.append(_term(match))
        at = match.end()
    if text.rstrip().endswith(","):
        raise invalid("label_selector", f"'{text}' ends with a comma")
    return lambda labels: all(term(labels) for term in terms)


def _term(match: re.Match[str]) -> Selector:
    if match["absent"]:
        absent = match["absent_key"]
        return lambda labels: absent not in labels
    if match["set_op"]:
        return _set_term(match["set_key"], match["set_op"], match["set"])
    key, operator, value = match["key"], match["op"], match["value"] or ""
    if operator is None:
        return lambda labels: key in labels
    if operator == "!=":
        return lambda labels: labels.get(key) != value
    return lambda labels: labels.get(key) == value


def _set_term(key: str, operator: str, members: str) -> Selector:
    values = {member.strip() for member in members.split(",")}
    for value in values:
        if not _VALUE_ONLY.fullmatch(value):
            raise invalid("label_selector", f"'{value}' is not a label value")
    if operator == "in":
        return lambda labels: labels.get(key) in values
    return lambda labels: labels.get(key) not in values
