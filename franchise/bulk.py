"""Acts on many rows at once: which rows were ticked, and what the bar below the list offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from catalyst.problem import Invalid

MOST = 200
_LONGEST_KEY = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Bar:
    """Drawn by `franchise/backoffice/_bulk_bar.html`; `reason` is the label of a field for one."""

    url: str
    acts: Sequence[tuple[str, str]]
    reason: str = ""
    reason_typed: str = ""
    error: str = ""


class NothingTicked(Invalid):
    type = "nothing-ticked"
    title = lazy("Nothing is ticked")


def chosen(request: HttpRequest) -> list[int]:
    """Keys of the ticked rows, each once. Raises NothingTicked, Invalid(field="chosen")."""
    keys = dict.fromkeys(request.POST.getlist("chosen"))
    if not keys:
        raise NothingTicked(_("Tick the rows that it is for. Nothing was done."), field="chosen")
    if len(keys) > MOST:
        raise Invalid(
            _("At most %(most)s rows at once. Nothing was done.") % {"most": MOST}, field="chosen"
        )
    if not all(k.isascii() and k.isdigit() and int(k) <= _LONGEST_KEY for k in keys):
        raise Invalid(_("A ticked row is named by its number. Nothing was done."), field="chosen")
    return [int(key) for key in keys]
