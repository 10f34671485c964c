"""What may be asked about a Deployment: make it, retry, cancel, destroy, approve, look, call back.

One transaction each; a worker does the rest.
"""

from __future__ import annotations

import secrets as random
import uuid
from dataclasses import dataclass

from django.db import transaction
from django.http import HttpRequest

from catalyst.audit.services import record
from catalyst.eventlog import services as eventlog
from catalyst.identity.models import User
from catalyst.identity.refusals import note_foreign
from catalyst.identity.services import one_time_code
from catalyst.problem import Conflict, NotFound
from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from dns.byo import services as byo
from dns.byo.values import Record
from dns.registrars.services import Credentials
from sovereign_wizard.kit import services as kit
from sovereign_wizard.naming import services as naming
from sovereign_wizard.naming.pool import TOKEN
from sovereign_wizard.naming.values import NameWish, Taken
from sovereign_wizard.provisioning import machine, wake
from sovereign_wizard.provisioning.cluster_access import (
    call_back,
    fingerprint,
    first_log_in_url,
    keep_kubeconfig,
    kubeconfig,
    reveal_first_admin_code,
)
from sovereign_wizard.provisioning.lifecycle import (
    approve,
    cancel,
    destroy,
    may_be_destroyed,
    retry,
)
from sovereign_wizard.provisioning.models import Deployment, DomainMode, State
from sovereign_wizard.provisioning.profile import NOBODY_SAID, Profile
from sovereign_wizard.provisioning.runs import open_run
from sovereign_wizard.provisioning.state_versions import StateExport, export

