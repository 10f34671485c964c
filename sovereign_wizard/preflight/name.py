"""Is the name ours, or free while nothing is reserved yet?"""

from __future__ import annotations

from dns.pools import services as names
from sovereign_wizard.preflight.subject import Subject
from sovereign_wizard.preflight.verdict import Check, Finding, failed, passed

HELD = ("reserved", "active")


def look(subject: Subject) -> Finding:
    if subject.own_domain:
        return passed(f"{subject.own_domain} is yours to prove; nobody else moves it here.")
    if subject.allocation_id is None:
        found = names.check(pool=subject.pool_domain, label=subject.subdomain)
        if found.available:
            return passed(f"{found.fqdn} is free.")
        close = f" Free is {', '.join(found.suggestions)}." if found.suggestions else ""
        return failed(f"{found.detail}{close}")
    held = names.status(allocation_id=subject.allocation_id)
    if held.state not in HELD:
        return failed(f"{held.fqdn} is no longer held for this Deployment; it is {held.state}.")
    until = f" until {held.expires_at:%H:%M} UTC" if held.expires_at else ""
    return passed(f"{held.fqdn} is held for this Deployment{until}.")


CHECK = Check("name", "Name", look)
