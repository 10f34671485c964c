"""A signed code as characters: claims in one canonical form, and an Ed25519 signature. Pure.

Crockford's base32 of: version, name of the key, issuer, audience, campaign, serial, currency,
amount, end, uses, signature (RFC 8032). What decodes to the same claims in another way is refused,
so that one voucher has one code. The signature covers a context, so that nothing else we sign can
be taken for a voucher.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from franchise.money import EXPONENTS, MOST_MINOR
from franchise.vouchers.codes import ALPHABET

VERSION = 1
CONTEXT = b"catalyst signed voucher v1\0"
SIGNATURE = 64
LONGEST_NAME = 100
MOST_USES = 1_000_000
_LAST_SECOND = 253402300799  # of the year 9999


class Unreadable(ValueError):
    """Not a code of this kind."""


@dataclass(frozen=True, slots=True)
class Claims:
    """`key`, `serial`: eight bytes as hex. `ends_at`: seconds since 1970, when it has ended."""

    key: str
    issuer: str
    audience: str
    campaign: int
    serial: str
    currency: str
    amount_minor: int
    ends_at: int
    uses: int = 1


@dataclass(frozen=True, slots=True)
class Signed:
    claims: Claims
    message: bytes
    signature: bytes


def write(claims: Claims, sign: Callable[[bytes], bytes]) -> str:
    """The code, without hyphens."""
    body = _pack(claims)
    return _base32(body + sign(CONTEXT + body))


def read(text: str) -> Signed:
    """Of a canonical code; whose it is and whether the signature is good is not judged here.

    Raises Unreadable.
    """
    everything = _bytes(text)
    body, signature = everything[:-SIGNATURE], everything[-SIGNATURE:]
    claims = _unpack(body)
    if _pack(claims) != body or _base32(everything) != text:
        raise Unreadable("not in canonical form")
    return Signed(claims, CONTEXT + body, signature)


def _pack(claims: Claims) -> bytes:
    return b"".join((
        bytes([VERSION]),
        bytes.fromhex(claims.key),
        _name(claims.issuer),
        _name(claims.audience),
        _number(claims.campaign),
        bytes.fromhex(claims.serial),
        claims.currency.encode(),
        *(_number(each) for each in (claims.amount_minor, claims.ends_at, claims.uses)),
    ))  # fmt: skip


def _unpack(body: bytes) -> Claims:
    rest = _Reader(body)
    if rest.take(1)[0] != VERSION:
        raise Unreadable("of another version")
    claims = Claims(
        key=rest.take(8).hex(),
        issuer=rest.name(),
        audience=rest.name(),
        campaign=rest.number(),
        serial=rest.take(8).hex(),
        currency=rest.ascii(3),
        amount_minor=rest.number(),
        ends_at=rest.number(),
        uses=rest.number(),
    )
    if rest.left or claims.currency not in EXPONENTS:
        raise Unreadable("not as codes are written")
    if not (0 < claims.amount_minor <= MOST_MINOR and 0 < claims.uses <= MOST_USES):
        raise Unreadable("worth nothing, or too much")
    if not (claims.ends_at <= _LAST_SECOND and claims.campaign <= MOST_MINOR):
        raise Unreadable("a number is too large")
    return claims


class _Reader:
    def __init__(self, body: bytes) -> None:
        self._body = body

    @property
    def left(self) -> int:
        return len(self._body)

    def take(self, count: int) -> bytes:
        if len(self._body) < count:
            raise Unreadable("too short")
        taken, self._body = self._body[:count], self._body[count:]
        return taken

    def ascii(self, count: int) -> str:
        taken = self.take(count)
        if not taken.isascii():
            raise Unreadable("not ASCII")
        return taken.decode()

    def name(self) -> str:
        return self.ascii(self.take(1)[0])

    def number(self) -> int:
        return int.from_bytes(self.take(self.take(1)[0]))


def _name(text: str) -> bytes:
    encoded = text.encode()
    if len(encoded) > LONGEST_NAME:
        raise Unreadable("a name is too long")
    return bytes([len(encoded)]) + encoded


def _number(value: int) -> bytes:
    """Its length, then its bytes; none for 0."""
    encoded = value.to_bytes((value.bit_length() + 7) // 8)
    if len(encoded) > 8:
        raise Unreadable("a number is too large")
    return bytes([len(encoded)]) + encoded


def _base32(body: bytes) -> str:
    """From the left; the last character is filled up with zero bits."""
    bits = len(body) * 8
    length = -(-bits // 5)
    value = int.from_bytes(body) << (length * 5 - bits)
    return "".join(ALPHABET[value >> 5 * place & 31] for place in range(length - 1, -1, -1))


def _bytes(text: str) -> bytes:
    value = 0
    for character in text:
        place = ALPHABET.find(character)
        if place < 0:
            raise Unreadable("not base32")
        value = value << 5 | place
    bits = len(text) * 5
    length = bits // 8
    return (value >> (bits - length * 8)).to_bytes(length)
