"""Removes a reviewed list of things by OpenTofu: take over exactly these, change nothing, destroy.

Runs in a worker under a lease of its own, also beside a run that destroys: a load balancer that the
cluster made holds the network, and OpenTofu waits for it. Killed anywhere and run again, the world
ends the same: what is gone already is left out, what was taken over already stays so.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone
from structlog.contextvars import bound_contextvars

from catalyst.eventlog import services as eventlog
from catalyst.eventlog.redaction import Redactor
from catalyst.language.words import lazy
from catalyst.problem import Conflict, Problem
from catalyst.vault import services as vault
from catalyst.vault.problems import VaultAway
from catalyst.vault.secret import Secret
from catalyst.work.leases import Heartbeat, LeaseLost, me, take
from sovereign_wizard.catalog import throttle
from sovereign_wizard.catalog.problems import HetznerAway, RateLimited
from sovereign_wizard.handover import sweep
from sovereign_wizard.handover.clean_up_variables import variables
from sovereign_wizard.handover.items import Inventory, money, total
from sovereign_wizard.handover.models import CleanUp, CleanUpState, Receipt, ReceiptKind
from sovereign_wizard.provisioning import state_versions
from sovereign_wizard.provisioning.models import Deployment
from sovereign_wizard.tofu import command, earlier, environment, runner, state_store, summary
from sovereign_wizard.tofu.problems import (
    StateLocked,
    StateStoreAway,
    StillRunning,
    TofuMissing,
    VendorBusy,
)
from sovereign_wizard.tofu.stream import Diagnostic, Event, ResourceEvent, Severity, Stage
from sovereign_wizard.tofu.summary import Action
from sovereign_wizard.tofu.workdir import Workdir, private_workdir

log = structlog.get_logger(__name__)
MODULE = Path(__file__).parent / "clean_up_module"
PHASE = "clean-up"
LEASE_SECONDS = 15.0
AGAIN_SECONDS = 5.0
QUIET = (Stage.REFRESHING, Stage.REFRESHED)
PASSING = (
    HetznerAway,
    RateLimited,
    StateLocked,
    StateStoreAway,
    StillRunning,
    VaultAway,
    VendorBusy,
)


class NotOnlyTakenOver(Conflict):
    type = "clean-up-would-change"
    title = lazy("The clean-up would have changed something else")


class Protected(Conflict):
    type = "clean-up-protected"
    title = lazy("Hetzner protects something against deletion")


class StillThere(Problem):
    type = "clean-up-still-there"
    title = lazy("Something is still there")
    status = 502


@dataclass(frozen=True, slots=True)
class Work:
    """One clean-up in one worker's hands."""

    row: CleanUp
    beat: Heartbeat
    token: Secret
    redactor: Redactor

    def say(self, text: str, *, level: str = "info", source: str = "catalyst", **data: Any) -> None:
        """A line in the Deployment's log. Raises LeaseLost."""
        line = eventlog.Line(text, level=level, phase=PHASE, source=source, data=data)
        with self.beat.held.fenced():
            eventlog.append(self.row.deployment.subject, [line], redactor=self.redactor)


def advance(clean_up_id: uuid.UUID) -> None:
    """Do it, if it is still to be done and nobody else is at it."""
    held = take(f"clean-up:{clean_up_id}", holder=me(), ttl=LEASE_SECONDS)
    if held is None:
        return
    try:
        row = CleanUp.objects.select_related("deployment").filter(pk=clean_up_id).first()
        if row is not None and row.state == CleanUpState.ASKED:
            with Heartbeat(held) as beat, bound_contextvars(deployment=str(row.deployment.pk)):
                _work(row, beat)
    except LeaseLost:
        log.warning("lease lost; another worker goes on")
    finally:
        held.release()


def _work(row: CleanUp, beat: Heartbeat) -> None:
    redactor = Redactor()
    try:
        token = _token(row)
        redactor = Redactor([token, _passphrase(row.deployment)])
        work = Work(row, beat, token, redactor)
        left = _remove(work)
    except PASSING as problem:
        _postpone(row, beat, f"waiting: {problem.title}")
    except LeaseLost:
        raise
    except Problem as problem:
        _failed(row, beat, problem, redactor)
    else:
        if left is not None:
            _done(work, left)


def _postpone(row: CleanUp, beat: Heartbeat, why: str) -> None:
    with beat.held.fenced():
        if row.waits_for != why:
            eventlog.append(row.deployment.subject, [eventlog.Line(why, phase=PHASE)])
        row.waits_for, row.look_at = why[:300], Now() + timedelta(seconds=AGAIN_SECONDS)
        row.save(update_fields=["waits_for", "look_at"])


def _passphrase(deployment: Deployment) -> Secret:
    return vault.get(deployment.secrets["state-passphrase"])


def _token(row: CleanUp) -> Secret:
    return (
        vault.get(row.token_reference) if row.token_reference else sweep.kept_token(row.deployment)
    )


