"""DS records as registrars take them: by digest, or by the key the digest is of (RFC 4034)."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field

_PROTOCOL = 3  # RFC 4034 §2.1.2: always
_DIGESTS = {1: hashlib.sha1, 2: hashlib.sha256, 4: hashlib.sha384}
SHA256 = 2
KEY_SIGNING = 257  # RFC 4034 §2.1.1: zone key and secure entry point


@dataclass(frozen=True, slots=True)
class Signer:
    """One DS record. Two are equal when tag, algorithm and digest are.

    `public_key` (base64) and `flags` are of the DNSKEY; vendors that make the digest themselves
    need them. `digest` is lower-case hexadecimal.
    """

    tag: int
    algorithm: int
    digest_type: int
    digest: str
    flags: int = field(default=KEY_SIGNING, compare=False)
    public_key: str = field(default="", compare=False)

    @classmethod
    def of_text(cls, text: str, *, dnskey: str = "") -> Signer:
        """Read `12345 13 2 ab…` and, if given, `257 3 13 base64…`. Raises ValueError."""
        tag, algorithm, digest_type, *digest = text.split()
        flags, public_key = KEY_SIGNING, ""
        if dnskey:
            key_flags, _, _, *parts = dnskey.split()
            flags, public_key = int(key_flags), "".join(parts)
        return cls(
            tag=int(tag),
            algorithm=int(algorithm),
            digest_type=int(digest_type),
            digest=bytes.fromhex("".join(digest)).hex(),
            flags=flags,
            public_key=public_key,
        )

    @classmethod
    def of_key(
        cls, domain: str, *, flags: int, algorithm: int, public_key: str, digest_type: int = SHA256
    ) -> Signer:
        """The DS of a DNSKEY (RFC 4034 §5.1.4). Raises ValueError for a digest we do not make."""
        if digest_type not in _DIGESTS:
            raise ValueError(f"digest type {digest_type}")
        rdata = (
            flags.to_bytes(2, "big")
            + bytes((_PROTOCOL, algorithm))
            + base64.b64decode(public_key, validate=True)
        )
        return cls(
            tag=_tag(rdata),
            algorithm=algorithm,
            digest_type=digest_type,
            digest=_DIGESTS[digest_type](_wire(domain) + rdata).hexdigest(),
            flags=flags,
            public_key=public_key,
        )

    def text(self) -> str:
        """As in a zone file."""
        return f"{self.tag} {self.algorithm} {self.digest_type} {self.digest}"


def _wire(domain: str) -> bytes:
    labels = domain.rstrip(".").lower().encode("ascii").split(b".")
    return b"".join(bytes((len(label),)) + label for label in labels) + b"\0"


def _tag(rdata: bytes) -> int:
    """RFC 4034 appendix B."""
    total = sum(byte if at & 1 else byte << 8 for at, byte in enumerate(rdata))
    return (total + (total >> 16 & 0xFFFF)) & 0xFFFF
