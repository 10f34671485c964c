"""The table of states: every step has a state, every end is one, nothing leads out of it."""

from __future__ import annotations

from dns.byo import machine
from dns.byo.models import ENDED, MoveState, Step
from dns.byo.worker import STEPS


def test_given_the_table_then_every_state_is_in_it_and_only_ends_lead_nowhere() -> None:
    assert set(machine.TRANSITIONS) == set(MoveState.values)
    assert {state for state, to in machine.TRANSITIONS.items() if not to} == set(ENDED)


def test_given_the_steps_of_every_state_then_what_follows_is_allowed_and_somebody_does_them() -> (
    None
):
    for state, (steps, beyond) in machine.STEPS.items():
        assert beyond == state or beyond in machine.TRANSITIONS[state]
        assert set(steps) <= set(STEPS)
    assert set(STEPS) == set(Step.values) - {Step.NONE}


def test_given_any_step_done_again_and_again_then_the_way_here_ends_at_the_watch() -> None:
    state, step = str(MoveState.PREPARING), machine.first_step(MoveState.PREPARING)
    seen = []
    while state != MoveState.ACTIVE:
        seen.append(step)
        state, step = machine.after(state, step)
    assert tuple(seen) == machine.FORWARD


def test_given_nobody_who_gave_a_domain_up_then_no_way_back_into_failed() -> None:
    assert MoveState.FAILED not in machine.TRANSITIONS[MoveState.ACTIVE]
    assert MoveState.FAILED not in machine.TRANSITIONS[MoveState.RELEASING]
