"""Whatever is killed, at whatever moment: no process is left over, and the next start works."""

import os
import signal
import subprocess
import time

import psycopg
import pytest

from catalyst.embedded import accounts, processes
from catalyst.embedded.state import BASE_DIR
from catalyst.embedded.status import Condition
from tests.integration.embedded.running import RunningStack, all_gone, kill, wait_until


def answers(stack: RunningStack) -> bool:
    with psycopg.connect(stack.state.postgres_url or "", connect_timeout=10) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("leader", ["keeper", "supervisor", "both"])
def test_given_a_stack_when_its_leader_is_killed_then_nothing_is_left_and_it_starts_again(
    stack: RunningStack, leader: str
):
    stack.up("postgres", "redis", "powerdns", "internet")
    everything = stack.everything()
    keeper, supervisor = stack.leaders
    kill(*{"keeper": [keeper], "supervisor": [supervisor], "both": [keeper, supervisor]}[leader])
    wait_until(lambda: all_gone(everything), seconds=10)
    wait_until(lambda: not stack.is_running)
    stack.up("postgres", "redis", "powerdns", "internet")
    assert answers(stack)


def test_given_a_postgres_lock_of_a_living_stranger_when_started_then_it_is_not_in_the_way(
    stack: RunningStack,
):
    stack.up("postgres")
    lock = stack.state_dir / "postgres" / "data" / "postmaster.pid"
    words = lock.read_text().split("\n", 1)[1]
    kill(*stack.leaders)
    wait_until(lambda: not stack.is_running)
    user = accounts.POSTGRES if os.geteuid() == 0 else None  # PostgreSQL heeds its own user's only
    stranger = subprocess.Popen(["sleep", "60"], start_new_session=True, user=user)
    lock.write_text(f"{stranger.pid}\n{words}")
    stack.up("postgres")
    assert answers(stack)
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_given_leftovers_of_a_killed_stack_when_started_again_then_they_are_cleared(
    stack: RunningStack,
):
    stack.up("redis")
    env = {**stack.env, processes.MEMBER: str(stack.state_dir), processes.SERVICE: "worker"}
    leftover = subprocess.Popen(["sleep", "60"], env=env, start_new_session=True)
    (stack.state_dir / "run" / "worker.pid").write_text(f"{leftover.pid}\n")
    kill(*stack.leaders)
    wait_until(lambda: not stack.is_running)
    stack.up("redis")
    assert leftover.wait(timeout=5) == -signal.SIGKILL
    assert [path.name for path in (stack.state_dir / "run").glob("*.pid")] == ["redis.pid"]


@pytest.mark.parametrize("service", ["postgres", "redis", "powerdns"])
def test_given_a_stack_when_one_program_is_killed_then_it_is_started_again(
    stack: RunningStack, service: str
):
    stack.up("postgres", "redis", "powerdns")
    killed = stack.service(service).pid
    kill(killed)
    wait_until(lambda: stack.service(service).restarts == 1)
    wait_until(lambda: stack.service(service).condition is Condition.UP)
    assert stack.service(service).pid != killed
    assert answers(stack)
    assert stack.status()["phase"] == "up"


def test_given_a_foreground_stack_when_interrupted_then_it_is_gone_within_10_seconds(
    stack: RunningStack,
):
    program = stack.foreground("postgres", "redis", "powerdns")
    everything = stack.everything()
    began = time.monotonic()
    program.send_signal(signal.SIGINT)
    out, _ = program.communicate(timeout=15)
    assert time.monotonic() - began < 10
    assert program.returncode == 0
    assert "stopped after" in out
    assert all_gone(everything)


def test_given_a_foreground_stack_when_its_terminal_is_killed_then_nothing_is_left(
    stack: RunningStack,
):
    program = stack.foreground("postgres", "redis")
    everything = stack.everything()
    program.kill()
    program.communicate()
    wait_until(lambda: all_gone(everything), seconds=10)
    log = (stack.state_dir / "logs" / "postgres.log").read_text()
    assert "database system is shut down" in log


def test_given_two_starts_at_once_then_one_wins_and_the_other_says_so(stack: RunningStack):
    stack.state_dir.mkdir()
    starts = [
        subprocess.Popen(
            stack.command("up", "--detach", "--only", "postgres,redis"),
            cwd=BASE_DIR,
            env=stack.env,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    said = [start.communicate(timeout=60)[0] for start in starts]
    assert [start.returncode for start in starts] == [0] * 4
    assert sum("already running" in text for text in said) == 3
    assert sum("up in" in text for text in said) == 1
    assert answers(stack)


def test_given_a_program_that_ignores_being_asked_when_stopped_then_it_is_killed(
    stack: RunningStack,
):
    stack.up("redis")
    redis = stack.service("redis").pid
    assert redis is not None
    processes.send([redis], signal.SIGSTOP)
    began = time.monotonic()
    assert stack.run("down").returncode == 0
    assert time.monotonic() - began < 10
    assert all_gone({redis})


def test_given_a_start_interrupted_in_the_first_moments_then_the_next_one_works(
    stack: RunningStack,
):
    program = subprocess.Popen(
        stack.command("up", "--only", "postgres"),
        cwd=BASE_DIR,
        env=stack.env,
        stdout=subprocess.DEVNULL,
    )
    half_made = stack.state_dir / "postgres" / "data.new"
    wait_until(half_made.exists)
    program.kill()
    program.wait()
    wait_until(lambda: not stack.is_running)
    assert stack.members == set()
    stack.up("postgres")
    assert answers(stack)
