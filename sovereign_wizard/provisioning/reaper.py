"""Finds Deployments that want a worker and have none: due, orphaned by a dead worker, or whose
queued task was lost. Only ever queues again; nothing becomes `failed` here."""

from __future__ import annotations

from django.db import connection

from sovereign_wizard.provisioning import wake
from sovereign_wizard.provisioning.machine import IN_WORK

DUE = """
SELECT d.id FROM deployment d
LEFT JOIN work_lease l ON l.subject = 'deployment:' || d.id
WHERE d.state = ANY(%s) AND d.look_at <= clock_timestamp()
  AND (l.subject IS NULL OR l.holder = '' OR l.expires_at < clock_timestamp())
"""


def look() -> int:
    """Queue every due Deployment without a living holder; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, [[str(state) for state in IN_WORK]])
        due = [row[0] for row in cursor.fetchall()]
    for deployment_id in due:
        wake.now(deployment_id)
    return len(due)
