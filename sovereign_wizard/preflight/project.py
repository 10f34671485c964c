"""Is the project empty, or does it hold only what is ours?

The API does not say which project a token belongs to: the project id is a label people give.
"""

from __future__ import annotations

from sovereign_wizard.catalog import project
from sovereign_wizard.preflight.subject import Subject
from sovereign_wizard.preflight.verdict import Check, Finding, passed, warning


def look(subject: Subject) -> Finding:
    found = project.look(subject.token)
    named = f"project “{subject.project_id}” (your name for it: the API tells none)"
    own = found.of_deployments.pop(subject.deployment_id, None)
    strange = [
        f"{project.words(counts)} of another Deployment, {owner}"
        for owner, counts in sorted(found.of_deployments.items())
    ]
    if found.unlabelled:
        strange.append(f"{project.words(found.unlabelled)} without our label")
    left = f" Could not be looked at: {', '.join(found.unread)}." if found.unread else ""
    ours = f"{project.words(own)} of this Deployment" if own else ""
    if strange:
        held = "; ".join(filter(None, (ours, *strange)))
        return warning(
            f"The {named} holds {held}. They share its limits and its bill; "
            f"we do not touch them.{left}"
        )
    return passed(f"The {named} holds {f'only {ours}' if ours else 'nothing'}.{left}")


CHECK = Check("project", "Hetzner project", look)
