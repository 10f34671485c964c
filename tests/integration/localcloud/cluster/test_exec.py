"""`kubectl exec` into a Pod of processes: its name spaces and variables, streams, exit code."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from pathlib import Path

import pytest

from infra.check import tools
from tests.integration.internet.running import until
from tests.integration.localcloud.cluster.running import PROBE, Space, deployment

pytestmark = pytest.mark.xdist_group("cluster")


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


def tried(space: Space, *argv: str, told: str = "") -> subprocess.CompletedProcess[str]:
    return space.cluster.tried("--namespace", space.name, "exec", *argv, told=told)


def test_given_a_pod_then_a_command_sees_what_its_program_sees(app: Space) -> None:
    script = "cat /etc/hostname; echo $COLOUR $FROM_IMAGE; id -u; id -g; cat /proc/1/cmdline"
    said = tried(app, "deploy/app", "--", "sh", "-c", script).stdout
    name, variables, user, group, first = said.split("\n")
    assert name == app.pod("app")["metadata"]["name"]
    assert (variables, user, group) == ("red yes", "4711", "4712")
    # Its own processes, of which the first is its program.
    assert "program.py" in first
    addresses = tried(app, "deploy/app", "--", "hostname", "-I").stdout.split()
    assert addresses == [app.pod("app")["status"]["podIP"]]


def test_given_what_is_typed_then_it_arrives_to_its_end_and_the_streams_stay_apart(
    app: Space,
) -> None:
    long = "".join(f"line {number}\n" for number in range(40_000))
    script = "cat; echo wrong >&2; exit 7"
    done = tried(app, "-i", "deploy/app", "--", "sh", "-c", script, told=long)
    assert done.stdout == long
    assert done.stderr == "wrong\ncommand terminated with exit code 7\n"
    assert done.returncode == 7


@pytest.mark.parametrize(("script", "code"), [("exit 0", 0), ("kill -9 $$", 137), ("nowhere", 127)])
def test_given_how_a_command_ends_then_kubectl_ends_the_same(
    app: Space, script: str, code: int
) -> None:
    # Before the end of its input: nobody waits for that.
    assert tried(app, "-i", "deploy/app", "--", "sh", "-c", script).returncode == code


def test_given_a_container_without_a_process_then_it_says_so(app: Space) -> None:
    until(lambda: app.pod("hollow")["status"]["phase"] == "Running", seconds=30)
    done = tried(app, "deploy/hollow", "--", "true")
    assert done.returncode == 1 and "no process of container main is running" in done.stderr


def test_given_a_client_that_goes_then_its_command_goes_too(app: Space, tmp_path: Path) -> None:
    argv = [*kubectl(app), "exec", "deploy/app", "--", "sh", "-c", "echo on; exec sleep 4711"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as asking:
        assert asking.stdout is not None and asking.stdout.readline() == "on\n"
        assert sleepers()
        asking.kill()
    until(lambda: not sleepers(), seconds=20)


def test_given_a_terminal_then_the_command_is_at_one_of_that_size(app: Space) -> None:
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 91, 0, 0))
    argv = [*kubectl(app), "exec", "-it", "deploy/app", "--", "sh"]
    try:
        with subprocess.Popen(argv, stdin=its, stdout=its, stderr=its) as asking:
            said = ""

            def until_said(words: str) -> None:
                nonlocal said
                while words not in said:
                    said += os.read(ours, 4096).decode()

            until_said("$ ")
            os.write(ours, b"until [ \"$(stty size)\" = '33 91' ]; do :; done; echo si''ze; tty\n")
            until_said("size")
            until_said("/dev/")
            os.write(ours, b"exit 9\n")
            until_said("exit code 9")
            assert asking.wait(20) == 9
    finally:
        os.close(ours)
        os.close(its)


def kubectl(space: Space) -> list[str]:
    config = str(space.cluster.state / "k3s.yaml")
    return [str(tools.kubectl()), "--kubeconfig", config, "--namespace", space.name]


def sleepers() -> list[str]:
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if place.read_bytes() == b"sleep\x004711\x00":
                found.append(place.parent.name)
        except OSError:
            continue
    return found
