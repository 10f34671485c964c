"""A domain of one's own: a move, which `dns` makes step by step however long the world takes."""

from __future__ import annotations

import uuid

from catalyst.problem import Conflict
from catalyst.work.clock import database_now
from dns.byo import services as byo
from dns.byo.values import MoveStatus
from dns.delegation.proof import Proof
from dns.pools.values import AcmeAccount
from dns.registrars.services import Credentials
from sovereign_wizard.naming.values import NameWish, Standing, Taken
from sovereign_wizard.provisioning.models import Deployment, DomainMode

BY = {DomainMode.BY_HAND: "manual", DomainMode.BY_REGISTRAR: "registrar"}
# Between two reads of its row, for up to 30 days. The move has a schedule of its own for looking at
# the world; once it is due, SOON.
SOON, LATER = 0.5, 30.0
# The last step of a move that is being prepared: the zone stands, the old DS is waited out.
OLD_DS = "old-ds"
STANDS = ("pending_flip", "propagating", "delegated", "active")
# Given up or back where it was: it begins again, with credentials of its own.
AGAIN = ("restored", "releasing", "released")
OVER = ("restoring", *AGAIN)


class DomainLeft(Conflict):
    type = "domain-left"
    title = "The domain does not come to us any more"


class OwnDomain:
    signed = False  # its owner may never publish our DS; `prove` asks for more once it is there

    def take(self, *, deployment_id: uuid.UUID, wish: NameWish, account: str, actor: str) -> Taken:
        move = byo.begin(
            domain=wish.domain,
            mode=BY[DomainMode(wish.mode)],
            owner=f"deployment:{deployment_id}",
            account=account,
            actor=actor,
            idempotency_key=str(deployment_id),
            registrar=wish.registrar,
            credentials=wish.credentials,
            acknowledgement=wish.acknowledgement,
            records=wish.records,
            contact=wish.contact,
        )
        return Taken(move.fqdn, move_id=move.move_id)

    def asks(self, deployment: Deployment) -> str:
        panel = byo.panel(move_id=_id(deployment))
        status = panel.status
        again = status.state in AGAIN or (status.failed and panel.wants_credentials)
        return status.registrar if again else ""

    def hold(
        self, deployment: Deployment, *, actor: str, credentials: Credentials | None = None
    ) -> bool:
        """What was given up or went back begins again; that may be another move."""
        status = byo.status(move_id=_id(deployment))
        if status.failed or status.state in OVER:
            again = byo.resume(move_id=status.move_id, actor=actor, credentials=credentials)
            deployment.move_id = again.move_id
            deployment.save(update_fields=["move_id", "updated_at"])
        return status.state in AGAIN

    def prepared(self, deployment: Deployment) -> Standing:
        status = byo.status(move_id=_id(deployment))
        if status.state in STANDS or status.step == OLD_DS:
            words = f"{status.fqdn} is a signed zone on our name servers"
            return Standing(status.fqdn, True, words)
        return _not_yet(status)

    def delegated(self, deployment: Deployment) -> Standing:
        status = byo.status(move_id=_id(deployment))
        if status.delegated:
            words = f"{status.fqdn} is delegated to us and the world follows"
            return Standing(status.fqdn, True, words)
        return _not_yet(status)

    def publish(self, deployment: Deployment, *, address_v4: str) -> Standing:
        status = byo.commit(
            move_id=_id(deployment), address_v4=address_v4, actor=deployment.subject
        )
        if status.settled:
            return Standing(status.fqdn, True, f"{status.fqdn} is published")
        words = f"The addresses of {status.fqdn} are being written."
        return Standing(status.fqdn, False, words, SOON)

    def prove(self, deployment: Deployment) -> Proof:
        return byo.prove(move_id=_id(deployment))

    def stop(self, deployment: Deployment, *, actor: str) -> None:
        """What is delegated already stays: people are sent to us, and a retry finds it."""
        if not byo.status(move_id=_id(deployment)).delegated:
            byo.cancel(move_id=_id(deployment), actor=actor)

    def give_back(self, deployment: Deployment) -> Standing:
        status = byo.release(move_id=_id(deployment), actor=deployment.subject)
        if status.gone:
            words = f"{status.fqdn} is gone from our name servers"
            return Standing(status.fqdn, True, words)
        if status.parked:
            words = (
                f"{status.fqdn} still sends people to our name servers, so its zone stays until "
                "it is delegated elsewhere; then it goes by itself"
            )
            return Standing(status.fqdn, True, words)
        return Standing(status.fqdn, False, f"{status.fqdn} is being given up. {status.words}")

    def acme_account(self, deployment: Deployment) -> AcmeAccount:
        return byo.acme_account(move_id=_id(deployment))


def _id(deployment: Deployment) -> uuid.UUID:
    assert deployment.move_id is not None, "the database says so"
    return deployment.move_id


def _not_yet(status: MoveStatus) -> Standing:
    """A move that stopped is waited for too: it goes on from its own panel. Raises DomainLeft."""
    if status.state in OVER:
        raise DomainLeft(f"{status.fqdn} was given up or went back. Retry to begin its move again.")
    seconds = SOON if status.state == "preparing" else LATER
    if status.next_poll_at is not None:
        due = (status.next_poll_at - database_now()).total_seconds()
        seconds = min(LATER, max(SOON, due))
    return Standing(status.fqdn, False, status.words, seconds)
