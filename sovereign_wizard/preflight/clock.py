"""Do our clock and Hetzner's agree? Certificates, signatures and deadlines need it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

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
        return unknown("Hetzner's answer does not say what time it is there.")
    ours = asked + (heard - asked) / 2
    apart = abs(theirs - ours)
    words = f"Hetzner's clock and ours are {apart.total_seconds():.0f} s apart"
    if apart > MOST:
        return failed(
            f"{words}; ours says {ours:%H:%M:%S} UTC. More than {MOST.seconds} s is too much for "
            "certificates: whoever runs Catalyst has to set its clock."
        )
    return passed(f"{words}.")


CHECK = Check("clock", "Clock", look)
