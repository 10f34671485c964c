"""Names under one of our pools: an allocation, held by its token."""

from __future__ import annotations

import uuid
from datetime import timedelta

from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from dns.delegation.proof import Proof, prove
from dns.pools import services as names
from dns.pools.values import AcmeAccount, AllocationStatus
from dns.registrars.services import Credentials
from sovereign_wizard.naming.values import NameWish, Standing, Taken
from sovereign_wizard.provisioning.models import Deployment

# Held for as long as a person may need to look at a failure and retry.
NAME_HELD = timedelta(days=1)
TOKEN = "allocation-token"  # noqa: S105 (the purpose, not the token)


class PoolName:
    signed = True

    def take(self, *, deployment_id: uuid.UUID, wish: NameWish, account: str, actor: str) -> Taken:
        held = names.reserve(
            pool=wish.pool_domain,
            label=wish.subdomain,
            owner=f"deployment:{deployment_id}",
            account=account,
            actor=actor,
            idempotency_key=str(deployment_id),
        )
        return Taken(held.fqdn, allocation_id=held.allocation_id, token=held.token)

    def asks(self, deployment: Deployment) -> str:
        return ""

    def hold(
        self, deployment: Deployment, *, actor: str, credentials: Credentials | None = None
    ) -> bool:
        names.renew(allocation_id=_id(deployment), token=_token(deployment), ttl=NAME_HELD)
        return False

    def prepared(self, deployment: Deployment) -> Standing:
        status = names.status(allocation_id=_id(deployment))
        if status.settled:
            words = f"{status.fqdn} is a zone of its own, signed and delegated"
            return Standing(status.fqdn, True, words)
        return _not_yet(status, "is being made and signed")

    def delegated(self, deployment: Deployment) -> Standing:
        return self.prepared(deployment)  # the pool's own zone delegates at once

    def publish(self, deployment: Deployment, *, address_v4: str) -> Standing:
        status = names.status(allocation_id=_id(deployment))
        if status.state != "active":
            status = names.commit(
                allocation_id=_id(deployment),
                token=_token(deployment),
                address_v4=address_v4,
                actor=deployment.subject,
            )
        if status.settled:
            return Standing(status.fqdn, True, f"{status.fqdn} is published")
        why = f" ({status.last_error})" if status.last_error else ""
        words = f"The addresses of {status.fqdn} are being written{why}."
        return Standing(status.fqdn, False, words)

    def prove(self, deployment: Deployment) -> Proof:
        return prove(allocation_id=_id(deployment))

    def stop(self, deployment: Deployment, *, actor: str) -> None:
        """A reservation runs out by itself."""

    def give_back(self, deployment: Deployment) -> Standing:
        status = names.release(
            allocation_id=_id(deployment), token=_token(deployment), actor=deployment.subject
        )
        if status.settled:
            words = f"{status.fqdn} is gone from the name servers"
            return Standing(status.fqdn, True, words)
        return _not_yet(status, "is being removed")

    def acme_account(self, deployment: Deployment) -> AcmeAccount:
        return names.acme_account(allocation_id=_id(deployment))


def _id(deployment: Deployment) -> uuid.UUID:
    assert deployment.allocation_id is not None, "the database says so"
    return deployment.allocation_id


def _token(deployment: Deployment) -> Secret:
    return vault.get(deployment.secrets.get(TOKEN, ""))


def _not_yet(status: AllocationStatus, doing: str) -> Standing:
    why = f" ({status.last_error})" if status.last_error else ""
    return Standing(status.fqdn, False, f"The zone {status.fqdn} {doing}{why}.")
