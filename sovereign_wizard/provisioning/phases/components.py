"""`components`: every release that Git brings is installed, as Flux itself says."""

from __future__ import annotations

from catalyst.language.words import lazy
from catalyst.work.steps import Outcome
from sovereign_wizard.cluster import services as cluster
from sovereign_wizard.cluster.problems import ClusterAway
from sovereign_wizard.cluster.verdict import verdict
from sovereign_wizard.provisioning.context import Context
from sovereign_wizard.provisioning.phases.flux_bootstrap import voice_of, waiting_for_the_cluster


class Components:
    id = "components"
    title = lazy("Install the components")
    budget = 3600.0

    def run(self, ctx: Context) -> Outcome:
        try:
            return verdict(cluster.look(ctx.deployment, voice_of(ctx)).components)
        except ClusterAway as problem:
            return waiting_for_the_cluster(problem)
