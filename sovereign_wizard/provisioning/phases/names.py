"""`reserve-name`: zone, signature and delegation stand; for a domain of one's own in two phases,
`zone-prepare` and `delegation-wait`. `dns-commit`: the names answer, proven."""

from __future__ import annotations

from catalyst.language.words import lazy
from catalyst.work.steps import Done, Outcome, Wait
from dns.delegation.proof import Proof
from sovereign_wizard.naming import services as naming
from sovereign_wizard.naming.values import Standing
from sovereign_wizard.provisioning.context import Context

DAY = 86_400.0


def first_fault(proof: Proof) -> str:
    """The first answer that is not right, in words."""
    fault = next(one for one in proof.evidence if not one.ok)
    return f"{fault.server} on {fault.question}: {fault.problem}"


def told(ctx: Context, standing: Standing) -> Outcome:
    if not standing.done:
        return Wait(standing.words, standing.seconds)
    ctx.say(standing.words)
    return Done()


class ReserveName:
    id = "reserve-name"
    title = lazy("Reserve the name, make its signed zone")
    budget = 600.0

    def run(self, ctx: Context) -> Outcome:
        name = naming.of(ctx.deployment)
        name.hold(ctx.deployment, actor=ctx.deployment.subject)
        return told(ctx, name.prepared(ctx.deployment))


class ZonePrepare:
    """Before the zone is made its owner proves that it is theirs, perhaps by hand."""

    id = "zone-prepare"
    title = lazy("Prove whose domain it is, make its signed zone")
    budget = 30 * DAY

    def run(self, ctx: Context) -> Outcome:
        return told(ctx, naming.of(ctx.deployment).prepared(ctx.deployment))


class DelegationWait:
    """Goes on by itself once the world asks our name servers, today or in a week."""

    id = "delegation-wait"
    title = lazy("Wait until the domain is delegated to us")
    budget = 30 * DAY

    def run(self, ctx: Context) -> Outcome:
        return told(ctx, naming.of(ctx.deployment).delegated(ctx.deployment))


class DnsCommit:
    id = "dns-commit"
    title = lazy("Write the addresses, see every name server answer")
    budget = 600.0

    def run(self, ctx: Context) -> Outcome:
        name = naming.of(ctx.deployment)
        standing = name.publish(ctx.deployment, address_v4=ctx.fact("load_balancer_ip"))
        if not standing.done:
            return Wait(standing.words, standing.seconds)
        proof = name.prove(ctx.deployment)
        if not proof.ok:
            return Wait(f"Not every name server answers rightly yet: {first_fault(proof)}", 1.0)
        ctx.say(f"{standing.words}: {len(proof.evidence)} answers checked")
        return Done()
