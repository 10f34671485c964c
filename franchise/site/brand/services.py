"""What the franchise looks like now, and how its people change that."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.db import Error, transaction
from django.db.models.functions import Now
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.problem import Invalid
from franchise.site.brand import colours, png
from franchise.site.models import Brand

SUBJECT = "brand"
OURS = "#0f6b5c"  # of static/src/app.css


@dataclass(frozen=True)
class Face:
    """What pages and mails draw from. `name` is never empty."""

    row: Brand

    @property
    def name(self) -> str:
        return self.row.name or settings.CATALYST.sovereign_fqdn or "Catalyst"

    @property
    def is_named(self) -> bool:
        return bool(self.row.name)

    @property
    def sender(self) -> str:
        """Whom mails are from."""
        return self.row.sender or self.name

    @property
    def accent(self) -> str:
        return self.row.accent or OURS

    @cached_property
    def logo_url(self) -> str:
        hash_ = self.row.logo_hash
        return f"{reverse('brand-logo')}?v={hash_}" if hash_ else ""

    @cached_property
    def css_url(self) -> str:
        accent = self.row.accent
        return f"{reverse('brand-css')}?v={accent[1:]}" if accent else ""

    @property
    def languages(self) -> list[str]:
        """Those offered, the first for who never chose; all of them, if none was said."""
        known = [code for code, _name in settings.LANGUAGES]
        return [code for code in self.row.languages if code in known] or known

    @property
    def says_languages(self) -> bool:
        return bool(self.row.languages)


PLAIN = Face(Brand(pk=1))


def current() -> Face:
    """Without the logo's bytes. Where the database cannot say: as it comes."""
    try:
        found = Brand.objects.defer("logo").filter(pk=1).first()
    except Error:  # an error page is drawn with it too
        found = None
    return Face(found) if found else PLAIN


def logo() -> bytes | None:
    found = Brand.objects.filter(pk=1).values_list("logo", flat=True).first()
    return bytes(found) if found else None


def css() -> str:
    """The accent in both themes; later in the page than ours."""
    row = current().row
    if not row.accent:
        return ""
    light = f"--color-primary: {row.accent}; --color-accent: {row.accent};"
    dark = (
        f"--color-primary: {row.accent_dark}; --color-accent: {row.accent_dark}; "
        f"--color-primary-content: {colours.ON_DARK}; --color-accent-content: {colours.ON_DARK};"
    )
    return (
        f":root {{ {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root:not([data-theme]) {{ {dark} }} }}\n"
        f':root[data-theme="catalyst-dark"] {{ {dark} }}\n'
    )


def change(
    *, actor: str, name: str, sender: str, accent: str, languages: Sequence[str],
    logo: bytes | None = None, without_logo: bool = False, request: HttpRequest | None = None,
) -> None:  # fmt: skip
    """All of it as said; `logo` None keeps the one there is. Raises Invalid(field=…)."""
    accent = _accent(accent)
    _must_be_offered(languages)
    picture = png.clean(logo) if logo else None
    with transaction.atomic():
        Brand.objects.get_or_create(pk=1)
        row = Brand.objects.select_for_update().get(pk=1)
        before = _facts(row)
        row.name, row.sender, row.languages = _line(name), _line(sender), list(languages)
        row.accent, row.accent_dark = accent, colours.for_the_dark(accent) if accent else ""
        if picture or without_logo:
            row.logo = picture
            row.logo_hash = hashlib.sha256(picture).hexdigest()[:16] if picture else ""
        after = _facts(row)
        if after == before:
            return
        row.changed_by, row.changed_at = actor, Now()
        row.save()
        record(
            actor=actor, act="franchise.brand", object=SUBJECT, before=before, after=after,
            request=request,
        )  # fmt: skip


def _accent(told: str) -> str:
    accent = told.strip().lower()
    if not accent:
        return ""
    if not colours.is_colour(accent):
        raise Invalid(_("Write the colour like #0f6b5c."), field="accent")
    found = colours.least_contrast(accent)
    if found < colours.LEAST:
        raise Invalid(
            _("Words in this colour cannot be read well on white: %(found).1f to 1, and it takes "
              "4.5. Choose a darker one.") % {"found": found},
            field="accent",
        )  # fmt: skip
    return accent


def _must_be_offered(languages: Sequence[str]) -> None:
    if set(languages) - {code for code, _name in settings.LANGUAGES}:
        raise Invalid(_("Choose among the languages offered."), field="first")


def _line(text: str) -> str:
    """One line: a name stands in headers of mails."""
    return " ".join(text.split())[:60]


def _facts(row: Brand) -> dict[str, object]:
    names = ("name", "sender", "accent", "languages", "logo_hash")
    return {name: getattr(row, name) for name in names}
