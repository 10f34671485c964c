"""What a person does with a Deployment: retry, approve, cancel, destroy. One transaction each."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone

from catalyst.audit.services import record
from catalyst.eventlog import services as eventlog
from catalyst.language.words import lazy
from catalyst.problem import Conflict, Invalid
from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from dns.registrars.services import Credentials
from sovereign_wizard.handover import sweep
from sovereign_wizard.handover.items import Inventory
from sovereign_wizard.naming import services as naming
from sovereign_wizard.provisioning import wake
from sovereign_wizard.provisioning.machine import IllegalTransition, at_work, transition
from sovereign_wizard.provisioning.models import (
    Deployment,
    PhaseState,
    Plan,
    Run,
    RunKind,
    State,
)
from sovereign_wizard.provisioning.order import APPROVE, OWN_DOMAIN
from sovereign_wizard.provisioning.runs import close, open_one, open_run

RETRYABLE = (State.FAILED, State.CANCELLED, State.READY)
DESTROYABLE = (State.FAILED, State.CANCELLED, State.READY)


class PlanChanged(Conflict):
    type = "plan-changed"
    title = lazy("This is not the plan that would be applied")


class NothingToApprove(Conflict):
    type = "nothing-to-approve"
    title = lazy("There is no plan to approve")


def _locked(deployment: Deployment) -> Deployment:
    return Deployment.objects.select_for_update().get(pk=deployment.pk)


def _note(
    deployment: Deployment,
    *,
    actor: str,
    act: str,
    text: str,
    request: HttpRequest | None,
    **after: Any,
) -> None:
    """Audit row, log line and wake-up of one act, inside its transaction."""
    record(
        actor=actor,
        act=f"deployment.{act}",
        object=deployment.subject,
        after=after,
        request=request,
    )
    eventlog.append(deployment.subject, [eventlog.Line(text)])
    Deployment.objects.filter(pk=deployment.pk).update(look_at=Now())
    wake.after_commit(deployment.pk)


def retry(
    *,
    deployment: Deployment,
    actor: str,
    phase: str | None = None,
    credentials: Credentials | None = None,
    request: HttpRequest | None = None,
) -> Run:
    """Go on with what failed or was cancelled, from where it stopped or from an earlier `phase`.

    A ready Sovereign is applied again from a named phase; a failed destroy goes on as a destroy.
    Raises IllegalTransition in any other state, Invalid (`field="phase"`) for a phase this Run
    does not have, Conflict for one whose predecessors are not done, and ReservationExpired when
    the name was lost meanwhile. Where a domain's move begins again at its registrar, `credentials`
    are needed; without them CredentialsGone. Then so do the phases that wait for the domain.
    """
    with transaction.atomic():
        current = _locked(deployment)
        if current.state not in RETRYABLE:
            raise IllegalTransition(
                f"{current.fqdn} is {current.state}; there is nothing to retry."
            )
        last = current.runs.order_by("-number")[0]
        first = _first_phase(current, last, phase)
        if last.kind == RunKind.PROVISION:
            if naming.of(current).hold(current, actor=actor, credentials=credentials):
                order = list(last.phases.order_by("position").values_list("phase", flat=True))
                first = min(first, OWN_DOMAIN[0], key=order.index)
            deployment.move_id = current.move_id
        transition(deployment, at_work(last), because=f"retried by {actor}")
        run = open_run(deployment, started_by=actor, kind=last.kind, first=first)
        eventlog.reopen(deployment.subject)
        _note(
            deployment,
            actor=actor,
            act="retry",
            text=f"run {run.number}: {actor} retries from {first}",
            request=request,
            run=run.number,
            phase=first,
        )
    return run


def _first_phase(deployment: Deployment, last: Run, asked: str | None) -> str:
    rows = list(last.phases.order_by("position"))
    ids = [row.phase for row in rows]
    undone = [row.phase for row in rows if row.state != PhaseState.DONE]
    if asked is not None and asked not in ids:
        raise Invalid(f"A {last.kind} run has no phase {asked}.", field="phase")
    if asked is None and not undone and deployment.state == State.READY:
        raise Conflict(f"{deployment.fqdn} is ready. Name the phase to apply again from.")
    # None is undone where a cancel came between the last phase and the end.
    first = asked or (undone or ids[-1:])[0]
    if undone and ids.index(first) > ids.index(undone[0]):
        raise Conflict(f"{first} comes after {undone[0]}, which is not done.")
    if deployment.approve_plan and first in (APPROVE, "tofu-apply"):
        return "tofu-plan"  # an approval is for one plan, and a new run makes its own
    return first


def approve(
    *,
    deployment: Deployment,
    plan_sha256: str,
    actor: str,
    request: HttpRequest | None = None,
) -> Plan:
    """Let exactly this plan be applied. Approving twice is fine.

    Raises PlanChanged for any other plan than the one that waits, NothingToApprove when none does.
    """
    with transaction.atomic():
        current = _locked(deployment)
        run = open_one(current)
        plan = Plan.objects.select_for_update().filter(run=run).first() if run else None
        if plan is None or not run or not run.phases.filter(phase=APPROVE).exists():
            raise NothingToApprove(f"No plan of {current.fqdn} waits for an approval.")
        if plan.sha256 != plan_sha256:
            raise PlanChanged(
                "The plan was made anew since you looked. Read the new one and approve that.",
                plan_sha256=plan.sha256,
            )
        if plan.approved_at is None:
            plan.approved_by, plan.approved_at = actor, timezone.now()
            plan.save(update_fields=["approved_by", "approved_at"])
            _note(
                current,
                actor=actor,
                act="approve",
                text=f"{actor} approved: the plan {plan.words}",
                request=request,
                plan_sha256=plan_sha256,
            )
    return plan


def cancel(*, deployment: Deployment, actor: str, request: HttpRequest | None = None) -> None:
    """Stop a Run. What no worker has begun is cancelled at once; else the worker that holds it
    interrupts tofu, or the next one finds nothing to interrupt, and lists what exists.

    Raises IllegalTransition when nothing runs, and for a destroy: half destroyed is no place to
    stop.
    """
    with transaction.atomic():
        current = _locked(deployment)
        run = open_one(current)
        if run is None or run.kind == RunKind.DESTROY:
            raise IllegalTransition(
                f"{current.fqdn} is {current.state}; there is nothing that can be cancelled."
            )
        if current.state == State.QUEUED:
            transition(deployment, State.CANCELLED, because=f"cancelled by {actor}")
            nothing = Inventory(looked_at=timezone.now()).as_dict()
            deployment.facts = {**current.facts, sweep.FACT: nothing}
            deployment.save(update_fields=["facts", "updated_at"])
            close(run)
        else:
            transition(deployment, State.CANCELLING, because=f"cancelled by {actor}")
        naming.of(current).stop(current, actor=actor)
        _note(
            deployment,
            actor=actor,
            act="cancel",
            text=f"{actor} cancels run {run.number}",
            request=request,
            run=run.number,
        )
        if deployment.state == State.CANCELLED:
            eventlog.finish(deployment.subject)


def destroy(
    *,
    deployment: Deployment,
    actor: str,
    confirm_fqdn: str,
    hetzner_token: Secret | None = None,
    second: str = "",
    request: HttpRequest | None = None,
) -> Run:
    """Destroy a failed, cancelled or ready Sovereign: a Run of its own. Whether this person may do
    it alone `handover.destroy_all` decides; `second` is who agreed, for the audit.

    `confirm_fqdn`: the name, typed by a person. `hetzner_token`: needed once the kept one was
    destroyed; it must see this Deployment's resources. Raises Invalid (`field`), the Problems of
    `handover.inventory.look`, IllegalTransition.
    """
    _meant(deployment, confirm_fqdn)
    if hetzner_token is not None:
        _see_ours(deployment, hetzner_token)
    else:
        sweep.kept_token(deployment)
    with transaction.atomic():
        current = _locked(deployment)
        _destroyable(current)
        transition(deployment, State.DESTROYING, because=f"destroyed by {actor}")
        if hetzner_token is not None:
            _replace_token(deployment, hetzner_token)
        run = open_run(deployment, started_by=actor, kind=RunKind.DESTROY)
        eventlog.reopen(deployment.subject)
        _note(
            deployment,
            actor=actor,
            act="destroy",
            text=f"run {run.number}: {actor} destroys {deployment.fqdn}"
            + (f", {second} agreed" if second else ""),
            request=request,
            run=run.number,
            **({"second_person": second} if second else {}),
        )
    return run


def may_be_destroyed(deployment: Deployment, confirm_fqdn: str) -> None:
    """In its state, and with this name typed? Raises Invalid (`field`), IllegalTransition."""
    _meant(deployment, confirm_fqdn)
    _destroyable(deployment)


def _meant(deployment: Deployment, confirm_fqdn: str) -> None:
    if confirm_fqdn.strip().lower() != deployment.fqdn:
        raise Invalid(f"Type {deployment.fqdn} to say that you mean it.", field="confirm_fqdn")


def _destroyable(deployment: Deployment) -> None:
    if deployment.state not in DESTROYABLE:
        raise IllegalTransition(f"{deployment.fqdn} is {deployment.state}. Cancel the run first.")


def _see_ours(deployment: Deployment, token: Secret) -> None:
    """A token of another project would see nothing, and tofu would believe all is gone."""
    seen = sweep.see(deployment=deployment, token=token)
    last = sweep.newest(deployment)
    made = last is None or not last.is_empty
    if seen.is_empty and made and "load_balancer_ip" in deployment.facts:
        raise Invalid(
            f"This token sees nothing of {deployment.fqdn}. Give one of the project it is in.",
            field="hetzner_token",
        )


def _replace_token(deployment: Deployment, token: Secret) -> None:
    current = _locked(deployment)
    if earlier := current.secrets.get(sweep.PURPOSE):
        vault.delete(earlier)
    kept = vault.put(purpose=sweep.PURPOSE, secret=token, owner=current.secrets_owner)
    deployment.secrets = {**current.secrets, sweep.PURPOSE: kept}
    deployment.save(update_fields=["secrets", "updated_at"])
