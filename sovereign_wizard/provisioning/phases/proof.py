"""`tls`: a trusted certificate for the right name. `verify`: the console says who it is."""

from __future__ import annotations

from django.conf import settings

from catalyst.language.words import lazy
from catalyst.work.steps import Done, Outcome, Wait
from sovereign_wizard.cluster import product
from sovereign_wizard.cluster import services as cluster
from sovereign_wizard.cluster.problems import ClusterAway
from sovereign_wizard.naming import services as naming
from sovereign_wizard.provisioning import probe
from sovereign_wizard.provisioning.context import Context
from sovereign_wizard.provisioning.phases.names import first_fault


class Tls:
    id = "tls"
    title = lazy("See a trusted certificate")
    budget = 1800.0

    def run(self, ctx: Context) -> Outcome:
        found = {}
        for host in (f"console.{ctx.deployment.fqdn}", ctx.deployment.fqdn):
            try:
                seen = probe.handshake(
                    host,
                    settings.CATALYST.resolver,
                    settings.CATALYST.ca_bundle,
                    signed=naming.of(ctx.deployment).signed,
                )
            except probe.NotYet as problem:
                return Wait(f"{host} has no trusted certificate yet: {problem.detail}", 1.0)
            ctx.say(f"{host}: {seen.protocol}, issued by {seen.issuer}, until {seen.not_after}")
            found[host] = seen.as_dict()
        return Done({"tls": found})


class Verify:
    id = "verify"
    title = lazy("Prove that the console answers")
    budget = 900.0

    def run(self, ctx: Context) -> Outcome:
        host = f"console.{ctx.deployment.fqdn}"
        try:
            answer = probe.healthz(
                host,
                settings.CATALYST.resolver,
                settings.CATALYST.ca_bundle,
                signed=naming.of(ctx.deployment).signed,
            )
        except probe.NotYet as problem:
            return Wait(
                f"https://{host}/healthz does not answer as it should: {problem.detail}", 1.0
            )
        if answer.get("deployment") != str(ctx.deployment.pk):
            return Wait(f"https://{host}/healthz is answered by another Deployment.", 2.0)
        if why := _not_the_clusters(ctx, str(answer.get("instance", ""))):
            return Wait(why, 2.0)
        proof = naming.of(ctx.deployment).prove(ctx.deployment)
        if not proof.ok:
            return Wait(f"The names no longer hold: {first_fault(proof)}", 2.0)
        ctx.say(f"https://{host}/healthz answers with this Deployment's id")
        return Done({"healthz": answer, "console_url": ctx.deployment.console_url})


def _not_the_clusters(ctx: Context, instance: str) -> str:
    """Why what answered is not known to be a Pod that the cluster runs; empty when it is one."""
    if not settings.CATALYST.cluster:
        return ""
    try:
        there = cluster.ask(ctx.deployment, product.serving)
    except ClusterAway as problem:
        return f"{problem.title}. {problem.detail}"
    if instance not in there:
        return f"The console is answered by {instance or 'nobody known'}, no Pod of the cluster."
    ctx.say(f"The console is answered by the Pod {instance}")
    return ""
