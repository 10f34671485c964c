"""Does the project's limit allow it? Hetzner's API names no limits, so nobody can tell yet."""

from __future__ import annotations

from collections import Counter

from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from sovereign_wizard.catalog.project import words
from sovereign_wizard.preflight.subject import Subject
from sovereign_wizard.preflight.verdict import Check, Finding, unknown


def look(subject: Subject) -> Finding:
    servers = subject.control_planes + subject.worker_count
    needed = Counter(
        {
            "server": servers,
            "primary IP": servers,
            "load balancer": 1,
            "network": 1,
            "firewall": 1,
            "placement group": 1,
            "SSH key": 1,
        }
    )
    return unknown(
        _(
            "This needs %(needed)s. Hetzner's API does not tell what the project may have: "
            "look in its console under Limits."
        )
        % {"needed": words(needed)}
    )


CHECK = Check("quota", lazy("Limits of the project"), look)
