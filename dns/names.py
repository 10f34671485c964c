"""The only validator of names under a pool domain: form, API, CRD and tofu all ask here.

It knows rules, not rows: whether a valid name is free is a question for `dns.pools.services`.
Sources: RFC 1035 §2.3.4 (octet limits), RFC 5890–5892 (IDNA 2008), UTS #46 (mapping).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import idna

from catalyst.problem import Invalid

MIN_LABEL = 3
MAX_LABEL = 63
MAX_NAME = 253  # octets of a name in text form without the final dot
# The longest names ever made below a Sovereign's own: they must fit too.
LONGEST_BELOW = ("console", "_acme-challenge")
_LABEL = re.compile(r"[a-z](?:[a-z0-9-]*[a-z0-9])?")
_DOTS = re.compile("[.\u3002\uff0e\uff61]")  # what UTS #46 takes for a dot
_RESERVED_FILE = Path(__file__).with_name("reserved_names.toml")
_ENDINGS = ("cloud", "platform", "hq", "one", "works")


class InvalidName(Invalid):
    type = "invalid-format"
    title = "This name cannot be used"


class NameReserved(Invalid):
    """`reason` in `extra` says why nobody may take it."""

    type = "reserved"
    title = "This name is reserved"


@dataclass(frozen=True, slots=True)
class Name:
    """A valid name. `label` and `fqdn` are ASCII (A-labels), `display` is for people (U-label)."""

    label: str
    display: str
    fqdn: str


def validate(*, label: str, domain: str) -> Name:
    """Normalise what somebody typed and check every rule.

    Two spellings of one name give equal results, so equal names collide. Raises InvalidName or
    NameReserved; both carry `field="subdomain"`.
    """
    first, *rest = _DOTS.split(label.strip())
    if rest:
        _refuse_reserved(_soft_ascii(first))
        raise _invalid("Give one label without dots, for example “omantel”.")
    ascii_label = _ascii(first)
    _check_label(ascii_label)
    _refuse_reserved(ascii_label)
    fqdn = f"{ascii_label}.{domain}"
    longest = max(len(f"{below}.{fqdn}") for below in LONGEST_BELOW)
    if longest > MAX_NAME:
        raise _invalid(f"Together with {domain} it is too long by {longest - MAX_NAME} characters.")
    return Name(label=ascii_label, display=idna.decode(ascii_label), fqdn=fqdn)


def candidates(*, label: str, domain: str) -> Iterator[str]:
    """Valid labels close to what was typed, best first; whether they are free is not known here."""
    typed = _soft_ascii(_DOTS.split(label.strip())[0])
    stem = re.sub("[^a-z0-9]+", "-", typed).strip("-0123456789")
    if not stem:
        return
    for text in (stem, *(f"{stem[: MAX_LABEL - 9]}-{ending}" for ending in _ENDINGS)):
        try:
            yield validate(label=text, domain=domain).label
        except (InvalidName, NameReserved):
            continue


def _ascii(text: str) -> str:
    """The A-label of `text` by UTS #46 (non-transitional) and IDNA 2008. Raises InvalidName."""
    try:
        encoded = idna.encode(text, uts46=True, std3_rules=True, transitional=False).decode()
        # Decoding checks that an A-label that was typed in is a true one.
        idna.decode(encoded)
    except (idna.IDNAError, UnicodeError) as error:
        raise _invalid(_why_not(text)) from error
    return encoded


def _soft_ascii(text: str) -> str:
    """Like `_ascii` for comparing and suggesting: what cannot be mapped stays as it is."""
    try:
        return _ascii(text)
    except InvalidName:
        return text.casefold()


def _why_not(text: str) -> str:
    if not text:
        return "Type a name, for example “omantel”."
    if len(text) > MAX_LABEL:
        return f"It is too long: {MAX_LABEL} characters at most."
    if text.startswith("-") or text.endswith("-"):
        return "It cannot start or end with a hyphen."
    if text.casefold().startswith("xn--"):
        return "“xn--” starts an encoded name, and this is not a valid one."
    if text[2:4] == "--":
        return "The third and fourth characters cannot both be hyphens."
    return "Use letters, digits and hyphens only."


def _check_label(label: str) -> None:
    if not MIN_LABEL <= len(label) <= MAX_LABEL:
        raise _invalid(f"It needs {MIN_LABEL} to {MAX_LABEL} characters.")
    if not label[0].isalpha() or not idna.decode(label)[0].isalpha():
        raise _invalid("It has to start with a letter.")
    if not _LABEL.fullmatch(label):
        raise _invalid(_why_not(label))
    if label[2:4] == "--" and not label.startswith("xn--"):
        raise _invalid(_why_not(label))


def _invalid(detail: str) -> InvalidName:
    return InvalidName(detail, field="subdomain")


@cache
def _reserved() -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    """Exact labels and patterns, each with the reason."""
    groups = tomllib.loads(_RESERVED_FILE.read_text())["group"]
    exact = {name: group["reason"] for group in groups for name in group["names"]}
    patterns = tuple(
        (pattern, group["reason"]) for group in groups for pattern in group.get("patterns", ())
    )
    return exact, patterns


def _refuse_reserved(label: str) -> None:
    exact, patterns = _reserved()
    reason = exact.get(label) or next(
        (why for pattern, why in patterns if fnmatchcase(label, pattern)), None
    )
    if reason:
        raise NameReserved(
            f"“{label}” cannot be taken: {reason}.", field="subdomain", reason=reason
        )
