"""`flux-bootstrap`: the cluster answers, and Flux in it has begun its work from Git."""

from __future__ import annotations

from catalyst.language.words import lazy
from catalyst.work.steps import Done, Outcome, Wait
from sovereign_wizard.cluster import services as cluster
from sovereign_wizard.cluster import snapshot
from sovereign_wizard.cluster.problems import ClusterAway, NotServed
from sovereign_wizard.provisioning.context import Context

LOOK_AGAIN_SECONDS = 2.0
NO_KUBECONFIG = "Waiting for the cluster: it has not sent its kubeconfig yet."


class FluxBootstrap:
    id = "flux-bootstrap"
    title = lazy("See Flux begin from Git")
    budget = 1800.0

    def run(self, ctx: Context) -> Outcome:
        # The kubeconfig wakes a worker; looking again every few seconds is only the safety net.
        if not cluster.has_kubeconfig(ctx.deployment):
            return Wait(NO_KUBECONFIG, 5.0)
        try:
            seen = cluster.look(ctx.deployment, voice_of(ctx))
        except NotServed:
            return Wait("The cluster answers; Flux is not installed yet.", LOOK_AGAIN_SECONDS)
        except ClusterAway as problem:
            return waiting_for_the_cluster(problem)
        if why := snapshot.not_begun(seen.found):
            return Wait(why, LOOK_AGAIN_SECONDS)
        revisions = sorted(seen.found.revisions.values())
        ctx.say(f"Flux works from {', '.join(revisions)}")
        return Done({"flux_revisions": revisions})


def voice_of(ctx: Context) -> cluster.Voice:
    return cluster.Voice(ctx.beat.held.fenced, ctx.journal.redactor, ctx.phase)


def waiting_for_the_cluster(problem: ClusterAway) -> Wait:
    """Its own reason: nothing is known to be wrong with any component."""
    return Wait(f"Waiting for the cluster: {problem.title}. {problem.detail}", LOOK_AGAIN_SECONDS)
