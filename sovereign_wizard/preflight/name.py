"""Is the name ours, or free while nothing is reserved yet?"""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from dns.pools import services as names
from sovereign_wizard.preflight.subject import Subject
from sovereign_wizard.preflight.verdict import Check, Finding, failed, passed

HELD = ("reserved", "active")


def look(subject: Subject) -> Finding:
    if subject.own_domain:
        return passed(
            _("%(own_domain)s is yours to prove; nobody else moves it here.")
            % {"own_domain": subject.own_domain}
        )
    if subject.allocation_id is None:
        found = names.check(pool=subject.pool_domain, label=subject.subdomain)
        if found.available:
            return passed(_("%(fqdn)s is free.") % {"fqdn": found.fqdn})
        close = (
            _(" Free is %(suggestions)s.") % {"suggestions": ", ".join(found.suggestions)}
            if found.suggestions
            else ""
        )
        return failed(f"{found.detail}{close}")
    held = names.status(allocation_id=subject.allocation_id)
    if held.state not in HELD:
        return failed(
            _("%(fqdn)s is no longer held for this Deployment; it is %(state)s.")
            % {"fqdn": held.fqdn, "state": held.state}
        )
    until = (
        _(" until %(expires_at)s UTC") % {"expires_at": f"{held.expires_at:%H:%M}"}
        if held.expires_at
        else ""
    )
    return passed(
        _("%(fqdn)s is held for this Deployment%(until)s.") % {"fqdn": held.fqdn, "until": until}
    )


CHECK = Check("name", lazy("Name"), look)
