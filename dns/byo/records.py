"""The records of a domain that moves: found at its present host by well-known names, or given.

A zone cannot be read as a whole (no AXFR): what has another name is known to the customer alone.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence

from dns.byo.observe import SECONDS, at_once
from dns.byo.problems import BadRecord
from dns.byo.values import Record
from dns.delegation.ask import Answer, again, ask, canonical
from dns.powerdns import zone as desired
from dns.powerdns.records import RRset, absolute

KINDS = ("A", "AAAA", "CAA", "CNAME", "MX", "SRV", "TXT")
# Where mail, web and the usual programs look (RFC 6186, RFC 7489, RFC 6376 selectors in wide use).
KNOWN: dict[str, tuple[str, ...]] = {
    "": ("A", "AAAA", "MX", "TXT", "CAA"),
    "*": ("A", "AAAA", "MX", "TXT", "CNAME"),
    **dict.fromkeys(
        (
            "www", "mail", "smtp", "imap", "pop", "pop3", "webmail", "mx", "mx1", "mx2", "ftp",
            "autodiscover", "autoconfig", "vpn", "remote", "blog", "shop", "app", "api", "portal",
            "docs", "cdn", "static", "cloud", "git", "m", "calendar", "sip", "lyncdiscover",
        ),
        ("A", "AAAA", "CNAME"),
    ),
    **dict.fromkeys(
        (
            "_dmarc", "_mta-sts", "_smtp._tls", "default._domainkey", "google._domainkey",
            "selector1._domainkey", "selector2._domainkey", "k1._domainkey", "s1._domainkey",
            "s2._domainkey", "mail._domainkey", "dkim._domainkey",
        ),
        ("TXT", "CNAME"),
    ),
    **dict.fromkeys(
        (
            "_autodiscover._tcp", "_imaps._tcp", "_submission._tcp", "_sip._tls",
            "_sipfederationtls._tcp", "_caldavs._tcp", "_carddavs._tcp", "_xmpp-server._tcp",
        ),
        ("SRV",),
    ),
}  # fmt: skip
MOST_LINES = 500
LONGEST_TTL = 86_400
SHORTEST_TTL = 60


def found_at(domain: str, servers: Sequence[str], *, above: str) -> tuple[Record, ...]:
    """What the present name servers (addresses, tried in turn) say to well-known names.

    What they say to any name in the zone `above` is not the domain's own.
    """
    if not servers:
        return ()
    pairs = [(label, kind) for label, kinds in KNOWN.items() for kind in kinds]
    # A name that nobody made tells what the wildcard answers to everything.
    stray = f"x{secrets.token_hex(6)}"
    stray_kinds = tuple(dict.fromkeys(kind for _, kind in pairs))
    asked = [(_below(label, domain), kind) for label, kind in pairs]
    asked += [(f"{stray}.{domain}", kind) for kind in stray_kinds]
    asked += [(f"{stray}.{above}", kind) for kind in stray_kinds]
    answers = at_once(_question(servers, name, kind) for name, kind in asked)
    said = {
        question: answer.contents if answer.rcode == "NOERROR" else ()
        for question, answer in zip(asked, answers, strict=True)
    }
    wild = {kind: said[f"{stray}.{domain}", kind] for kind in stray_kinds}
    around = {kind: said[f"{stray}.{above}", kind] for kind in stray_kinds}
    records = [
        _record(_below(label, domain), kind, answer)
        for (label, kind), answer in zip(pairs, answers, strict=False)
        if _is_its_own(answer, around if label in ("", "*") else wild, kind)
    ]
    aliases = {one.name for one in records if one.kind == "CNAME"}
    return tuple(one for one in records if one.kind == "CNAME" or one.name not in aliases)


def read(text: str, *, domain: str) -> tuple[Record, ...]:
    """The customer's own list: one record a line, as in a zone file.

    `NAME [TTL] [IN] TYPE CONTENT`; a name without final dot is below the domain, `@` is the domain.
    Raises BadRecord.
    """
    lines = [line.split(";")[0] if '"' not in line else line for line in text.splitlines()]
    kept = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
    if len(kept) > MOST_LINES:
        raise BadRecord(f"Give at most {MOST_LINES} records.", field="records")
    sets: dict[tuple[str, str], Record] = {}
    for number, line in kept:
        name, kind, ttl, content = _line(line, number, domain)
        before = sets.get((name, kind))
        contents = (*before.contents, content) if before else (content,)
        sets[name, kind] = Record(name, kind, tuple(dict.fromkeys(contents)), ttl)
    for name, kind in sets:
        if kind == "CNAME" and (
            len(sets[name, kind].contents) > 1 or any(n == name and k != kind for n, k in sets)
        ):
            raise BadRecord(f"{name} is an alias (CNAME) and has other records.", field="records")
    return tuple(sets.values())


def checked(records: Iterable[Record], *, domain: str) -> tuple[Record, ...]:
    """The same in the spelling of the name servers. Raises BadRecord."""
    lines = (f"{one.name}. {one.ttl} {one.kind} {text}" for one in records for text in one.contents)
    return read("\n".join(lines), domain=domain)


def rrsets(
    domain: str,
    records: Iterable[Record],
    *,
    nameservers: Sequence[str],
    address_v4: str | None,
    address_v6: str | None,
    acme_directory: str,
) -> tuple[RRset, ...]:
    """What the zone says besides SOA and challenge values.

    The Sovereign's own names win over records that were taken over, once it has an address.
    """
    own: list[RRset] = []
    if address_v4:
        own += desired.addresses(
            domain, address_v4=address_v4, address_v6=address_v6, acme_directory=acme_directory
        )
    taken = {one.name for one in own if one.contents}
    sets = {(one.name, one.type): one for one in own}
    for record in records:
        name = absolute(record.name)
        ours = sets.get((name, record.kind))
        if record.kind == "CAA" and name == absolute(domain) and ours is not None:
            contents = tuple(sorted({*record.contents, *ours.contents}))
            sets[name, "CAA"] = RRset(name, "CAA", contents, record.ttl)
        elif record.kind in ("A", "AAAA", "CNAME") and name in taken:
            continue
        elif ours is None or not ours.contents:
            sets[name, record.kind] = RRset(name, record.kind, record.contents, record.ttl)
    return (desired.delegation_ns(domain, nameservers=nameservers), *sets.values())


def _below(label: str, domain: str) -> str:
    return f"{label}.{domain}" if label else domain


def _question(servers: Sequence[str], name: str, kind: str) -> Callable[[], Answer]:
    def question() -> Answer:
        found = again(lambda: ask(servers[0], name, kind, seconds=SECONDS))
        for server in servers[1:3]:
            if not found.failure:
                break
            found = ask(server, name, kind, seconds=SECONDS)
        return found

    return question


def _is_its_own(answer: Answer, others: dict[str, tuple[str, ...]], kind: str) -> bool:
    """`others`: what is said, by kind, to a name that nobody made."""
    there = answer.rcode == "NOERROR" and bool(answer.contents)
    return there and answer.contents != others.get(kind)


def _record(name: str, kind: str, answer: Answer) -> Record:
    ttl = min(max(answer.ttl or desired.ADDRESS_TTL, SHORTEST_TTL), LONGEST_TTL)
    return Record(name, kind, answer.contents, ttl)


def _line(line: str, number: int, domain: str) -> tuple[str, str, int, str]:
    def refuse(why: str) -> BadRecord:
        return BadRecord(f"Line {number}: {why}", field="records", line=number)

    words = line.split(maxsplit=1)
    if len(words) < 2:
        raise refuse("give a name, a type and a content, e.g. “@ MX 10 mail.acme.com.”")
    name, rest = words
    ttl = desired.ADDRESS_TTL
    while True:
        word, after = (*rest.split(maxsplit=1), "", "")[:2]
        if word.isdigit():
            ttl = min(max(int(word), SHORTEST_TTL), LONGEST_TTL)
        elif word.upper() != "IN":
            break
        rest = after
    kind = word.upper()
    if kind in ("NS", "SOA", "DS", "DNSKEY", "RRSIG", "NSEC", "NSEC3"):
        raise refuse(f"{kind} records cannot come along; our name servers make their own.")
    if kind not in KINDS:
        raise refuse(f"{kind or 'this'} is not one of {', '.join(KINDS)}.")
    full = domain if name == "@" else (name if name.endswith(".") else f"{name}.{domain}")
    full = full.rstrip(".").lower()
    if full != domain and not full.endswith(f".{domain}"):
        raise refuse(f"{full} does not lie in {domain}.")
    if kind == "CNAME" and full == domain:
        raise refuse("a domain itself cannot be an alias (CNAME).")
    try:
        return full, kind, ttl, canonical(full, kind, after, origin=domain)
    except ValueError as error:
        raise refuse(f"this is not the content of a {kind} record.") from error
