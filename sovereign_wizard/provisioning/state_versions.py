"""Copies of the encrypted tofu state. The backend keeps one row; we keep the last ten."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Max

from catalyst.problem import NotFound
from catalyst.vault.secret import Secret
from sovereign_wizard.provisioning.models import Deployment, StateVersion
from sovereign_wizard.tofu import state_store
from sovereign_wizard.tofu.problems import StateIsOld

KEPT = 10


@dataclass(frozen=True, slots=True)
class StateExport:
    """The newest state as tofu encrypted it; only the Deployment's passphrase opens it."""

    serial: int
    sha256: str
    content: bytes
    created_at: datetime


def dsn() -> Secret:
    """Where the `pg` backend keeps the states."""
    return Secret(settings.CATALYST.tofu_database_url.get_secret_value())


def schema_of(deployment: Deployment) -> str:
    """Schema of the state backend that belongs to this Deployment."""
    return f"deployment_{deployment.pk.hex}"


def copy(deployment: Deployment) -> StateVersion | None:
    """Keep the state as it is in the backend now, inside the caller's fenced transaction.

    None when there is none yet or when it is the one kept last.
    """
    found = state_store.read(dsn=dsn(), schema=schema_of(deployment))
    if found is None:
        return None
    digest = hashlib.sha256(found.content).hexdigest()
    if deployment.state_versions.filter(sha256=digest).exists():
        return None
    kept = deployment.state_versions.create(
        serial=found.serial, sha256=digest, content=found.content
    )
    newest = deployment.state_versions.values_list("pk", flat=True)[:KEPT]
    deployment.state_versions.exclude(pk__in=list(newest)).delete()
    return kept


def must_not_be_older(deployment: Deployment) -> None:
    """Raises StateIsOld when somebody put an earlier state in the place of a newer one.

    tofu itself would take it: it is sealed with the right key. Its serial cannot be changed, tofu
    compares it with the one inside. A state that is gone is another matter: what it knew is found
    at Hetzner by our label (infra/hetzner/adopt.tf).
    """
    newest = deployment.state_versions.aggregate(serial=Max("serial"))["serial"]
    found = state_store.read(dsn=dsn(), schema=schema_of(deployment))
    if newest is None or found is None or found.serial >= newest:
        return
    raise StateIsOld(
        f"It is change {found.serial}, and change {newest} was kept here. Nothing was done. "
        "An operator has to put the newest kept state back first.",
        serial=found.serial,
        newest=newest,
    )


def drop_live(deployment: Deployment) -> None:
    """Remove what the backend keeps of a destroyed Deployment; the copies stay, with the last state
    among them. Inside the caller's fenced transaction; run again, it finds nothing to do."""
    copy(deployment)
    state_store.drop(dsn=dsn(), schema=schema_of(deployment))


def export(*, deployment: Deployment) -> StateExport:
    """The newest encrypted state. Raises NotFound before the first apply."""
    newest = deployment.state_versions.first()
    if newest is None:
        raise NotFound("Nothing was made yet, so there is no state to export.")
    return StateExport(newest.serial, newest.sha256, bytes(newest.content), newest.created_at)
