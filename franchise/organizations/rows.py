"""The lock every change of an Organization or of who belongs to it takes first.

`FOR NO KEY UPDATE`: rows that only point at the Organization are written beside it.
"""

from __future__ import annotations

from django.db import IntegrityError

from franchise.organizations.models import Organization
from franchise.organizations.problems import unknown


def locked(*, organization_id: int) -> Organization:
    """The row as it is now, held until the transaction ends. Raises NotFound."""
    rows = Organization.objects.select_for_update(no_key=True)
    found = rows.filter(pk=organization_id).first()
    if found is None:
        raise unknown()
    return found


def subject(organization: Organization) -> str:
    """As the audit names it."""
    return f"organization:{organization.pk}"


def constraint_of(error: IntegrityError) -> str:
    """The constraint that a statement broke, by name."""
    diagnostics = getattr(error.__cause__, "diag", None)
    return getattr(diagnostics, "constraint_name", None) or ""
