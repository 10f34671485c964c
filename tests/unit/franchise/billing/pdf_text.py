"""Reads the text of our PDFs back: glyphs through each font's ToUnicode map (ISO 32000-1 §9.10.3).

Every shown string is one entry, its glyphs in the order of the page from left to right.
"""

from __future__ import annotations

import re
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)endobj", re.DOTALL)
_STREAM = re.compile(rb"stream\n(.*?)\nendstream", re.DOTALL)
_SHOWN = re.compile(rb"/(F\d+) [\d.]+ Tf|\(((?:\\.|[^\\()])*)\) Tj|(ET)", re.DOTALL)
_PAIR = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>")
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def texts(pdf: bytes) -> list[list[str]]:
    """One list per shown string: what each glyph stands for."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    fonts = {
        name.decode(): _map(objects, int(number))
        for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", pdf)
    }
    pages = [_content(body) for body in objects.values()]
    return [glyphs for page in pages if b"BT" in page for glyphs in _of(page, fonts)]


def left_to_right(pdf: bytes) -> str:
    """Lines as they stand on the page."""
    return "\n".join("".join(glyphs) for glyphs in texts(pdf))


def right_to_left(pdf: bytes) -> str:
    """Lines as Arabic is read."""
    return "\n".join("".join(reversed(glyphs)) for glyphs in texts(pdf))


def _content(body: bytes) -> bytes:
    found = _STREAM.search(body)
    if not found:
        return b""
    try:
        return zlib.decompress(found[1]) if b"FlateDecode" in body else found[1]
    except zlib.error:
        return b""


def _map(objects: dict[int, bytes], font: int) -> dict[int, str]:
    found = re.search(rb"/ToUnicode (\d+) 0 R", objects[font])
    assert found
    table = _content(objects[int(found[1])])
    return {
        int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be")
        for code, text in _PAIR.findall(table.partition(b"beginbfchar")[2])
    }


def _of(page: bytes, fonts: dict[str, dict[int, str]]) -> list[list[str]]:
    shown: list[list[str]] = []
    font, line = "", list[str]()
    for name, raw, end in _SHOWN.findall(page):
        if name:
            font = name.decode()
        elif end:
            shown += [line] if line else []
            line = []
        else:
            codes = re.sub(rb"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), raw, flags=re.DOTALL)
            pairs = zip(codes[::2], codes[1::2], strict=True)
            line += [fonts[font][high << 8 | low] for high, low in pairs]
    return shown
