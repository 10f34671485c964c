"""Which DS record a DNSKEY has. Here `dns` is dnspython, never the app."""

from typing import Any

import dns.dnssec
import dns.name
import dns.rdata


def signer(domain: str, *, flags: int, algorithm: int, public_key: str) -> dict[str, Any]:
    """The SHA-256 one, with the key it is of. Raises ValueError for what is no key."""
    text = f"{flags} 3 {algorithm} {public_key}"
    try:
        key = dns.rdata.from_text("IN", "DNSKEY", text)
        made = dns.dnssec.make_ds(dns.name.from_text(domain), key, "SHA256")
    except (dns.exception.DNSException, ValueError) as error:
        raise ValueError(f"no DNSKEY: {error}") from error
    return {
        "tag": made.key_tag,
        "algorithm": int(made.algorithm),
        "digest_type": int(made.digest_type),
        "digest": made.digest.hex(),
        "flags": flags,
        "public_key": public_key,
    }
