"""`first-admin`: the cluster has made the person who may log in first."""

from __future__ import annotations

from catalyst.language.words import lazy
from catalyst.work.steps import Done, Outcome, Wait
from sovereign_wizard.cluster import product
from sovereign_wizard.cluster import services as cluster
from sovereign_wizard.cluster.problems import ClusterAway
from sovereign_wizard.provisioning.context import Context
from sovereign_wizard.provisioning.phases.flux_bootstrap import waiting_for_the_cluster


class FirstAdmin:
    id = "first-admin"
    title = lazy("See the first admin made")
    budget = 900.0

    def run(self, ctx: Context) -> Outcome:
        try:
            why = cluster.ask(ctx.deployment, product.first_admin)
        except ClusterAway as problem:
            return waiting_for_the_cluster(problem)
        if why:
            return Wait(why, 2.0)
        ctx.say("The first admin is there; the one-time code counts once")
        return Done()
