"""A mail's words in the reader's language, as text and as HTML made from the same text.

A kind's words are one template, `templates/franchise/mails/<kind>.txt`: its first line is the
subject, then paragraphs with an empty line between. A paragraph of two lines whose second is an
address becomes a button; one whose second line is set in by spaces shows that line large.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.template import Context, loader
from django.utils import timezone
from django.utils.translation import get_language_info, override

from catalyst.language import figures
from catalyst.vault.secret import Secret
from franchise.mails.kinds import Words
from franchise.money import EXPONENTS, Money
from franchise.site.brand.services import PLAIN, Face

_ADDRESS = re.compile(r"https?://\S+")
_GAP = re.compile(r"\n[ \t]*\n+")
# Isolates: a name keeps its own direction in a line of the other one (Unicode UAX #9).
_ISOLATE, _END = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


@dataclass(frozen=True, slots=True)
class Part:
    """A paragraph: words, or a label with what can be done (`link`) or read off (`code`)."""

    words: str
    link: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    subject: str
    text: str
    html: str


def render(
    *, kind: str, words: Words, language: str, stop_url: str = "", face: Face = PLAIN
) -> Rendered:
    """All of a mail but its address. `stop_url` ends mails of this sort; `face`: whose it is."""
    with override(language):
        right_to_left = bool(get_language_info(language)["bidi"])
        values = {**_values(words, face, isolate=right_to_left), "stop_url": stop_url}
        subject, _, body = _filled(f"franchise/mails/{kind}.txt", values).strip().partition("\n")
        foot = _filled("franchise/mails/foot.txt", values)
        paragraphs, small = _paragraphs(body), _paragraphs(foot)
        html = loader.get_template("franchise/mails/layout.html").render(
            {
                "subject": subject,
                "accent": face.accent,
                "parts": [_part(each) for each in paragraphs],
                "small": [_part(each) for each in small],
                "language": language,
                "direction": "rtl" if right_to_left else "ltr",
            }
        )
    text = "\n\n".join([*paragraphs, "-- \n" + "\n\n".join(small)])
    return Rendered(subject=subject.strip(), text=text + "\n", html=html)


def _filled(template: str, values: Mapping[str, Any]) -> str:
    """Plain text: nothing is escaped in it, and the HTML escapes all of it."""
    made: Any = loader.get_template(template)
    return str(made.template.render(Context(values, autoescape=False)))


def _paragraphs(text: str) -> list[str]:
    return [each.strip("\n") for each in _GAP.split(text) if each.strip()]


def _part(paragraph: str) -> Part:
    first, _, second = paragraph.partition("\n")
    if _ADDRESS.fullmatch(second.strip()):
        return Part(words=first.removesuffix(":"), link=second.strip())
    if second.startswith("    "):
        return Part(words=first, code=second.strip())
    return Part(words=paragraph)


def _values(words: Words, face: Face, *, isolate: bool) -> dict[str, Any]:
    env = settings.CATALYST
    own = {f.name: _said(getattr(words, f.name), isolate=isolate) for f in fields(words)}
    slug = getattr(words, "slug", "")
    return {
        **own,
        # Addresses are never isolated, nor broken: they are read by programs.
        **{name: getattr(words, name) for name in ("link", "redeem_url") if name in own},
        **{n: v.reveal() for n in own if isinstance(v := getattr(words, n), Secret)},
        "page": f"{env.public_url}/organizations/{slug}/" if slug else "",
        "sender": face.name,
    }


def _said(value: Any, *, isolate: bool) -> Any:
    match value:
        case Money():
            places = EXPONENTS[value.currency]
            return figures.money(Decimal(value.minor).scaleb(-places), value.currency, places)
        case datetime():
            return figures.day(timezone.localtime(value).date())
        case date():
            return figures.day(value)
        case str() if value:
            line = " ".join(value.split())  # whoever chose it shall not write lines of our mail
            return f"{_ISOLATE}{line}{_END}" if isolate else line
    return value
