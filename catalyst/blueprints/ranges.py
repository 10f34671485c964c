"""Ranges of versions as manifests write them: `^1.2`, `~1.4`, `>=1.0 <3`, `1.x`, `1.2.3`, `*`.

Versions are those of Semantic Versioning 2.0.0; ranges those of npm (node-semver), without its
hyphens. An earlier edition (`2.0.0-rc.1`) is in a range only if a bound names the same release.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, total_ordering

_NUMBER = r"(?:0|[1-9]\d*)"
_EDITION = r"(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)"
_VERSION = re.compile(
    rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:-({_EDITION}(?:\.{_EDITION})*))?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?",
    re.ASCII,
)
_PART = rf"(?:{_NUMBER}|[xX*])"
_BOUND = re.compile(
    rf"(\^|~|>=|<=|>|<|=)?({_PART})(?:\.({_PART}))?(?:\.({_PART}))?"
    rf"(?:-({_EDITION}(?:\.{_EDITION})*))?",
    re.ASCII,
)
_WILD = {"x", "X", "*", None}
MOST_DIGITS = 9


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """`edition`: what stands behind the hyphen, in parts; empty for a release."""

    major: int
    minor: int = 0
    patch: int = 0
    edition: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Version:
        """Raises ValueError for what is no version."""
        found = _VERSION.fullmatch(text)
        if found is None or any(len(found[part]) > MOST_DIGITS for part in (1, 2, 3)):
            raise ValueError(f"{text!r} is no version like 1.2.3")
        edition = tuple(found[4].split(".")) if found[4] else ()
        return cls(int(found[1]), int(found[2]), int(found[3]), edition)

    @property
    def release(self) -> tuple[int, int, int]:
        return self.major, self.minor, self.patch

    def __lt__(self, other: Version) -> bool:
        return (*self.release, self._rank) < (*other.release, other._rank)

    @property
    def _rank(self) -> tuple[bool, list[tuple[bool, int, str]]]:
        """SemVer §11: a release is above its editions; figures are below words."""
        parts = [
            (False, int(each), "") if each.isdecimal() else (True, 0, each) for each in self.edition
        ]
        return not self.edition, parts


# From (inclusive) to (exclusive); None is no end.
Span = tuple[Version, Version | None]
_LOWEST = ("0",)


@dataclass(frozen=True, slots=True)
class Range:
    """Alternatives (`||`), each a list of spans that must all hold."""

    alternatives: tuple[tuple[Span, ...], ...]
    named: frozenset[Version]

    @classmethod
    def parse(cls, text: str) -> Range:
        """Raises ValueError for what is no range."""
        return _parse(text)

    def has(self, version: str) -> bool:
        """Raises ValueError for what is no version."""
        wanted = Version.parse(version)
        if wanted.edition and wanted.release not in {each.release for each in self.named}:
            return False
        return any(
            all(low <= wanted and (high is None or wanted < high) for low, high in spans)
            for spans in self.alternatives
        )


@cache
def _parse(text: str) -> Range:
    alternatives, named = [], set[Version]()
    for part in text.split("||"):
        bounds = re.sub(r"(\^|~|>=|<=|>|<|=)\s+", r"\1", part).split() or ["*"]
        spans = []
        for bound in bounds:
            span, names = _span(bound, text)
            spans.append(span)
            named |= names
        alternatives.append(tuple(spans))
    return Range(tuple(alternatives), frozenset(named))


def _span(bound: str, text: str) -> tuple[Span, set[Version]]:
    found = _BOUND.fullmatch(bound)
    if found is None or len(bound) > 64:
        raise ValueError(f"{text!r} is no range of versions")
    sign, edition = found[1] or "", tuple(found[5].split(".")) if found[5] else ()
    given: list[int] = []
    for part in (found[2], found[3], found[4]):
        if part in _WILD:
            break
        given.append(int(part))
    low = replace(_release(given), edition=edition if len(given) == 3 else ())
    return _of_sign(sign, given, low), {low} if low.edition else set()


def _of_sign(sign: str, given: list[int], low: Version) -> Span:
    nothing = Version(0, 0, 0, _LOWEST)
    if not given:  # any version; above or below any there is none
        return (nothing, nothing) if sign in {"<", ">"} else (nothing, None)
    if sign == ">=":
        return low, None
    if sign == "<":
        return nothing, _before(low) if len(given) < 3 else low
    if sign == ">":
        return (_above(low), None) if len(given) == 3 else (_after(given, len(given) - 1), None)
    if sign == "<=":
        return nothing, _above(low) if len(given) == 3 else _before(_after(given, len(given) - 1))
    if sign == "^":
        first = next((place for place, part in enumerate(given) if part), len(given) - 1)
        return low, _before(_after(given, first))
    if sign == "~":
        return low, _before(_after(given, min(1, len(given) - 1)))
    if len(given) == 3:
        return low, _above(low)
    return low, _before(_after(given, len(given) - 1))


def _after(given: list[int], place: int) -> Version:
    """The next release that differs at `place`: 1.2, 0 → 2.0.0."""
    return _release([*given[:place], given[place] + 1])


def _release(parts: list[int]) -> Version:
    """What is not said is 0."""
    major, minor, patch = (*parts, 0, 0, 0)[:3]
    return Version(major, minor, patch)


def _before(version: Version) -> Version:
    """Its very first edition: what an upper end leaves out together with the release."""
    return Version(*version.release, _LOWEST)


def _above(version: Version) -> Version:
    """The very next version there can be."""
    if version.edition:
        return Version(*version.release, (*version.edition, "0"))
    return Version(version.major, version.minor, version.patch + 1, _LOWEST)
