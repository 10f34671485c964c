"""`kubectl exec` into a Pod of processes: its name spaces and variables, streams, exit code."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.integration.internet.running import until
from tests.integration.localcloud.cluster.running import PROBE, Space, deployment, sleepers

pytestmark = pytest.mark.xdist_group("cluster")
SLEEP = "4711"
SAID_SECONDS = 30.0


@pytest.fixture
def app(space: Space) -> Space:
    """One Pod with a variable of its own, run by an ordinary user, and one without a process."""
    env = [{"name": "COLOUR", "value": "red"}]
    user = {"runAsUser": 4711, "runAsGroup": 4712}
    space.apply(
        deployment("app", {"env": env, "securityContext": user, "readinessProbe": PROBE}),
        deployment("hollow", {"image": "nobody.example/knows:1"}),
    )
    space.rolled_out("deployment/app")
    return space


def test_given_a_pod_then_a_command_sees_what_its_program_sees(app: Space) -> None:
    script = "cat /etc/hostname; echo $COLOUR $FROM_IMAGE; id -u; id -g; cat /proc/1/cmdline"
    said = app.tried("exec", "deploy/app", "--", "sh", "-c", script).stdout
    name, variables, user, group, first = said.split("\n")
    assert name == app.pod("app")["metadata"]["name"]
    assert (variables, user, group) == ("red yes", "4711", "4712")
    # Its own processes, of which the first is its program.
    assert "program.py" in first
    addresses = app.tried("exec", "deploy/app", "--", "hostname", "-I").stdout.split()
    assert addresses == [app.pod("app")["status"]["podIP"]]


def test_given_what_is_typed_then_it_arrives_to_its_end_and_the_streams_stay_apart(
    app: Space,
) -> None:
    long = "".join(f"line {number}\n" for number in range(40_000))
    script = "cat; echo wrong >&2; exit 7"
    done = app.tried("exec", "-i", "deploy/app", "--", "sh", "-c", script, told=long)
    assert done.stdout == long
    assert done.stderr == "wrong\ncommand terminated with exit code 7\n"
    assert done.returncode == 7


@pytest.mark.parametrize(("script", "code"), [("exit 0", 0), ("kill -9 $$", 137), ("nowhere", 127)])
def test_given_how_a_command_ends_then_kubectl_ends_the_same(
    app: Space, script: str, code: int
) -> None:
    # Before the end of its input: nobody waits for that.
    assert app.tried("exec", "-i", "deploy/app", "--", "sh", "-c", script).returncode == code


def test_given_a_container_without_a_process_then_it_says_so(app: Space) -> None:
    until(lambda: app.pod("hollow")["status"]["phase"] == "Running", seconds=30)
    done = app.tried("exec", "deploy/hollow", "--", "true")
    assert done.returncode == 1 and "no process of container main is running" in done.stderr


def test_given_a_client_that_goes_then_its_command_goes_too(app: Space) -> None:
    script = f"echo on; exec sleep {SLEEP}"
    with running(app, "deploy/app", "--", "sh", "-c", script, stdout=subprocess.PIPE) as asking:
        assert asking.stdout is not None
        until_said(asking.stdout.fileno(), "on\n")
        until(lambda: sleepers(SLEEP), seconds=20)
        asking.kill()
    until(lambda: not sleepers(SLEEP), seconds=20)


def test_given_a_terminal_then_the_command_is_at_one_of_that_size(app: Space) -> None:
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 91, 0, 0))
    streams = {"stdin": its, "stdout": its, "stderr": its}
    try:
        with running(app, "-it", "deploy/app", "--", "sh", **streams) as asking:
            until_said(ours, "$ ")
            # The terminal shows what is typed as well: that is not yet the answer.
            os.write(ours, b"until [ \"$(stty size)\" = '33 91' ]; do :; done; echo wi''de; tty\n")
            until_said(ours, "wide", "/dev/")
            os.write(ours, b"exit 9\n")
            until_said(ours, "exit code 9")
            assert asking.wait(20) == 9
    finally:
        os.close(ours)
        os.close(its)


@contextmanager
def running(space: Space, *argv: str, **streams: int) -> Iterator[subprocess.Popen[bytes]]:
    """`kubectl exec`, ended at the end whatever it does."""
    with subprocess.Popen(space.command("exec", *argv), **streams) as asking:
        try:
            yield asking
        finally:
            asking.kill()


def until_said(descriptor: int, *words: str) -> None:
    """Read until all of them came, one after the other."""
    said, end = "", time.monotonic() + SAID_SECONDS
    for word in words:
        while word not in said:
            ready, _, _ = select.select([descriptor], [], [], max(0.0, end - time.monotonic()))
            more = os.read(descriptor, 4096) if ready else b""
            assert more, f"no {word!r} in {said!r}"
            said += more.decode()
        said = said.partition(word)[2]
