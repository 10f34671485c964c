"""Which names can come here, and the one that proves whose a domain is."""

from __future__ import annotations

from dns.registrars.domains import LONGEST, Domain
from dns.registrars.domains import read as read_registered
from dns.registrars.problems import InvalidDomain

CHALLENGE_PREFIX = "_catalyst-challenge."
# It is the longest one that has to be made below a domain.
LONGEST_DOMAIN = LONGEST - len(CHALLENGE_PREFIX)


def read(text: str) -> Domain:
    """A domain below which our own names fit. Raises MissingDomain, InvalidDomain."""
    name = read_registered(text)
    over = len(name.name) - LONGEST_DOMAIN
    if over > 0:
        raise InvalidDomain(f"It is too long by {over}: names are made below it.", field="domain")
    return name


def challenge_name(fqdn: str) -> str:
    """Whose TXT record proves that the domain is somebody's."""
    return f"{CHALLENGE_PREFIX}{fqdn}"
