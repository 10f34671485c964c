"""Reserved words as a value: what the rules need of the list that operators keep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from dns.names.lookalike import skeleton


@dataclass(frozen=True, slots=True)
class Words:
    """One version of the list. `exact` and `patterns` (fnmatch) hold word → reason."""

    version: int
    exact: dict[str, str]
    patterns: tuple[tuple[str, str], ...] = ()
    _by_look: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(
        cls, *, version: int, exact: dict[str, str], patterns: Iterable[tuple[str, str]]
    ) -> Words:
        return cls(version, exact, tuple(patterns), {skeleton(word): word for word in exact})

    def reason(self, *, label: str, display: str) -> str | None:
        """Why nobody may have this name; None when anybody may."""
        if why := self.exact.get(label):
            return why
        for pattern, why in self.patterns:
            if fnmatchcase(label, pattern):
                return why
        word = self._by_look.get(skeleton(display))
        return f"it looks like “{word}”, and {self.exact[word]}" if word else None
