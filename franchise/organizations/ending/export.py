"""Everything an Organization has, as one ZIP of JSON files it can take away.

Rooms say what is theirs: `exports("invoices.json", function)`, filled in when the app starts.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.http import HttpRequest

from catalyst.audit.services import record
from catalyst.work.clock import database_now
from franchise.organizations.members.models import Membership
from franchise.organizations.members.roles import MemberRole
from franchise.organizations.members.services import must_reach, of_organization, one
from franchise.organizations.models import Organization
from franchise.organizations.rows import locked, subject

# The id of an Organization → plain facts of it: no secret, nothing of another's.
Exporter = Callable[[int], Any]
_exporters: dict[str, Exporter] = {}


class JsonEncoder(DjangoJSONEncoder):
    """Rooms' values that say what they are in words (Money) go out as those."""

    def default(self, o: Any) -> Any:
        try:
            return super().default(o)
        except TypeError:
            return str(o)


def exports(name: str, exporter: Exporter) -> None:
    """Register what a room adds, as a file of this name."""
    _exporters[name] = exporter


def export(*, by: Membership, request: HttpRequest | None = None) -> bytes:
    """The ZIP, audited. Whatever state it is in. Raises NotFound, RoleTooSmall."""
    with transaction.atomic():
        organization = locked(organization_id=by.organization_id)
        actor = one(organization=organization, membership_id=by.pk)
        must_reach(actor.role, MemberRole.ADMIN)
        files = {name: make(organization.pk) for name, make in sorted(_exporters.items())}
        record(
            actor=str(actor),
            act="organization.export",
            object=subject(organization),
            after={"files": list(files)},
            request=request,
        )
        about = {"organization": organization.slug, "made_at": database_now(), "by": str(actor)}
    return _zipped({"export.json": {**about, "files": list(files)}, **files})


def of_itself(organization_id: int) -> dict[str, Any]:
    """The Organization's own file."""
    row = Organization.objects.get(pk=organization_id)
    kept = ("slug", "name", "owner_email", "state", "plan", "limits", "created_at", "delete_after")
    return {name: getattr(row, name) for name in kept} | {
        "environments": [str(each) for each in row.environments.order_by("id")],
    }


def of_members(organization_id: int) -> list[dict[str, Any]]:
    """Who belongs to it."""
    rows = of_organization(organization_id=organization_id)
    return [{"email": row.email, "role": row.role, "joined_at": row.joined_at} for row in rows]


exports("organization.json", of_itself)
exports("members.json", of_members)


def _zipped(files: dict[str, Any]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, facts in files.items():
            archive.writestr(name, json.dumps(facts, cls=JsonEncoder, ensure_ascii=False, indent=1))
    return held.getvalue()
