"""`preflight`: everything that can be known before anything is paid for."""

from __future__ import annotations

from catalyst.language.words import lazy
from catalyst.work.steps import Done, Fail, Outcome, Wait
from sovereign_wizard.catalog import throttle
from sovereign_wizard.catalog.problems import HetznerAway, RateLimited
from sovereign_wizard.preflight.services import examine, refused
from sovereign_wizard.preflight.subject import Subject
from sovereign_wizard.preflight.verdict import Answer, NotPossible, Verdict
from sovereign_wizard.provisioning.context import Context
from sovereign_wizard.provisioning.models import PhaseState
from sovereign_wizard.provisioning.phases.passing import slower

AWAY_SECONDS = 3.0
TOLD = "checks_told"
# Sign and log level of a verdict.
SHOWN = {
    Answer.PASSED: ("✓", "info"),
    Answer.WARNING: ("!", "warn"),
    Answer.UNKNOWN: ("?", "info"),
    Answer.FAILED: ("✗", "error"),
}


class Preflight:
    id = "preflight"
    title = lazy("Check the account, the sizes and the name")
    budget = 1800.0

    def run(self, ctx: Context) -> Outcome:
        subject = subject_of(ctx)
        telling = Telling(ctx)
        # Live, but only the first time: after a Wait the checks may be done many times over.
        waited = ctx.run.phases.filter(phase=self.id, state=PhaseState.WAITING).exists()
        try:
            throttle.look(subject.token, cost=throttle.PREFLIGHT_COST)
            verdicts = examine(subject, tell=(lambda _: None) if waited else telling.tell)
        except HetznerAway:
            telling.keep()
            return Wait(
                "Hetzner's API does not answer. Nothing was created; this goes on by itself.",
                AWAY_SECONDS,
            )
        except RateLimited as problem:
            telling.keep()
            return slower(problem)
        for verdict in verdicts:
            telling.tell(verdict)
        found = [verdict.as_dict() for verdict in verdicts]
        if against := refused(verdicts):
            return Fail(NotPossible(" ".join(one.evidence for one in against), checks=found))
        return Done({"checks": found})


class Telling:
    """Tells each check's verdict once in a Run, however often the checks are done; another verdict
    of the same check is news."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        kept = ctx.deployment.facts.get(TOLD, {})
        self._told: set[str] = set(kept.get(str(ctx.run.number), ()))

    def tell(self, verdict: Verdict) -> None:
        mark = f"{verdict.id}:{verdict.verdict}"
        if mark in self._told:
            return
        self._told.add(mark)
        sign, level = SHOWN[verdict.verdict]
        self._ctx.say(
            f"{sign} {verdict.title}: {verdict.evidence}",
            level=level,
            check=verdict.id,
            verdict=str(verdict.verdict),
            milliseconds=verdict.milliseconds,
        )

    def keep(self) -> None:
        """For the next look, which may be another worker's."""
        self._ctx.remember(**{TOLD: {str(self._ctx.run.number): sorted(self._told)}})


def subject_of(ctx: Context) -> Subject:
    """What a Deployment asks of the outside."""
    deployment = ctx.deployment
    return Subject(
        token=ctx.secret("hetzner-token"),
        project_id=deployment.hetzner_project_id,
        region=deployment.region,
        control_plane_size=deployment.control_plane_size,
        worker_size=deployment.worker_size,
        worker_count=deployment.worker_count,
        ssh_public_key=deployment.ssh_public_key,
        pool_domain=deployment.pool_domain,
        subdomain=deployment.subdomain,
        ha_enabled=deployment.ha_enabled,
        small_control_plane=deployment.small_control_plane,
        deployment_id=str(deployment.pk),
        allocation_id=deployment.allocation_id,
        own_domain=deployment.fqdn if deployment.has_own_domain else "",
    )
