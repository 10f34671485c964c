"""A logo that a stranger sent: what only draws is kept, everything else is refused or dropped."""

from __future__ import annotations

import struct
import zlib

import pytest

from catalyst.problem import Invalid
from franchise.site.brand.png import MOST_BYTES, SIGNATURE, clean


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body), kind) + body + struct.pack(">I", zlib.crc32(kind + body))


def picture(
    width: int = 3, height: int = 2, *, more: bytes = b"", pixels: bytes | None = None,
    interlace: int = 0, colour: int = 6,
) -> bytes:  # fmt: skip
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, interlace)
    drawn = b"".join(b"\0" + b"\x10\x20\x30\xff" * width for _ in range(height))
    packed = zlib.compress(drawn if pixels is None else pixels)
    parts = chunk(b"IHDR", header) + more + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    return SIGNATURE + parts


def test_given_a_png_when_cleaned_then_the_same_picture() -> None:
    assert clean(picture()) == picture()


def test_given_words_and_a_tail_when_cleaned_then_they_are_gone() -> None:
    hidden = chunk(b"tEXt", b"Comment\0<script>") + chunk(b"zTXt", b"x\0\0x")
    assert clean(picture(more=hidden) + b"<script>alert(1)</script>") == picture()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no PNG"),
        (b"GIF89a", "no PNG"),
        (SIGNATURE + b"\0" * MOST_BYTES, "larger than"),
        (SIGNATURE, "damaged"),
        (picture()[:-1], "damaged"),
        (picture()[:40] + b"\xff" + picture()[41:], "damaged"),
        (picture(width=1201), "at most 1200"),
        (picture(height=0, pixels=b""), "at most"),
        (picture(interlace=1), "interlaced"),
        (picture(colour=5), "damaged"),
        (picture(colour=3), "damaged"),
        (picture(pixels=b"\0"), "damaged"),
        (picture(pixels=b"\0" * 50_000_000), "damaged"),
        (picture(more=chunk(b"IHDR", b"x" * 13)), "damaged"),
    ],
)
def test_given_what_is_no_sound_logo_when_cleaned_then_refused_in_words(
    data: bytes, words: str
) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        clean(data)
    assert refused.value.extra["field"] == "logo"
