"""What the owner takes away: the archive, its passphrase, and the end of our access to Hetzner.

Everything here is for the owner alone and audited. Nothing here touches the cloud.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from catalyst.audit.services import record
from catalyst.eventlog import services as eventlog
from catalyst.identity.models import User
from catalyst.language.words import lazy
from catalyst.problem import Conflict, Forbidden, Invalid
from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from sovereign_wizard.catalog.hetzner import check_token
from sovereign_wizard.handover import archive, second_person, sweep
from sovereign_wizard.handover.models import Receipt, ReceiptKind
from sovereign_wizard.provisioning import services as provisioning
from sovereign_wizard.provisioning.models import Deployment

STATE_KEY = "state-passphrase"

NEXT_STEPS = (
    lazy(
        "Rotate the k3s join secret, which Catalyst knows: `k3s token rotate` on a control plane."
    ),
    lazy(
        "Log in as the first admin and set a password: the one-time code counts once, and for a "
        "week."
    ),
    lazy("Download the archive and note its passphrase before you destroy the Hetzner token."),
)
OWN_DOMAIN = lazy(
    "Keep the domain's name servers at its registrar, and publish the DS record of its panel there."
)


class WrongProject(Invalid):
    type = "token-of-another-project"
    title = lazy("This is a token of another project")


def complete(*, deployment: Deployment) -> dict[str, Any]:
    """What there is to hand over, for the `handover` phase to merge into the facts.

    `{"handover": {"at", "offers": [...], "secrets": {purpose: until}, "next_steps": [...]}}`.
    """
    used_up = deployment.called_back_at.isoformat() if deployment.called_back_at else ""
    return {
        "handover": {
            "at": timezone.now().isoformat(),
            "offers": ["outputs", "kubeconfig", "archive", "token-destruction"],
            "secrets": {
                "callback-bearer": f"used up {used_up}" if used_up else "unused",
                "first-admin-code": "until the first admin has set a password",
                sweep.PURPOSE: "until its owner destroys it",
                "k3s-token": "until it is rotated in the Sovereign",
            },
            "next_steps": [str(step) for step in next_steps(deployment)],
        }
    }


def next_steps(deployment: Deployment) -> tuple[str, ...]:
    """What is left for its owner to do."""
    return (*NEXT_STEPS, OWN_DOMAIN) if deployment.has_own_domain else NEXT_STEPS


def token_is_kept(deployment: Deployment) -> bool:
    """Does Catalyst still hold a Hetzner token of this Deployment?"""
    return sweep.PURPOSE in deployment.secrets


def download_archive(
    *, deployment: Deployment, actor: User, request: HttpRequest | None = None
) -> bytes:
    """The encrypted state, the module and the versions as one tar.gz. Audited.

    Raises Forbidden for anybody but the owner, NotFound while there is no state.
    """
    _owner_only(deployment, actor)
    about = archive.About(
        id=deployment.pk,
        fqdn=deployment.fqdn,
        facts={
            "region": deployment.region,
            "control_plane_size": deployment.control_plane_size,
            "worker_size": deployment.worker_size,
            "worker_count": deployment.worker_count,
            "outputs": outputs(deployment),
        },
    )
    state = provisioning.export(deployment=deployment)
    content = archive.build(about=about, state=state.content)
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        _record(deployment, actor, "deployment.download-archive", request, sha256=digest)
    return content


def reveal_passphrase(
    *, deployment: Deployment, actor: User, request: HttpRequest | None = None
) -> Secret:
    """What opens the archive's state; shown apart from it, each time audited.

    Raises Forbidden for anybody but the owner.
    """
    _owner_only(deployment, actor)
    with transaction.atomic():
        _record(deployment, actor, "deployment.reveal-state-passphrase", request)
    return vault.get(deployment.secrets[STATE_KEY])


def destroy_token(
    *, deployment: Deployment, actor: User, request: HttpRequest | None = None
) -> Receipt:
    """Forget the Hetzner token for good and say so in a receipt; twice gives the same receipt.

    Raises Forbidden for anybody but the owner, Conflict while a run needs the token.
    """
    _owner_only(deployment, actor)
    with transaction.atomic():
        current = Deployment.objects.select_for_update().get(pk=deployment.pk)
        if not token_is_kept(current):
            last = current.receipts.filter(kind=ReceiptKind.TOKEN_DESTROYED).first()
            if last is None:
                raise Conflict("Catalyst keeps no Hetzner token of this Sovereign.")
            return last
        if current.runs.filter(finished_at__isnull=True).exists():
            raise Conflict("A run is at work and needs the token. Wait for its end or cancel it.")
        return _destroy_token(current, actor, request)


def _destroy_token(current: Deployment, actor: User, request: HttpRequest | None) -> Receipt:
    reference = current.secrets[sweep.PURPOSE]
    fingerprint = hashlib.sha256(vault.get(reference).reveal().encode()).hexdigest()
    vault.delete(reference)
    current.secrets = {
        name: kept for name, kept in current.secrets.items() if name != sweep.PURPOSE
    }
    current.save(update_fields=["secrets", "updated_at"])
    receipt = Receipt.objects.create(
        deployment=current,
        kind=ReceiptKind.TOKEN_DESTROYED,
        actor=str(actor),
        fingerprint=fingerprint,
        secret=reference,
        text=(
            f"Catalyst deleted the Hetzner API token of {current.fqdn} from its vault and cannot "
            "change this project any more. The fingerprint is the token's SHA-256. The token "
            "itself still works until you delete it at Hetzner: project, Security, API tokens. "
            "Destroy, retry and looking for leftovers ask for a token from now on. "
            "Next: rotate the k3s join secret in the Sovereign (k3s token rotate)."
        ),
    )
    _record(
        current,
        actor,
        "deployment.destroy-token",
        request,
        receipt=str(receipt.pk),
        fingerprint=fingerprint,
    )
    line = eventlog.Line(f"{actor} had the Hetzner token destroyed; receipt {receipt.pk}")
    eventlog.append(current.subject, [line])
    return receipt


def destroy_all(
    *,
    deployment: Deployment,
    actor: User,
    confirm_fqdn: str,
    also: Iterable[str] = (),
    token: Secret | None = None,
    request: HttpRequest | None = None,
) -> None:
    """Destroy a Sovereign and, once its machines are gone, the things made inside the cluster that
    were chosen (`Item.key`). Both or none. The one door for people: where it is not the actor's own
    a second person has to agree first. Raises what `provisioning.destroy` and `sweep.ask` do, and
    SecondPersonNeeded.
    """
    chosen = tuple(also)
    first = second_person.destroying(deployment, actor, chosen)
    if first:  # what cannot be done is not worth a second person's time
        provisioning.may_be_destroyed(deployment, confirm_fqdn)
        first.ask(request=request)
    with transaction.atomic():
        second = first.use() if first else ""
        provisioning.destroy(
            deployment=deployment,
            actor=str(actor),
            confirm_fqdn=confirm_fqdn,
            hetzner_token=token,
            second=second,
            request=request,
        )
        if chosen:
            sweep.clean_up(
                deployment=deployment,
                keys=chosen,
                confirm_fqdn=confirm_fqdn,
                actor=actor,
                request=request,
                second=second,
            )


def give_token(
    *, deployment: Deployment, token: Secret, actor: User, request: HttpRequest | None = None
) -> None:
    """Keep a Hetzner token again after the first was destroyed.

    It must write, and must see what carries this Deployment's label: a token of another project
    would make everything anew there. Raises the Problems of `check_token` and `inventory.look`,
    WrongProject, Forbidden for anybody but the owner.
    """
    _owner_only(deployment, actor)
    check_token(token)
    if sweep.see(deployment=deployment, token=token).is_empty and _made_something(deployment):
        raise WrongProject(
            "This token's project has nothing of this Sovereign. Give one of the project it was "
            "made in.",
            field="hetzner_token",
        )
    with transaction.atomic():
        current = Deployment.objects.select_for_update().get(pk=deployment.pk)
        if token_is_kept(current):
            return
        reference = vault.put(purpose=sweep.PURPOSE, secret=token, owner=current.secrets_owner)
        current.secrets = {**current.secrets, sweep.PURPOSE: reference}
        current.save(update_fields=["secrets", "updated_at"])
        fingerprint = hashlib.sha256(token.reveal().encode()).hexdigest()
        _record(current, actor, "deployment.give-token", request, fingerprint=fingerprint)
    deployment.refresh_from_db()


def _made_something(deployment: Deployment) -> bool:
    newest = sweep.newest(deployment)
    return bool(outputs(deployment)) and not (newest and newest.is_empty)


def outputs(deployment: Deployment) -> dict[str, Any]:
    """What the module gave out, as the `tofu-output` phase noted it."""
    names = ("console_url", "load_balancer_ip", "load_balancer_ipv6", "control_plane_ip",
             "control_plane_ipv6", "network_id", "firewall_id", "servers")  # fmt: skip
    return {name: deployment.facts[name] for name in names if deployment.facts.get(name)}


def _owner_only(deployment: Deployment, actor: User) -> None:
    if deployment.owner_id != actor.pk:
        raise Forbidden("Only the owner of this Sovereign may do this.")


def _record(
    deployment: Deployment, actor: User, act: str, request: HttpRequest | None, **after: str
) -> None:
    record(actor=str(actor), act=act, object=deployment.subject, after=after, request=request)
