"""A few seeded rounds in every `make test`; `make chaos ROUNDS=100` plays many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from catalyst.embedded.control import Stack
from catalyst.embedded.demo.path import Cloud
from catalyst.embedded.state import StackState
from tests.e2e.conftest import Console
from tests.fault.chaos.rounds import VICTIMS, Round, play

pytestmark = [pytest.mark.xdist_group("mortal"), pytest.mark.slow]


def one_of_each() -> list[Round]:
    """The first seed of each victim, so that five rounds kill five different things."""
    found: dict[str, Round] = {}
    seed = 0
    while len(found) < len(VICTIMS):
        round_ = Round.of(seed := seed + 1)
        found.setdefault(round_.victim, round_)
    return list(found.values())


@pytest.mark.parametrize("round_", one_of_each(), ids=lambda round_: round_.victim)
def test_given_a_killed_process_when_a_sovereign_is_made_then_ready_one_set_and_a_whole_log(
    round_: Round,
    stack: Stack,
    state: StackState,
    cloud: Cloud,
    console: Console,
    make_wish: Callable[..., dict[str, Any]],
) -> None:
    print(round_)
    wish = make_wish(cloud.token(f"chaos-{round_.seed}"))
    play(round_, stack=stack, state=state, cloud=cloud, console=console, wish=wish)
