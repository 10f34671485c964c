"""The stack as somebody at a terminal meets it."""

import socket
from pathlib import Path

import pytest

from catalyst.embedded.ports import choose_port
from catalyst.embedded.state import StackState
from tests.integration.embedded.running import RunningStack


def test_given_a_running_stack_when_asked_then_every_service_is_up_with_its_address(
    shared: RunningStack,
):
    status = shared.status()
    conditions = {name: service["condition"] for name, service in status["services"].items()}
    assert status["running"]
    assert conditions == {
        "postgres-init": "done",
        "postgres": "up",
        "databases": "done",
        "redis": "up",
        "powerdns": "up",
        "dnsdist": "up",
    }
    where = status["services"]["redis"]["where"]
    assert where == f"127.0.0.1:{shared.state.ports['redis']}"


def test_given_a_running_stack_when_started_again_then_it_says_so_and_exits_0(
    shared: RunningStack,
):
    before = shared.leaders
    again = shared.run("up", "--detach", "--only", "postgres,redis")
    assert again.returncode == 0
    assert "already running" in again.stdout
    assert shared.leaders == before


def test_given_a_running_stack_without_a_service_when_that_is_asked_for_then_it_is_refused(
    shared: RunningStack,
):
    more = shared.run("up", "--detach", "--only", "redis,pebble")
    assert more.returncode == 1
    assert "without pebble: stop it first (stack down)" in more.stderr


def test_given_a_running_stack_when_its_processes_are_listed_then_no_secret_is_in_an_argument(
    shared: RunningStack,
):
    arguments = b"".join(
        Path(f"/proc/{pid}/cmdline").read_bytes() for pid in shared.everything()
    ).decode()
    assert "postgres" in arguments
    assert not [name for name, secret in shared.state.secrets.items() if secret in arguments]


def test_given_a_running_stack_when_its_files_are_searched_then_secrets_are_in_0600_files_only(
    shared: RunningStack,
):
    secrets = [secret.encode() for secret in shared.state.secrets.values()]
    holders = [
        path
        for path in shared.state_dir.rglob("*")
        if path.is_file() and any(secret in path.read_bytes() for secret in secrets)
    ]
    assert holders
    assert [path for path in holders if path.stat().st_mode & 0o077] == []
    assert [path for path in holders if path.parent.name == "logs"] == []


def test_given_a_running_stack_when_a_log_is_asked_for_then_its_last_lines_are_shown(
    shared: RunningStack,
):
    assert "database system is ready" in shared.run("logs", "postgres").stdout
    everything = shared.run("logs").stdout
    assert "redis " in everything
    assert "postgres " in everything


def test_given_a_name_without_a_log_when_asked_for_then_the_answer_is_one_line(
    shared: RunningStack,
):
    done = shared.run("logs", "mysql")
    assert done.returncode == 1
    assert done.stderr.startswith("there is no log of mysql")


def test_given_two_state_folders_when_both_are_started_then_they_share_no_port_and_no_range(
    shared: RunningStack, stack: RunningStack
):
    stack.up("redis", "powerdns")
    one, two = shared.state, stack.state
    assert one.public_range != two.public_range
    assert not set(one.ports.values()) & set(two.ports.values())
    assert stack.status()["phase"] == shared.status()["phase"] == "up"


def test_given_a_public_range_of_another_stack_when_asked_for_by_name_then_it_is_refused(
    shared: RunningStack, stack: RunningStack
):
    public_range = shared.state.public_range
    assert public_range is not None
    done = stack.run("up", "--detach", "--only", "powerdns", CATALYST_PUBLIC_RANGE=public_range)
    assert done.returncode == 1
    assert f"{public_range} is in use by another stack" in done.stderr


def test_given_a_stopped_stack_when_its_port_is_taken_then_the_next_start_chooses_another(
    stack: RunningStack,
):
    stack.up("redis")
    stack.run("down")
    port = stack.state.ports["redis"]
    with socket.create_server(("127.0.0.1", port)):
        stack.up("redis")
        assert stack.state.ports["redis"] != port
        assert stack.status()["services"]["redis"]["condition"] == "up"


def test_given_a_stopped_stack_when_started_again_then_ports_range_and_data_are_kept(
    stack: RunningStack,
):
    stack.up("postgres", "powerdns")
    before = stack.state
    stack.run("down")
    assert stack.members == set()
    stack.up("postgres", "powerdns")
    assert stack.state == before


def test_given_a_service_that_cannot_start_when_started_then_its_last_log_lines_are_shown(
    stack: RunningStack,
):
    stack.up("postgres")
    stack.run("down")
    with (stack.state_dir / "postgres" / "data" / "postgresql.conf").open("a") as config:
        config.write("no_such_setting = on\n")
    done = stack.run("up", "--detach", "--only", "postgres,redis")
    assert done.returncode == 1
    assert "The stack did not start. postgres: ended with exit code 1" in done.stderr
    assert "no_such_setting" in done.stderr
    assert stack.members == set()
    assert not stack.status()["running"]


def test_given_an_unknown_service_when_started_then_the_known_ones_are_named(stack: RunningStack):
    done = stack.run("up", "--detach", "--only", "mysql")
    assert done.returncode == 1
    assert "no service mysql; there are postgres-init, postgres" in done.stderr


def test_given_nothing_running_when_stopped_or_asked_then_it_is_said(stack: RunningStack):
    assert stack.run("down").stdout == "no stack is running\n"
    status = stack.run("status")
    assert (status.returncode, "no stack is running" in status.stdout) == (3, True)


@pytest.mark.parametrize("public_range", ["198.51.100.0/23", "not a range"])
def test_given_an_odd_range_when_started_then_the_setting_is_named(
    stack: RunningStack, public_range: str
):
    done = stack.run("up", "--detach", "--only", "powerdns", CATALYST_PUBLIC_RANGE=public_range)
    assert done.returncode == 1
    assert "CATALYST_PUBLIC_RANGE" in done.stderr


def test_given_a_port_chosen_long_ago_when_another_program_has_it_then_choosing_avoids_it():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert choose_port(preferred=port) != port
    assert StackState.load(Path("/nowhere")).ports == {}
