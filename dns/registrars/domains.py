"""Where a name is cut: what its registry sells, and what is below that (Public Suffix List)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import idna
from publicsuffixlist import PublicSuffixList

from dns.registrars.problems import InvalidDomain, MissingDomain

LONGEST = 253


@dataclass(frozen=True, slots=True)
class Domain:
    """A name in its ASCII form. `below` is empty when it is the registered domain itself.

    `shop.acme.co.uk`: registrable `acme.co.uk`, second level `acme`, suffix `co.uk`, below `shop`.
    """

    name: str
    registrable: str
    suffix: str
    below: str

    @property
    def second_level(self) -> str:
        return self.registrable.removesuffix(f".{self.suffix}")

    @property
    def is_apex(self) -> bool:
        return not self.below


def read(text: str) -> Domain:
    """Raises MissingDomain, InvalidDomain."""
    if not text.strip():
        raise MissingDomain("Say which domain.", field="domain")
    name = _ascii(text.strip().rstrip("."))
    registrable = _list().privatesuffix(name)
    if registrable is None:
        raise InvalidDomain(
            f"{name} is a public suffix: nobody can register it. Give a domain below it.",
            field="domain",
        )
    return Domain(
        name=name,
        registrable=registrable,
        suffix=registrable.partition(".")[2],
        below=name.removesuffix(registrable).rstrip("."),
    )


def _ascii(text: str) -> str:
    try:
        name = idna.encode(text, uts46=True, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        name = ""
    if not name or len(name) > LONGEST or "." not in name:
        raise InvalidDomain(
            "Give a domain name such as acme.com: letters, digits and hyphens between dots.",
            field="domain",
        )
    return name


@cache
def _list() -> PublicSuffixList:
    # The private half names hosters (github.io), not registries.
    return PublicSuffixList(only_icann=True)
