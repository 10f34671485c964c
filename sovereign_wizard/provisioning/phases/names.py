"""`reserve-name`: zone, signature and delegation stand. `dns-commit`: the names answer, proven."""

from __future__ import annotations

from datetime import timedelta

from catalyst.work.steps import Done, Outcome, Wait
from dns.delegation.proof import Proof, prove
from dns.pools import services as names
from sovereign_wizard.provisioning.context import Context


def first_fault(proof: Proof) -> str:
    """The first answer that is not right, in words."""
    fault = next(one for one in proof.evidence if not one.ok)
    return f"{fault.server} on {fault.question}: {fault.problem}"


NAME_HELD = timedelta(days=1)


class ReserveName:
    id = "reserve-name"
    title = "Reserve the name, make its signed zone"
    budget = 600.0

    def run(self, ctx: Context) -> Outcome:
        allocation_id, token = ctx.deployment.allocation_id, ctx.secret("allocation-token")
        # Held for as long as a person may need to look at a failure and retry.
        names.renew(allocation_id=allocation_id, token=token, ttl=NAME_HELD)
        status = names.status(allocation_id=allocation_id)
        if not status.settled:
            why = f" ({status.last_error})" if status.last_error else ""
            return Wait(f"The zone {status.fqdn} is being made and signed{why}.", 0.5)
        ctx.say(f"{status.fqdn} is a zone of its own, signed and delegated")
        return Done()


class DnsCommit:
    id = "dns-commit"
    title = "Write the addresses, see every name server answer"
    budget = 600.0

    def run(self, ctx: Context) -> Outcome:
        allocation_id, token = ctx.deployment.allocation_id, ctx.secret("allocation-token")
        status = names.status(allocation_id=allocation_id)
        if status.state != "active":
            status = names.commit(
                allocation_id=allocation_id,
                token=token,
                address_v4=ctx.fact("load_balancer_ip"),
                actor=f"deployment:{ctx.deployment.pk}",
            )
        if not status.settled:
            why = f" ({status.last_error})" if status.last_error else ""
            return Wait(f"The addresses of {status.fqdn} are being written{why}.", 0.5)
        proof = prove(allocation_id=allocation_id)
        if not proof.ok:
            return Wait(f"Not every name server answers rightly yet: {first_fault(proof)}", 1.0)
        ctx.say(f"{status.fqdn} is published: {len(proof.evidence)} answers checked, chain secure")
        return Done()
