"""What Dynadot's two APIs have in common: names spelled in several ways, errors only in words.

Source: dynadot.com/domain/api-document (REST) and /domain/api3.html (API3). The vendor numbers no
errors, so its words are read here and nowhere else, the narrow ones first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from dns.registrars.exchange import unavailable
from dns.registrars.problems import (
    DomainLocked,
    DomainNotInAccount,
    InvalidNameservers,
    InvalidToken,
    IpNotAllowed,
    NameserverNotRegistered,
    NotEligible,
    RecordConflict,
    RegistrarProblem,
)
from dns.registrars.signers import Signer


@dataclass(frozen=True, slots=True)
class Info:
    """Of a domain: who answers for it; whether the vendor would refuse a change."""

    nameservers: tuple[str, ...]
    held: bool


def member(document: Any, *names: str) -> Any:
    """The first of these members, whatever their spelling: `name_server`, `nameServer` …"""
    if not isinstance(document, dict):
        return None
    there = {_plain(key): value for key, value in document.items()}
    return next((there[name] for name in map(_plain, names) if name in there), None)


def truth(value: Any) -> bool:
    return value is True or str(value).strip().lower() in ("yes", "true", "1")


def number(value: Any) -> int:
    """`13`, `"13"` or `"ECDSAP256SHA256 (13)"`. Raises RegistrarProblem."""
    found = re.fullmatch(r"(?:.*\()?\s*(\d{1,5})\s*\)?", str(value).strip())
    if found is None:
        raise RegistrarProblem("Dynadot's answer has no number where there should be one.")
    return int(found.group(1))


def signer_of(record: Any) -> Signer:
    """A DS record as both show it. Raises RegistrarProblem."""
    return Signer(
        number(member(record, "key_tag")),
        number(member(record, "algorithm")),
        number(member(record, "digest_type")),
        str(member(record, "digest")).lower(),
    )


def problem(words: str, *, egress_ip: str) -> RegistrarProblem:
    """Our problem for the vendor's words, which are not repeated."""
    text = words.lower()
    if re.search(
        r"in your account|domain (was )?not found|(could|can) ?not find (the )?domain", text
    ):
        return DomainNotInAccount("Dynadot has no such domain in this account.")
    if re.search(r"needs? to be registered", text):
        return NameserverNotRegistered("Dynadot wants to be told of the name servers first.")
    if re.search(r"\bip\b.*(not|un)\s?(allowed|authori[sz]ed)|unauthori[sz]ed ip", text):
        known = f" It is {egress_ip}." if egress_ip else ""
        return IpNotAllowed(
            "Dynadot's API settings allow other addresses than ours only; a change there takes ten "
            f"minutes.{known}",
            egress_ip=egress_ip,
        )
    if re.search(r"\bsignature\b|(invalid|wrong|missing) (api )?key|\bunauthori[sz]ed\b", text):
        return InvalidToken("Dynadot does not accept this key and secret (Tools → API).")
    if re.search(r"main server|maintenance|try again", text):
        return unavailable()
    if re.search(r"\b(locked|on hold|disabled)\b", text):
        return DomainLocked("Dynadot holds this domain and lets nobody change it. Ask its support.")
    if re.search(r"already (exists|registered|added)", text):
        return RecordConflict("Dynadot knows this name server already.")
    if re.search(r"(isn't|not) supported via the api|account .*(level|eligible)", text):
        return NotEligible("Dynadot does not offer its API for this.")
    if re.search(r"\b(name ?server|host)\b.*invalid|invalid.*\b(name ?server|host)", text):
        return InvalidNameservers("Dynadot does not take these name servers.", field="nameservers")
    return RegistrarProblem("Dynadot refused, for a reason we do not know.")


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
