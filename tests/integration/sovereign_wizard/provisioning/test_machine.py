"""The machine, walked at random over the real services, the real director and real rows."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from catalyst.problem import Conflict, Problem
from catalyst.vault import services as vault
from catalyst.work.leases import take
from catalyst.work.steps import Done, Fail, Wait
from sovereign_wizard.provisioning import director, machine, services
from sovereign_wizard.provisioning.models import Deployment, PhaseState, Run, RunKind, State
from tests.integration.sovereign_wizard.provisioning.scripted import phases

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Deployment]

WALK = settings(
    max_examples=16,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=(Phase.generate,),  # each step is real: making a failure smaller would take minutes
)


class Stuck(Problem):
    type = "stuck"
    title = "It gave up"


def walker(make: Make) -> type[RuleBasedStateMachine]:
    class Walk(RuleBasedStateMachine):
        """`row` is one Deployment; every rule is something that may happen to it at any time."""

        @initialize(approve=st.booleans())
        def accepted(self, approve: bool) -> None:
            self.accept(approve=approve)

        def accept(self, *, approve: bool) -> None:
            self.row = make(approve_plan=approve)
            self.bearer = vault.get(self.row.secrets["callback-bearer"]).reveal()

        def work(
            self, answer: Any, *, after: int = 0, meanwhile: Callable[[], None] = lambda: None
        ) -> None:
            """A worker comes by: `after` phases are done, then one answers."""
            left = [after]

            def say(_: Any) -> Any:
                left[0] -= 1
                if left[0] >= 0:
                    return Done()
                meanwhile()
                return answer

            director.advance(self.row.pk, phases=phases(default=say))

        # Few rules with many arguments: Hypothesis leaves whole rules out of an example.
        @precondition(lambda self: self.fresh().state in machine.IN_WORK)
        @rule(
            answer=st.sampled_from(["wait", "done", "fail", "wait", "cancelled", "killed"]),
            after=st.integers(0, 4),
        )
        def a_worker_comes_by(self, answer: str, after: int) -> None:
            match answer:
                case "done":
                    self.work(Done())
                case "wait":
                    self.work(Wait("Something outside is needed.", 60), after=after)
                case "fail":
                    self.work(Fail(Stuck("on purpose")), after=after)
                case "cancelled":
                    self.work(Done(), after=after, meanwhile=self.cancel)
                case "killed":  # it took the lease and wrote nothing more
                    assert take(self.row.subject, holder="dead", ttl=0.001) is not None

        @rule(
            act=st.sampled_from(["cancel", "retry", "destroy", "approve", "call back"]),
            phase=st.sampled_from([None, None, "preflight", "tofu-plan", "sweep", "nonsense"]),
        )
        def somebody_acts(self, act: str, phase: str | None) -> None:
            row = self.fresh()
            match act:
                case "cancel":
                    self.cancel()
                case "retry":
                    self.attempt(lambda: services.retry(deployment=row, actor="a", phase=phase))
                case "destroy":
                    self.attempt(
                        lambda: services.destroy(deployment=row, actor="a", confirm_fqdn=row.fqdn)
                    )
                case "approve":
                    self.attempt(
                        lambda: services.approve(deployment=row, plan_sha256="0" * 64, actor="a")
                    )
                case "call back":
                    services.call_back(deployment_id=row.pk, bearer=self.bearer, hostname="cp-0")
            if row.state == State.DESTROYED:
                self.its_name_is_free_for_the_next()

        def its_name_is_free_for_the_next(self) -> None:
            Deployment.objects.create(
                owner=self.row.owner,
                idempotency_key=str(self.row.pk),
                fqdn=self.row.fqdn,
                allocation_id=self.row.allocation_id,
            ).delete()
            self.accept(approve=False)

        def cancel(self) -> None:
            self.attempt(lambda: services.cancel(deployment=self.fresh(), actor="a"))

        def attempt(self, act: Callable[[], Any]) -> None:
            """A refusal is an answer; it must leave everything as it was."""
            before = self.seen()
            try:
                act()
            except Problem:
                assert self.seen() == before

        def seen(self) -> tuple[Any, ...]:
            row = self.fresh()
            return row.state, row.runs.count(), row.spans.count(), row.facts

        def fresh(self) -> Deployment:
            return Deployment.objects.get(pk=self.row.pk)

        @invariant()
        def at_most_one_run_is_open_and_only_while_in_work(self) -> None:
            if not hasattr(self, "row"):
                return
            row = self.fresh()
            open_runs = row.runs.filter(finished_at__isnull=True)
            assert open_runs.count() == (row.state in machine.IN_WORK)

        @invariant()
        def spans_are_a_legal_path_without_gap_or_overlap(self) -> None:
            if not hasattr(self, "row"):
                return
            row, spans = self.fresh(), list(self.row.spans.order_by("id"))
            assert spans[0].state == State.QUEUED
            for one, following in pairwise(spans):
                assert one.until == following.since
                assert following.state in machine.TRANSITIONS[one.state]
            assert spans[-1].until is None and spans[-1].state == row.state
            assert spans[-1].since == row.state_since

        @invariant()
        def ready_and_destroyed_mean_every_phase_is_done(self) -> None:
            if not hasattr(self, "row"):
                return
            row, last = self.fresh(), self.row.runs.order_by("-number").first()
            if row.state in (State.READY, State.DESTROYED):
                assert last.kind == kind_that_ends(row.state)
                assert {phase.state for phase in last.phases.all()} == {PhaseState.DONE}

        @invariant()
        def a_destroyed_one_keeps_no_secret_but_the_states(self) -> None:
            if hasattr(self, "row") and self.fresh().state == State.DESTROYED:
                assert set(self.fresh().secrets) == {"state-passphrase"}

    return Walk


def kind_that_ends(state: str) -> str:
    return RunKind.DESTROY if state == State.DESTROYED else RunKind.PROVISION


def test_given_anything_happening_in_any_order_then_the_machine_holds(make: Make) -> None:
    run_state_machine_as_test(walker(make), settings=WALK)


def test_given_every_pair_of_states_when_moved_then_only_the_table_allows_it(make: Make) -> None:
    row = make()
    for state in State:
        for to in State:
            Deployment.objects.filter(pk=row.pk).update(state=state)
            if to in machine.TRANSITIONS[state]:
                with transaction.atomic():
                    machine.transition(row, to)
            else:
                with pytest.raises(machine.IllegalTransition), transaction.atomic():
                    machine.transition(row, to)


def test_w24_given_two_living_deployments_when_of_one_name_then_the_database_refuses(
    make: Make,
) -> None:
    one, other = make(), make()
    with pytest.raises(IntegrityError), transaction.atomic():
        Deployment.objects.filter(pk=other.pk).update(fqdn=one.fqdn)


def test_given_a_run_at_work_when_another_is_opened_then_the_database_refuses(make: Make) -> None:
    row = make()
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.create(deployment=row, number=2, started_by="a")


def test_given_a_destroy_at_work_when_cancelled_then_refused(make: Make) -> None:
    row = make()
    director.advance(row.pk, phases=phases())
    services.destroy(deployment=row, actor="a", confirm_fqdn=row.fqdn)
    with pytest.raises(Conflict):
        services.cancel(deployment=row, actor="a")
