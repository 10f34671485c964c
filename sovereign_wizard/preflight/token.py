"""Is the token valid, and may it write? Proven without writing (weak point W13)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from sovereign_wizard.catalog.hetzner import check_token
from sovereign_wizard.preflight.subject import Subject
from sovereign_wizard.preflight.verdict import Check, Finding, passed


def look(subject: Subject) -> Finding:
    check_token(subject.token)
    return passed(_("Hetzner accepts it for reading and writing; nothing was made to find out."))


CHECK = Check("token", lazy("Hetzner token"), look)