__all__ = [
    "DeploymentRequest",
    "StateExport",
    "approve",
    "call_back",
    "cancel",
    "create",
    "destroy",
    "export",
    "find",
    "first_log_in_url",
    "keep_kubeconfig",
    "kubeconfig",
    "may_be_destroyed",
    "may_see",
    "retry",
    "reveal_first_admin_code",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentRequest:
    """What a person asked for. Already validated by the forms or the API schema.

    The name: `pool_domain` and `subdomain`, or for the other modes what `NameWish` says.
    """

    organization_name: str
    owner_email: str
    profile: Profile = NOBODY_SAID
    pool_domain: str = ""
    subdomain: str = ""
    region: str
    control_plane_size: str
    worker_size: str
    worker_count: int
    hetzner_project_id: str
    hetzner_token: Secret
    ssh_public_key: str
    approve_plan: bool = False
    ha_enabled: bool = False
    delete_protection: bool = False
    small_control_plane: bool = False
    domain_mode: str = DomainMode.POOL
    own_domain: str = ""
    registrar: str = ""
    registrar_credentials: Credentials | None = None
    acknowledgement: str = ""
    records: tuple[Record, ...] = ()
    # Optional components of the kit; None stands for all of them.
    components: tuple[str, ...] | None = None
    # Apps for the Sovereign's own catalogue.
    apps: tuple[str, ...] = ()

    @property
    def name(self) -> NameWish:
        return NameWish(
            mode=self.domain_mode,
            pool_domain=self.pool_domain,
            subdomain=self.subdomain,
            domain=self.own_domain,
            registrar=self.registrar,
            credentials=self.registrar_credentials,
            acknowledgement=self.acknowledgement,
            records=self.records,
            contact=self.owner_email,
        )


def create(
    *,
    owner: User,
    wish: DeploymentRequest,
    idempotency_key: str,
    request: HttpRequest | None = None,
) -> Deployment:
    """Accept a wish: rows, name, secrets, audit; a worker does the rest.

    The same key of the same owner gives the same Deployment. Raises the Problems of
    `naming.services.take` (taken, reserved or invalid names; `extra["field"]`) and of
    `kit.services`.
    """
    earlier = Deployment.objects.filter(owner=owner, idempotency_key=idempotency_key).first()
    if earlier:
        return earlier
    components, apps = kit.choice(wish.components), kit.chosen_apps(wish.apps)
    deployment_id = uuid.uuid4()
    with transaction.atomic():
        # The owner's row makes two clicks of one person queue up; the second finds the first's.
        User.objects.select_for_update().get(pk=owner.pk)
        earlier = Deployment.objects.filter(owner=owner, idempotency_key=idempotency_key).first()
        if earlier:
            return earlier
        if wish.domain_mode != DomainMode.POOL:
            _refuse_twice(owner, wish.own_domain)
        taken = naming.take(
            deployment_id=deployment_id, wish=wish.name, account=owner.account, actor=str(owner)
        )
        bearer = Secret(random.token_urlsafe(32))
        deployment = Deployment.objects.create(
            id=deployment_id,
            owner=owner,
            idempotency_key=idempotency_key,
            organization_name=wish.organization_name,
            owner_email=wish.owner_email,
            profile=wish.profile.as_json(),
            domain_mode=wish.domain_mode,
            pool_domain=wish.pool_domain,
            subdomain=wish.subdomain,
            fqdn=taken.fqdn,
            hetzner_project_id=wish.hetzner_project_id,
            region=wish.region,
            control_plane_size=wish.control_plane_size,
            worker_size=wish.worker_size,
            worker_count=wish.worker_count,
            ssh_public_key=wish.ssh_public_key.strip(),
            approve_plan=wish.approve_plan,
            ha_enabled=wish.ha_enabled,
            delete_protection=wish.delete_protection,
            small_control_plane=wish.small_control_plane,
            chosen_components=list(components),
            chosen_apps=list(apps),
            allocation_id=taken.allocation_id,
            move_id=taken.move_id,
            callback_hash=fingerprint(bearer.reveal()),
            secrets=_keep_secrets(deployment_id, wish, bearer, taken),
        )
        machine.begin(deployment)
        open_run(deployment, started_by=str(owner))
        record(
            actor=str(owner),
            act="deployment.create",
            object=deployment.subject,
            after={
                "fqdn": deployment.fqdn,
                "domain_mode": deployment.domain_mode,
                "region": deployment.region,
            },
            request=request,
        )
        eventlog.append(deployment.subject, [eventlog.Line(f"{deployment.fqdn} was accepted")])
        wake.after_commit(deployment.pk)
    return deployment


def _refuse_twice(owner: User, own_domain: str) -> None:
    """A cancelled one holds its domain no more, and still is the way to it."""
    fqdn = byo.read_domain(own_domain).name
    mine = Deployment.objects.filter(owner=owner, fqdn=fqdn).exclude(state=State.DESTROYED)
    if mine.exists():
        raise Conflict(
            "You have a Sovereign of this name. Retry or destroy it first.", field="domain"
        )


def _keep_secrets(
    deployment_id: uuid.UUID, wish: DeploymentRequest, bearer: Secret, taken: Taken
) -> dict[str, str]:
    """Everything secret goes to the vault; the row keeps purpose → reference."""
    code, code_hash = one_time_code()
    kept = {
        "hetzner-token": wish.hetzner_token,
        "callback-bearer": bearer,
        "state-passphrase": Secret(random.token_urlsafe(48)),
        "k3s-token": Secret(random.token_urlsafe(32)),
        "first-admin-code": code,
        "first-admin-code-hash": Secret(code_hash),
    }
    if taken.token is not None:
        kept[TOKEN] = taken.token
    owner = f"deployments/{deployment_id}"
    return {
        purpose: vault.put(purpose=purpose, secret=secret, owner=owner)
        for purpose, secret in kept.items()
    }


def find(*, deployment_id: uuid.UUID, user: User) -> Deployment:
    """A Deployment this person may see. Raises NotFound for anything else: no hints."""
    deployment = Deployment.objects.filter(pk=deployment_id).first()
    if deployment is not None and may_see(user, deployment):
        return deployment
    if deployment is not None:
        note_foreign(user, deployment.subject)
    raise NotFound("There is no such Sovereign, or it is not yours.")


def may_see(user: User, deployment: Deployment) -> bool:
    return deployment.owner_id == user.pk or user.has_role("catalyst-operator")
