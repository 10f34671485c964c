"""A PNG that a stranger sent, judged and written anew: only what draws the picture is kept.

PNG, third edition (W3C): §5 the chunks, §11.2 the critical ones. No SVG: it can carry scripts.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from django.utils.translation import gettext as _

from catalyst.problem import Invalid

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_BYTES = 256 * 1024
MOST_WIDTH, MOST_HEIGHT = 1200, 400
KEPT = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}


def clean(data: bytes) -> bytes:
    """The picture without text, times and whatever else was in the file. Raises Invalid."""
    if len(data) > MOST_BYTES:
        raise _refused(_("The file is larger than 256 KiB. Make it smaller."))
    if not data.startswith(SIGNATURE):
        raise _refused(_("This is no PNG. Save the logo as PNG and send it again."))
    chunks = [(kind, body) for kind, body in _chunks(data) if kind in KEPT]
    kinds = [kind for kind, _body in chunks]
    whole = kinds[:1] == [b"IHDR"] and kinds[-1:] == [b"IEND"] and b"IDAT" in kinds
    if not whole or kinds.count(b"IHDR") != 1 or kinds.count(b"PLTE") > 1:
        raise _broken()
    _must_draw(chunks[0][1], b"".join(body for kind, body in chunks if kind == b"IDAT"), kinds)
    return SIGNATURE + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(data):
        head = data[at : at + 8]
        if len(head) < 8:
            raise _broken()
        length, kind = struct.unpack(">I4s", head)
        body, told = data[at + 8 : at + 8 + length], data[at + 8 + length : at + 12 + length]
        if len(body) != length or len(told) != 4 or zlib.crc32(kind + body) != int.from_bytes(told):
            raise _broken()
        yield kind, body
        if kind == b"IEND":
            return
        at += 12 + length


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body), kind) + body + struct.pack(">I", zlib.crc32(kind + body))


def _must_draw(header: bytes, packed: bytes, kinds: list[bytes]) -> None:
    """The size is one of a logo, and there are exactly as many bytes of picture as it says."""
    if len(header) != 13:
        raise _broken()
    width, height, depth, colour, method, filtering, interlace = struct.unpack(">IIBBBBB", header)
    if not 1 <= width <= MOST_WIDTH or not 1 <= height <= MOST_HEIGHT:
        raise _refused(
            _("A logo is at most %(width)s × %(height)s points; this one has %(was)s.")
            % {"width": MOST_WIDTH, "height": MOST_HEIGHT, "was": f"{width} × {height}"}
        )
    if interlace:
        raise _refused(_("This PNG is interlaced. Save it without that and send it again."))
    if method or filtering or depth not in DEPTHS.get(colour, ()):
        raise _broken()
    if colour == 3 and b"PLTE" not in kinds:
        raise _broken()
    wanted = height * (1 + (width * depth * CHANNELS[colour] + 7) // 8)
    unpacking = zlib.decompressobj()
    try:
        pixels = unpacking.decompress(packed, wanted + 1)  # never more than it may be
    except zlib.error as error:
        raise _broken() from error
    if len(pixels) != wanted or not (unpacking.eof or not unpacking.unconsumed_tail):
        raise _broken()


def _broken() -> Invalid:
    return _refused(_("This PNG is damaged. Save the logo anew and send it again."))


def _refused(words: str) -> Invalid:
    return Invalid(words, field="logo")
