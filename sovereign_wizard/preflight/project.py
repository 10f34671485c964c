"""Is the project empty, or does it hold only what is ours?

The API does not say which project a token belongs to: the project id is a label people give.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from sovereign_wizard.catalog import project
from sovereign_wizard.preflight.subject import Subject
from sovereign_wizard.preflight.verdict import Check, Finding, passed, warning


def look(subject: Subject) -> Finding:
    found = project.look(subject.token)
    named = _("project “%(project_id)s” (your name for it: the API tells none)") % {
        "project_id": subject.project_id
    }
    own = found.of_deployments.pop(subject.deployment_id, None)
    strange = [
        _("%(counts)s of another Deployment, %(owner)s")
        % {"counts": project.words(counts), "owner": owner}
        for owner, counts in sorted(found.of_deployments.items())
    ]
    if found.unlabelled:
        others = {"counts": project.words(found.unlabelled)}
        strange.append(_("%(counts)s without our label") % others)
    left = (
        _(" Could not be looked at: %(unread)s.") % {"unread": ", ".join(found.unread)}
        if found.unread
        else ""
    )
    ours = _("%(own)s of this Deployment") % {"own": project.words(own)} if own else ""
    if strange:
        held = "; ".join(filter(None, (ours, *strange)))
        return warning(
            _(
                "The %(named)s holds %(held)s. They share its limits and its bill; "
                "we do not touch them.%(left)s"
            )
            % {"named": named, "held": held, "left": left}
        )
    words = (
        _("The %(named)s holds only %(ours)s.%(left)s")
        if ours
        else _("The %(named)s holds nothing.%(left)s")
    )
    return passed(words % {"named": named, "ours": ours, "left": left})


CHECK = Check("project", lazy("Hetzner project"), look)
