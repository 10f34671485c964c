"""The supervisor never lets its child outlive the right to run, nor be blocked by a dead reader.

The child here is a small shell program: what the supervisor promises holds for any program.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sovereign_wizard.tofu import identity, supervisor
from tests.integration.internet.running import until

# `wait` ends at once when a trapped signal comes, `sleep` alone would not let the trap run.
HOLD = "sleep 60 >/dev/null 2>&1 & wait $!"

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []

    def start(
        script: str, *, interrupt: float = 60, terminate: float = 60
    ) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [
                sys.executable,
                "-I",
                supervisor.__file__,
                f"--interrupt={interrupt}",
                f"--terminate={terminate}",
                "--",
                "bash",
                "-c",
                script,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()


def go(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin
    process.stdin.write(b"go\n")


def line(process: subprocess.Popen[bytes]) -> str:
    assert process.stdout
    return process.stdout.readline().decode().rstrip("\n")


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_given_a_program_when_it_ends_then_its_lines_and_code_come_through(start: Start) -> None:
    process = start("echo out; echo err >&2; printf unfinished; exit 7")
    go(process)
    assert process.stdout
    assert set(process.stdout.read().decode().split("\n")) == {"o:out", "o:unfinished", "e:err", ""}
    assert process.wait(10) == 7


def test_given_no_go_when_stdin_closes_then_nothing_was_run(start: Start, tmp_path: Path) -> None:
    process = start(f"touch {tmp_path}/ran")
    assert process.stdin
    process.stdin.close()
    assert process.wait(10) == supervisor.NEVER_STARTED
    assert not (tmp_path / "ran").exists()


def test_given_a_running_program_when_stdin_closes_then_it_gets_one_sigint(start: Start) -> None:
    process = start(f"trap 'echo saved; exit 3' INT; trap 'exit 9' TERM; echo up; {HOLD}")
    go(process)
    assert line(process) == "o:up"
    assert process.stdin
    process.stdin.close()
    assert line(process) == "o:saved"
    assert process.wait(10) == 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_given_a_running_program_when_the_supervisor_is_signalled_then_it_gets_sigint(
    start: Start, number: signal.Signals
) -> None:
    process = start(f"trap 'exit 3' INT; echo up; {HOLD}")
    go(process)
    line(process)
    process.send_signal(number)
    assert process.wait(10) == 3


def test_given_a_program_deaf_to_sigint_when_stopped_then_sigterm_follows(start: Start) -> None:
    process = start(f"trap '' INT; trap 'exit 4' TERM; echo up; {HOLD}", interrupt=0.2)
    go(process)
    line(process)
    assert process.stdin
    process.stdin.close()
    assert process.wait(10) == 4


def test_given_a_program_deaf_to_both_when_stopped_then_it_is_killed(start: Start) -> None:
    process = start(
        f"trap '' INT TERM; echo up; while :; do {HOLD}; done", interrupt=0.1, terminate=0.1
    )
    go(process)
    line(process)
    assert process.stdin
    process.stdin.close()
    assert process.wait(10) == 128 + signal.SIGKILL


def test_given_a_reader_that_died_when_the_program_goes_on_writing_then_it_still_ends_well(
    start: Start, tmp_path: Path
) -> None:
    # A loop: the signal may come before the shell gets to wait for anything.
    hold = 'until [ "$told" ]; do sleep 0.1; done'
    process = start(
        f"trap told=1 INT; echo up; {hold}; yes | head -c 5000000; touch {tmp_path}/saved"
    )
    go(process)
    line(process)
    assert process.stdout and process.stdin
    process.stdout.close()
    process.stdin.close()
    assert process.wait(60) == 0
    assert (tmp_path / "saved").exists()


def test_given_a_reader_that_hangs_when_stopped_then_the_program_still_ends_well(
    start: Start, tmp_path: Path
) -> None:
    process = start(f"trap '' INT; echo up; yes | head -c 30000000; touch {tmp_path}/saved")
    go(process)
    line(process)
    process.send_signal(signal.SIGTERM)  # nobody reads stdout, nobody closed it either
    until((tmp_path / "saved").exists, seconds=60)
    assert process.wait(60) == 0


def test_given_a_killed_supervisor_when_it_is_gone_then_so_is_the_program(start: Start) -> None:
    process = start(f"trap '' INT TERM; echo $$; while :; do {HOLD}; done")
    go(process)
    child = int(line(process).removeprefix("o:"))
    process.kill()
    process.wait(10)
    until(lambda: not alive(child), seconds=60)


def test_given_a_grandchild_when_the_program_is_killed_then_it_does_not_stay_behind(
    start: Start,
) -> None:
    process = start("sleep 1000 >/dev/null & echo $!; kill -9 $$")
    go(process)
    grandchild = int(line(process).removeprefix("o:"))
    assert process.wait(10) == 128 + signal.SIGKILL
    assert not alive(grandchild)


def test_given_a_living_run_when_asked_then_its_identity_says_so_until_it_ends(
    start: Start,
) -> None:
    process = start(f"trap 'exit 0' INT; echo up; {HOLD}")
    who = identity.of(process.pid)
    go(process)
    line(process)
    assert identity.still_running(who)
    identity.ask_to_stop(who)
    identity.wait_gone(who, seconds=10)
    assert not identity.still_running(who)


def test_given_a_killed_supervisor_with_a_plugin_left_when_waited_for_then_the_plugin_is_ended(
    start: Start,
) -> None:
    process = start("sleep 1000 >/dev/null & echo $!; wait")
    who = identity.of(process.pid)
    go(process)
    plugin = int(line(process).removeprefix("o:"))
    process.kill()
    process.wait(10)
    assert identity.still_running(who)
    identity.wait_gone(who, seconds=10)
    assert not alive(plugin)
