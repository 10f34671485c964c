"""What a new machine tells us, once, with its bearer; and what its owner may take from us."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Callable

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
from sovereign_wizard.provisioning import wake
from sovereign_wizard.provisioning.models import Deployment, State

KUBECONFIG = "kubeconfig"
KUBECONFIG_BYTES = 1 << 20


class AlreadySet(Forbidden):
    type = "already-set"
    title = lazy("The kubeconfig was given already")


class EmptyBody(Invalid):
    type = "empty-body"
    title = lazy("There is no kubeconfig in this request")


class BodyTooLarge(Invalid):
    type = "body-too-large"
    title = lazy("This is too large for a kubeconfig")


def fingerprint(bearer: str) -> str:
    return hashlib.sha256(bearer.encode()).hexdigest()


def _of_bearer(deployment_id: uuid.UUID, bearer: str) -> Deployment:
    """The locked row whose machine this is.

    Raises Forbidden for a wrong bearer and for an unknown Deployment alike.
    """
    deployment = Deployment.objects.select_for_update().filter(pk=deployment_id).first()
    expected = deployment.callback_hash if deployment else fingerprint("")
    if not hmac.compare_digest(expected, fingerprint(bearer)) or deployment is None:
        raise Forbidden("This bearer does not belong to this Deployment.")
    return deployment


def call_back(*, deployment_id: uuid.UUID, bearer: str, hostname: str) -> Deployment:
    """The new machine says it is up. The bearer counts once; a repeated call changes nothing.

    Raises Forbidden for a wrong bearer and for an unknown Deployment alike.
    """
    with transaction.atomic():
        deployment = _of_bearer(deployment_id, bearer)
        if deployment.called_back_at or deployment.state == State.DESTROYED:
            return deployment
        deployment.called_back_at = timezone.now()
        deployment.facts = {**deployment.facts, "hostname": hostname}
        deployment.save(update_fields=["called_back_at", "facts", "updated_at"])
        record(actor=f"machine:{hostname}", act="deployment.call-back", object=deployment.subject)
        line = eventlog.Line(f"{hostname} called back", phase="cluster-callback", source="machine")
        eventlog.append(deployment.subject, [line])
        wake.after_commit(deployment.pk)
    return deployment


def keep_kubeconfig(
    *,
    deployment_id: uuid.UUID,
    bearer: str,
    kubeconfig: bytes,
    accept: Callable[[Deployment, Secret], None] = lambda _deployment, _text: None,
) -> Deployment:
    """The cluster's kubeconfig, from its first machine, into the vault. It counts once.

    The same bytes again change nothing: the machine may not have heard our answer. Raises
    Forbidden (wrong bearer or unknown Deployment), AlreadySet, EmptyBody, BodyTooLarge, Invalid,
    and what `accept` raises for one that is not to be kept.
    """
    if len(kubeconfig) > KUBECONFIG_BYTES:
        raise BodyTooLarge(f"A kubeconfig has at most {KUBECONFIG_BYTES} bytes.")
    with transaction.atomic():
        deployment = _of_bearer(deployment_id, bearer)
        if not kubeconfig.strip():
            raise EmptyBody("Send the kubeconfig as the body of the request.")
        try:
            text = kubeconfig.decode()
        except UnicodeDecodeError as error:
            raise Invalid("A kubeconfig is YAML in UTF-8.") from error
        if KUBECONFIG in deployment.secrets:
            kept = vault.get(deployment.secrets[KUBECONFIG]).reveal()
            if hmac.compare_digest(kept.encode(), kubeconfig):
                return deployment
            raise AlreadySet("Another kubeconfig of this Sovereign is kept already.")
        accept(deployment, Secret(text))
        reference = vault.put(
            purpose=KUBECONFIG, secret=Secret(text), owner=deployment.secrets_owner
        )
        deployment.secrets = {**deployment.secrets, KUBECONFIG: reference}
        deployment.save(update_fields=["secrets", "updated_at"])
        record(
            actor=f"machine:{deployment.fqdn}",
            act="deployment.keep-kubeconfig",
            object=deployment.subject,
            after={"sha256": hashlib.sha256(kubeconfig).hexdigest()},
        )
        line = eventlog.Line("The cluster's kubeconfig is in the vault", source="machine")
        eventlog.append(deployment.subject, [line])
        wake.after_commit(deployment.pk)
    return deployment


def kubeconfig(
    *, deployment: Deployment, actor: User, request: HttpRequest | None = None
) -> Secret:
    """The cluster's kubeconfig, for the owner only; audited.

    Raises Forbidden for anybody else, Conflict while the cluster has sent none.
    """
    if deployment.owner_id != actor.pk:
        raise Forbidden("Only the owner of this Sovereign may have its kubeconfig.")
    if KUBECONFIG not in deployment.secrets:
        raise Conflict("The cluster has not sent its kubeconfig yet.")
    with transaction.atomic():
        record(
            actor=str(actor),
            act="deployment.read-kubeconfig",
            object=deployment.subject,
            request=request,
        )
    return vault.get(deployment.secrets[KUBECONFIG])


def first_log_in_url(deployment: Deployment) -> str:
    """Where the first admin begins: the console's log-in, which leads on to its Keycloak."""
    return f"{deployment.console_url}/login/"


def reveal_first_admin_code(
    *, deployment: Deployment, actor: User, request: HttpRequest | None = None
) -> Secret:
    """The one-time code of the first sovereign-admin, for the owner of a ready Sovereign; audited.

    Raises Conflict before `ready`, Forbidden for anybody but the owner.
    """
    if deployment.owner_id != actor.pk:
        raise Forbidden("Only the owner of this Sovereign may see the code.")
    if deployment.state != State.READY:
        raise Conflict("The Sovereign is not ready yet; there is nothing to log in to.")
    with transaction.atomic():
        record(
            actor=str(actor),
            act="deployment.reveal-first-admin-code",
            object=deployment.subject,
            request=request,
        )
    return vault.get(deployment.secrets["first-admin-code"])
