"""Where the words are kept: collected from templates and code, translated, compiled (by Babel).

Templates are read by Django's own reader of them and handed on as Python, line by line; so no GNU
gettext is needed. This is for developers and tests: nothing of it runs in a request.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

from catalyst.blueprints import services as blueprints

DOMAIN = "django"
FOLDERS = ("catalyst", "dns", "franchise", "sovereign_wizard")
KEYWORDS: dict[str, Any] = {
    "_": None,
    "lazy": None,
    "gettext": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
MADE = datetime(2026, 1, 1, tzinfo=UTC)
# What stands where Arabic says how many: zero, one, two, few, many, other (Unicode CLDR).
PLURALS = (
    "nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : "
    "n%100>=11 && n%100<=99 ? 4 : 5;"
)


def path(language: str) -> Path:
    """The translations of one language, as people edit them; the compiled ones lie beside."""
    return Path(settings.BASE_DIR) / "locale" / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def collected() -> Catalog:
    """Every word that pages say, from the code as it is now."""
    root = Path(settings.BASE_DIR)
    found = Catalog(domain=DOMAIN, charset="utf-8")
    files = [f for kind in ("html", "txt") for f in sorted((root / "templates").rglob(f"*.{kind}"))]
    for folder in FOLDERS:
        files += sorted((root / folder).rglob("*.py"))
    for file in files:
        place = file.relative_to(root).as_posix()
        for words, context in _words(file):
            flags = ["python-format"] if "%(" in str(words) else []
            found.add(words, context=context, locations=[(place, 0)], flags=flags)
    for words in _about_components():
        found.add(words, locations=[("catalyst/blueprints", 0)])
    return found


def _about_components() -> Iterator[str]:
    """What is said of components and Apps; their names stay as they are."""
    kit = blueprints.catalogue()
    for family in kit.families:
        yield family.summary
    for item in kit.components.values():
        yield from filter(None, (item.summary, item.locked, item.reason, item.tier, item.planned))
    for app in blueprints.apps().values():
        yield from (app.summary, app.category)
        yield from _asked(app.config_schema)


def _asked(schema: Mapping[str, Any]) -> Iterator[str]:
    """What the form of a configuration says (JSON Schema)."""
    for part in schema.get("properties", {}).values():
        yield from filter(None, (part.get("title"), part.get("description")))
        yield from _asked(part)


def _words(file: Path) -> Iterator[tuple[Any, str | None]]:
    text = file.read_text()
    if file.suffix in (".html", ".txt"):
        # Indentation means nothing in a template and much in Python.
        text = re.sub(r"^[ \t]+", "", templatize(text, origin=str(file)), flags=re.MULTILINE)
    for _, words, _, context in extract("python", io.BytesIO(text.encode()), keywords=KEYWORDS):
        if words:
            yield words, context


def known(language: str) -> Catalog:
    """The translations that are kept."""
    with path(language).open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def merged(language: str) -> Catalog:
    """The words of now with the translations that are kept; nothing is guessed."""
    now = known(language)
    now.update(collected(), no_fuzzy_matching=True)
    now.obsolete.clear()
    return now


def as_text(catalogue: Catalog) -> bytes:
    """The file as it is committed: sorted, without dates, without line numbers that always move."""
    written = io.BytesIO()
    write_po(
        written, catalogue, width=100, sort_output=True, omit_header=True, include_lineno=False
    )
    head = (
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Language: {catalogue.locale}\\n"\n"Plural-Forms: {PLURALS}\\n"\n\n'
    )
    return head.encode() + written.getvalue()


def compiled(catalogue: Catalog) -> bytes:
    """What gettext reads."""
    # The same words, the same bytes: otherwise its head would say when it was made.
    catalogue.creation_date = catalogue.revision_date = MADE
    written = io.BytesIO()
    write_mo(written, catalogue)
    return written.getvalue()


def write(language: str) -> Catalog:
    """Bring the files of a language up to date with the code."""
    now = merged(language)
    path(language).write_bytes(as_text(now))
    path(language).with_suffix(".mo").write_bytes(compiled(now))
    return now


def missing(catalogue: Catalog) -> list[Message]:
    """Words without a translation, or with one that nobody has confirmed."""
    return [each for each in catalogue if each.id and (each.fuzzy or not _whole(each))]


def _whole(message: Message) -> bool:
    said = message.string
    return all(said) if isinstance(said, (list, tuple)) else bool(said)


_PLACE = re.compile(r"%\((\w+)\)[sd]|%(?!\()[sd]")


def wrong_places(catalogue: Catalog) -> list[str]:
    """Translations that fill in other values than the words they translate."""
    return [str(each.id) for each in catalogue if each.id and not _same_places(each)]


def _same_places(message: Message) -> bool:
    ids = message.id if isinstance(message.id, (list, tuple)) else (message.id,)
    wanted = {place for words in ids for place in _PLACE.findall(words)}
    said = message.string
    if isinstance(said, (list, tuple)):
        # "One volume" need not say the number again.
        return all(set(_PLACE.findall(words)) <= wanted for words in said)
    return set(_PLACE.findall(str(said))) == wanted
