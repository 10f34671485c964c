"""The door to `dns` for a Deployment: take a name, hold it, publish it, prove it, give it back."""

from __future__ import annotations

import uuid
from typing import Protocol

from dns.delegation.proof import Proof
from dns.pools.values import AcmeAccount
from dns.registrars.services import Credentials
from sovereign_wizard.naming.own import OwnDomain
from sovereign_wizard.naming.pool import PoolName
from sovereign_wizard.naming.values import NameWish, Standing, Taken
from sovereign_wizard.provisioning.models import Deployment, DomainMode

__all__ = ["NameWish", "Naming", "Standing", "Taken", "of", "take"]


class Naming(Protocol):
    """One kind of name. Each act is idempotent and asks nobody outside: workers of `dns` do.

    `signed`: its parent has to vouch for our key, so that answers about it are validated.
    """

    @property
    def signed(self) -> bool: ...

    def take(self, *, deployment_id: uuid.UUID, wish: NameWish, account: str, actor: str) -> Taken:
        """Hold the name inside the caller's transaction. Raises Problems with `field`."""

    def hold(
        self, deployment: Deployment, *, actor: str, credentials: Credentials | None = None
    ) -> bool:
        """Go on holding it, and go on with what stopped. True: it was lost and begins again, so
        that what was done for it before no longer counts. Raises what says that it is lost."""

    def asks(self, deployment: Deployment) -> str:
        """The registrar whose credentials `hold` needs once more; mostly none, which is empty."""

    def prepared(self, deployment: Deployment) -> Standing:
        """Does its signed zone stand on our name servers?"""

    def delegated(self, deployment: Deployment) -> Standing:
        """Does the world ask our name servers for it?"""

    def publish(self, deployment: Deployment, *, address_v4: str) -> Standing:
        """Have it point at the Sovereign."""

    def prove(self, deployment: Deployment) -> Proof:
        """Ask everybody about it, as the world would."""

    def stop(self, deployment: Deployment, *, actor: str) -> None:
        """A run was cancelled: nothing more is changed outside for it."""

    def give_back(self, deployment: Deployment) -> Standing:
        """The Sovereign is gone."""

    def acme_account(self, deployment: Deployment) -> AcmeAccount:
        """The account its certificate is got with. Raises NotFound."""


def of(deployment: Deployment) -> Naming:
    return _kind(deployment.domain_mode)


def take(*, deployment_id: uuid.UUID, wish: NameWish, account: str, actor: str) -> Taken:
    return _kind(wish.mode).take(
        deployment_id=deployment_id, wish=wish, account=account, actor=actor
    )


def _kind(mode: str) -> Naming:
    return PoolName() if mode == DomainMode.POOL else OwnDomain()
