"""`make chaos ROUNDS=n [SEED=s]`: n rounds of provisioning and n of redeeming, each with its seed;
the last line is the verdict."""

from __future__ import annotations

import argparse
import os
import sys
import time

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "catalyst.settings.embedded"
django.setup()

# ruff: noqa: E402 - the rounds know the phases, and those know models
from catalyst.embedded.control import Stack
from catalyst.embedded.demo.path import Cloud
from catalyst.embedded.state import StackState
from tests.e2e.conftest import Console, hetzner, wish_for
from tests.fault.chaos import sagas
from tests.fault.chaos.rounds import Round, play
from tests.plugins.backing_stack import STATE_DIR, start_from_nothing


def main() -> int:
    parser = argparse.ArgumentParser(prog="chaos")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1000)
    wanted = parser.parse_args()
    stack, began = Stack(STATE_DIR), time.monotonic()
    if start_from_nothing():
        return 3
    broken: list[Round] = []
    try:
        for number in range(wanted.rounds):
            round_ = Round.of(wanted.seed + number)
            if not _survives(round_, stack):
                broken.append(round_)
    finally:
        stack.stop()
    provisioned = wanted.rounds - len(broken)
    redeemed = sagas.survived(wanted.rounds, wanted.seed)
    minutes = (time.monotonic() - began) / 60
    print(
        f"chaos: of {wanted.rounds} rounds each, {provisioned} of provisioning and {redeemed} of"
        f" redeeming survived in {minutes:.1f} min"
    )
    return 0 if provisioned == redeemed == wanted.rounds else 1


def _survives(round_: Round, stack: Stack) -> bool:
    state = StackState.load(STATE_DIR)
    cloud, began = Cloud(state), time.monotonic()
    token = cloud.token(f"chaos-{round_.seed}")
    wish = wish_for(token)
    try:
        console = Console(state, ("member",))
        play(round_, stack=stack, state=state, cloud=cloud, console=console, wish=wish)
    except BaseException as failure:
        print(f"✗ {round_}: {type(failure).__name__}: {str(failure)[:400]}", flush=True)
        if isinstance(failure, KeyboardInterrupt):
            raise
        return False
    finally:
        # A hundred Sovereigns at once are more than a laptop holds.
        for server in hetzner(state, token).servers.get_all():
            server.delete()
    print(f"✓ {round_}: ready after {time.monotonic() - began:.0f} s", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
