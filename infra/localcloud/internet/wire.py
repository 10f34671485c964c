"""The only room that speaks DNS itself, by dnspython: questions to name servers, and DS records.

Here `dns` is dnspython, never the app (dns/__init__.py says how both can be). It must never fall
back on the machine's own resolver: each question names the server it goes to.
"""

import dns.asyncquery
import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype

LOOKUP_SECONDS = 8.0
HEALTH_SECONDS = 2.0


class NoAnswer(Exception):
    """A name has no IPv4 address; the text says why, in the resolver's own words if it gave any."""


def addresses(name: str, *, resolver: str) -> tuple[str, ...]:
    """The IPv4 addresses of `name` by one real query to `resolver`:53. Raises NoAnswer.

    The reason repeats the Extended DNS Errors of the answer (RFC 8914).
    """
    try:
        question = dns.message.make_query(name, "A", use_edns=0)
        answer, _ = dns.query.udp_with_fallback(question, resolver, timeout=LOOKUP_SECONDS)
        if answer.rcode() == dns.rcode.NOERROR and isinstance(answer, dns.message.QueryMessage):
            records = answer.resolve_chaining().answer
            if records is None:
                raise NoAnswer(f"{name} has no IPv4 address")
            return tuple(record.address for record in records)
    except (dns.exception.DNSException, OSError) as error:
        raise NoAnswer(f"no answer for {name}: {error}") from error
    details = [
        option.to_text() for option in answer.options if isinstance(option, dns.edns.EDEOption)
    ]
    raise NoAnswer(" ".join([f"{name}:", dns.rcode.to_text(answer.rcode()), *details]))


async def is_validated(name: str, *, resolver: str, seconds: float = HEALTH_SECONDS) -> bool:
    """Whether `resolver`:53 gives a validated SOA answer for `name` (AD flag, RFC 4035)."""
    return await _has_flag(name, resolver, dns.flags.AD, seconds)


async def is_authoritative(name: str, *, server: str) -> bool:
    """Whether `server`:53 gives an authoritative SOA answer for `name` (AA flag, RFC 1035)."""
    return await _has_flag(name, server, dns.flags.AA, HEALTH_SECONDS)


def delegation_signer(text: str) -> str:
    """A DS record in its one spelling. Raises ValueError when it is none (RFC 4034 §5.3)."""
    try:
        parsed = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.DS, text)
    except (dns.exception.DNSException, ValueError) as error:
        raise ValueError(f"{text!r} is not a DS record: {error}") from error
    return parsed.to_text(chunksize=0)


async def _has_flag(name: str, server: str, flag: dns.flags.Flag, seconds: float) -> bool:
    question = dns.message.make_query(name, "SOA", want_dnssec=True)
    try:
        answer = await dns.asyncquery.udp(question, server, timeout=seconds)
    except (OSError, dns.exception.DNSException):
        return False
    return answer.rcode() == dns.rcode.NOERROR and bool(answer.flags & flag)
