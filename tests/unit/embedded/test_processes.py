"""Finding processes in /proc and ending all of them."""

import os
import subprocess
import sys
from pathlib import Path

from catalyst.embedded import processes


def started(*, mark: Path, code: str, service: str = "one") -> subprocess.Popen[bytes]:
    """A Python program of the stack `mark` that has written a line, so is running its code."""
    env = {"PATH": os.environ["PATH"], processes.MEMBER: str(mark), processes.SERVICE: service}
    child = subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    return child


SLEEP = "print(flush=True); import time; time.sleep(60)"
PARENT = f"import subprocess, sys, time; subprocess.run([sys.executable, '-c', {SLEEP!r}])"


def test_given_a_child_of_a_child_when_searched_then_it_is_a_descendant(tmp_path: Path):
    with started(mark=tmp_path, code=PARENT) as child:
        below = processes.descendants(child.pid)
        assert len(below) == 1
        assert below < processes.descendants(os.getpid())
        processes.kill_until_gone(lambda: processes.marked(tmp_path))


def test_given_two_stacks_when_one_is_swept_then_the_other_one_lives(tmp_path: Path):
    mine, other = tmp_path / "a", tmp_path / "ab"
    with started(mark=mine, code=PARENT) as child, started(mark=other, code=SLEEP) as neighbour:
        left = processes.kill_until_gone(lambda: processes.marked(mine))
        assert left == set()
        assert processes.marked(mine) == set()
        assert child.wait() == -9
        assert neighbour.poll() is None
        neighbour.kill()


def test_given_two_services_when_one_is_searched_then_the_other_is_not_found(tmp_path: Path):
    with (
        started(mark=tmp_path, code=SLEEP) as one,
        started(mark=tmp_path, code=SLEEP, service="two") as two,
    ):
        found = processes.of_service(tmp_path, "two", under=os.getpid(), session=None)
        assert found == {two.pid}
        one.kill()
        two.kill()


def test_given_an_ended_child_nobody_has_waited_for_then_it_is_not_alive(tmp_path: Path):
    child = started(mark=tmp_path, code="print()")
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not processes.is_alive(child.pid)
    assert child.pid not in processes.descendants(os.getpid())
    child.wait()
