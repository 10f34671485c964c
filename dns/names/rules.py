"""The rules of a label, and of the names that will be made below it.

Sources: RFC 1035 §2.3.4 (octet limits), RFC 5890–5892 (IDNA 2008), UTS #46 (mapping), UTS #39
(look-alikes). Every refusal carries `reason`, a stable word for programs, beside the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import idna

from catalyst.language.words import lazy
from catalyst.problem import Invalid
from dns.names.lookalike import mixed_scripts, skeleton
from dns.names.reserved import Words
from dns.names.schema import MAX_LABEL, MIN_LABEL, PATTERN

MAX_NAME = 253  # octets of a name in text form without the final dot
# The longest names ever made below a Sovereign's own: they must fit too.
LONGEST_BELOW = ("console", "_acme-challenge")
_LABEL = re.compile(PATTERN)
_DOTS = re.compile("[.\u3002\uff0e\uff61]")  # what UTS #46 takes for a dot
_ENDINGS = ("cloud", "platform", "hq", "one", "works")


class InvalidName(Invalid):
    """`reason` in `extra` is one of REASONS."""

    type = "invalid-format"
    title = lazy("This name cannot be used")


class NameReserved(Invalid):
    """`reason` in `extra` says why nobody may take it."""

    type = "reserved"
    title = lazy("This name is reserved")


REASONS = {
    "empty": "Type a name, for example “omantel”.",
    "dots": "Give one label without dots, for example “omantel”.",
    "too-short": f"It needs at least {MIN_LABEL} characters.",
    "too-long": f"It is too long: {MAX_LABEL} characters at most.",
    "too-long-encoded": f"In the DNS it would have more than {MAX_LABEL} characters: letters other "
    "than a to z take several.",
    "too-long-below": "Together with the domain it is too long.",
    "first-letter": "It has to start with a letter.",
    "outer-hyphen": "It cannot start or end with a hyphen.",
    "third-fourth-hyphen": "The third and fourth characters cannot both be hyphens.",
    "bad-a-label": "“xn--” starts an encoded name, and this is not a valid one.",
    "control": "It holds a character that cannot be seen.",
    "characters": "Use letters, digits and hyphens only.",
    "mixed-scripts": "It mixes letters of different scripts, which nobody could tell apart.",
    "lookalike": "It looks like a name of Latin letters and is made of others.",
}


@dataclass(frozen=True, slots=True)
class Name:
    """A valid name. `label` and `fqdn` are ASCII (A-labels), `display` is for people (U-label).

    Two names with one `skeleton` would be taken for each other.
    """

    label: str
    display: str
    fqdn: str
    skeleton: str


def validate(*, label: str, domain: str, words: Words) -> Name:
    """Normalise what somebody typed and check every rule for a new name.

    Two spellings of one name give equal results, so equal names collide. Raises InvalidName or
    NameReserved; both carry `field="subdomain"`.
    """
    first, *rest = _DOTS.split(label.strip())
    if rest:  # `api.` and `console.x` are disguises of a reserved word first of all
        soft = _soft_ascii(first)
        _refuse(label=soft, display=first, words=words)
    name = normalise(label=label, domain=domain)
    refuse_reserved(name, words=words)
    return name


def normalise(*, label: str, domain: str) -> Name:
    """The name as it was once given, whatever is reserved now. Raises InvalidName."""
    first, *rest = _DOTS.split(label.strip())
    if rest:
        raise _invalid("dots")
    ascii_label = _ascii(first)
    display = _check_label(ascii_label)
    fqdn = f"{ascii_label}.{domain}"
    over = max(len(f"{below}.{fqdn}") for below in LONGEST_BELOW) - MAX_NAME
    if over > 0:
        raise _invalid("too-long-below", f"Together with {domain} it is too long by {over}.")
    return Name(ascii_label, display, fqdn, skeleton(display))


def refuse_reserved(name: Name, *, words: Words) -> None:
    """Raises NameReserved for a word nobody may take, or a name that looks like one."""
    _refuse(label=name.label, display=name.display, words=words)


def candidates(*, label: str, domain: str, words: Words) -> Iterator[Name]:
    """Valid names close to what was typed, best first; whether they are free is not known here."""
    typed = _soft_ascii(_DOTS.split(label.strip())[0])
    stem = re.sub("[^a-z0-9]+", "-", typed).strip("-0123456789")
    if not stem:
        return
    for text in (stem, *(f"{stem[: MAX_LABEL - 9]}-{ending}" for ending in _ENDINGS)):
        try:
            yield validate(label=text, domain=domain, words=words)
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
    """Which of REASONS a label is refused for that IDNA does not take; likeliest first."""
    folded = text.casefold()
    verdicts = {
        "empty": not text,
        "control": any(not letter.isprintable() for letter in text),
        "too-long": len(text) > MAX_LABEL,
        "outer-hyphen": text.startswith("-") or text.endswith("-"),
        "bad-a-label": folded.startswith("xn--"),
        "third-fourth-hyphen": text[2:4] == "--",
        "too-long-encoded": not text.isascii() and _encodes(text),
    }
    return next((reason for reason, true in verdicts.items() if true), "characters")


def _encodes(text: str) -> bool:
    """Is every letter allowed, so that only the encoded form can be what is wrong?"""
    try:
        return all(idna.encode(f"a{letter}", uts46=True, std3_rules=True) for letter in text)
    except (idna.IDNAError, UnicodeError):
        return False


def _check_label(label: str) -> str:
    """Check an A-label; returns its U-label. Raises InvalidName."""
    display = idna.decode(label)
    if len(label) < MIN_LABEL:
        raise _invalid("too-short")
    if len(label) > MAX_LABEL:
        raise _invalid("too-long")
    if not label[0].isalpha() or not display[0].isalpha():
        raise _invalid("first-letter")
    if not _LABEL.fullmatch(label) or (label[2:4] == "--" and not label.startswith("xn--")):
        raise _invalid(_why_not(label))
    if mixed_scripts(display):
        raise _invalid("mixed-scripts")
    if not display.isascii() and skeleton(display).isascii():
        raise _invalid("lookalike")
    return display


def _refuse(*, label: str, display: str, words: Words) -> None:
    if reason := words.reason(label=label, display=display):
        detail = f"“{label}” cannot be taken: {reason}."
        raise NameReserved(detail, field="subdomain", reason=reason)


def _invalid(reason: str, detail: str = "") -> InvalidName:
    return InvalidName(detail or REASONS[reason], field="subdomain", reason=reason)
