"""`cluster-callback`: the new machine has called back with its bearer."""

from __future__ import annotations

from catalyst.language.words import lazy
from catalyst.work.steps import Done, Outcome, Wait
from sovereign_wizard.provisioning.context import Context
from sovereign_wizard.provisioning.models import Deployment


class ClusterCallback:
    id = "cluster-callback"
    title = lazy("Wait for the machine to call back")
    budget = 1800.0

    def run(self, ctx: Context) -> Outcome:
        # The call-back wakes a worker; looking again every few seconds is only the safety net.
        called = Deployment.objects.values_list("called_back_at", flat=True).get(
            pk=ctx.deployment.pk
        )
        if called is None:
            return Wait("The machine has booted and sets itself up; it will call back.", 5.0)
        return Done()
