"""Do our clock and Hetzner's agree? Certificates, signatures and deadlines need it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from sovereign_wizard.catalog.client import Hetzner
from sovereign_wizard.preflight.subject import Subject
from sovereign_wizard.preflight.verdict import Check, Finding, failed, passed, unknown

MOST = timedelta(seconds=60)
# The Date header counts whole seconds (RFC 9110 §5.6.7): on average half a second is cut off.
_CUT_OFF = timedelta(seconds=0.5)


def look(subject: Subject) -> Finding:
    with Hetzner(subject.token) as api:
        asked = datetime.now(UTC)
        header = api.send("GET", "/locations").headers.get("Date", "")
        heard = datetime.now(UTC)
    try:
        theirs = parsedate_to_datetime(header) + _CUT_OFF
    except ValueError:
        return unknown(_("Hetzner's answer does not say what time it is there."))
    ours = asked + (heard - asked) / 2
    apart = abs(theirs - ours)
    words = _("Hetzner's clock and ours are %(total_seconds)s s apart") % {
        "total_seconds": f"{apart.total_seconds():.0f}"
    }
    if apart > MOST:
        return failed(
            _(
                "%(words)s; ours says %(ours)s UTC. More than %(seconds)s s is too much for "
                "certificates: whoever runs Catalyst has to set its clock."
            )
            % {"words": words, "ours": f"{ours:%H:%M:%S}", "seconds": MOST.seconds}
        )
    return passed(f"{words}.")


CHECK = Check("clock", lazy("Clock"), look)