def _remove(work: Work) -> Inventory | None:
    """What is left at Hetzner afterwards; None when it is too early.

    Raises Protected before anything is touched, StillThere when something is left.
    """
    row = work.row
    # Before looking: an earlier tofu that is still ending takes away what was just seen.
    _earlier_is_gone(work)
    reviewed = {item.key for item in row.reviewed}
    seen = sweep.see(deployment=row.deployment, token=work.token)
    if sweep.destroys(row.deployment) and any(item.kind == "server" for item in seen.items):
        # A living cluster would make them anew.
        _postpone(row, work.beat, "the clean-up begins when the machines are gone")
        return None
    there = [item for item in seen.everything if item.key in reviewed]
    if locked := [f"{item.noun} {item.name}" for item in there if item.protected]:
        raise Protected(
            f"Lift the protection of {', '.join(locked)} in the Hetzner console and choose it "
            "again. Nothing was removed."
        )
    work.say(f"clean-up: {len(there)} of {len(reviewed)} reviewed things exist")
    with private_workdir(module=MODULE, variables=variables(there)) as workdir:
        _tofu(work, workdir)
    left = sweep.see(deployment=row.deployment, token=work.token)
    remaining = [item for item in left.everything if item.key in reviewed]
    if remaining:
        names = ", ".join(f"{item.noun} {item.name}" for item in remaining)
        raise StillThere(f"OpenTofu ended without an error, but Hetzner still has {names}.")
    return left


def _tofu(work: Work, workdir: Workdir) -> None:
    config, deployment, beat = settings.CATALYST, work.row.deployment, work.beat
    if not config.tofu or not config.tofurc:
        raise TofuMissing("OpenTofu or its provider mirror is not installed on this worker.")
    throttle.take(work.token, cost=throttle.PLAN_COST + 2 * throttle.APPLY_COST)
    built = environment.build(
        workdir=workdir.path,
        cli_config=config.tofurc,
        token=work.token,
        state_dsn=state_versions.dsn(),
        state_passphrase=_passphrase(deployment),
        variables={},
        endpoint=config.hcloud_endpoint,
    )

    def run(wanted: command.Command) -> str:
        return runner.run(
            wanted,
            environment=built,
            workdir=workdir,
            on_start=lambda who: beat.held.remember_process(asdict(who)),
            on_event=lambda event: _say(work, event),
            should_stop=beat.lost.is_set,
        ).document

    run(command.init(tofu=config.tofu, schema=_schema(work.row)))
    run(command.plan(tofu=config.tofu))
    _only_takes_over(run(command.show_plan(tofu=config.tofu)))
    run(command.apply(tofu=config.tofu))
    run(command.destroy(tofu=config.tofu))


def _only_takes_over(document: str) -> None:
    """Raises NotOnlyTakenOver for a plan that makes, changes or destroys anything."""
    planned = summary.of(document)
    if set(planned.counts) - {Action.ADOPT}:
        raise NotOnlyTakenOver(
            f"OpenTofu's plan {planned.words()}; it should only take over. Nothing was changed. "
            "Look again and choose anew."
        )


def _earlier_is_gone(work: Work) -> None:
    """Raises StillRunning, StateStoreAway, LeaseLost."""
    held = work.beat.held
    earlier.prove_gone(
        earlier.Successor(
            left=held.process(),
            dsn=state_versions.dsn(),
            schema=_schema(work.row),
            fenced=held.fenced,
            lost=work.beat.lost.is_set,
            say=work.say,
        )
    )


def _schema(row: CleanUp) -> str:
    """Where tofu keeps what a clean-up of this Deployment took over, until it is gone."""
    return f"clean_up_{row.deployment.pk.hex}"


def _say(work: Work, event: Event) -> None:
    """Resources and diagnostics are told; the rest of tofu's chatter is not."""
    if isinstance(event, Diagnostic):
        level = "error" if event.severity is Severity.ERROR else "warn"
        work.say(event.message, level=level, source="tofu")
    elif isinstance(event, ResourceEvent) and event.stage not in QUIET:
        data = {"resource": event.address, "action": event.action, "stage": str(event.stage)}
        work.say(event.message, source="tofu", **data)


def _done(work: Work, left: Inventory) -> None:
    row = work.row
    items, deployment = row.reviewed, row.deployment
    names = ", ".join(f"{item.noun} {item.name} ({item.id})" for item in items)
    saved = money(total(items), left.currency)
    with work.beat.held.fenced():
        # Nothing is in it any more, and nobody newer than we can be using it.
        state_store.drop(dsn=state_versions.dsn(), schema=_schema(row))
        _close(row, CleanUpState.DONE)
        sweep.note(deployment=deployment, inventory=left, occasion="after the clean-up")
        receipt = Receipt.objects.create(
            deployment=deployment,
            kind=ReceiptKind.LEFTOVERS_REMOVED,
            actor=row.asked_by,
            text=(
                f"OpenTofu removed what {row.asked_by} had reviewed: {names}. That saves "
                f"{saved} a month net. Left at Hetzner: {left.words()}."
            ),
        )
        _last_line(
            deployment, eventlog.Line(f"removed: {names}; receipt {receipt.pk}", phase=PHASE)
        )


def _failed(row: CleanUp, beat: Heartbeat, problem: Problem, redactor: Redactor) -> None:
    plain = {"type": problem.type, "title": problem.title, "detail": problem.detail}
    with beat.held.fenced():
        row.problem = json.loads(redactor.clean(json.dumps(plain)))
        _close(row, CleanUpState.FAILED)
        text = f"clean-up failed: {row.problem['title']}. {row.problem['detail']}"
        _last_line(row.deployment, eventlog.Line(text, level="error", phase=PHASE))


def _last_line(deployment: Deployment, line: eventlog.Line) -> None:
    """The log ends with it, unless a run goes on telling."""
    eventlog.append(deployment.subject, [line])
    if not deployment.runs.filter(finished_at__isnull=True).exists():
        eventlog.finish(deployment.subject)


def _close(row: CleanUp, state: str) -> None:
    """A token given for this alone is forgotten with it."""
    if row.token_reference:
        vault.delete(row.token_reference)
    row.state, row.finished_at, row.token_reference = state, timezone.now(), ""
    row.waits_for = ""
    row.save(update_fields=["state", "finished_at", "token_reference", "waits_for", "problem"])
