"""A pid proves nothing by itself; start time, boot and host make it one process."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest

from sovereign_wizard.tofu import identity
from sovereign_wizard.tofu.problems import ProcessElsewhere, StillRunning


@pytest.fixture
def running() -> Iterator[identity.ProcessIdentity]:
    """A process that leads a session of its own, as a supervisor does."""
    process = subprocess.Popen(["cat"], stdin=subprocess.PIPE, start_new_session=True)
    yield identity.of(process.pid)
    process.communicate()


def test_given_the_same_pid_with_another_start_when_asked_then_it_is_gone(
    running: identity.ProcessIdentity,
) -> None:
    assert identity.still_running(running)
    assert not identity.still_running(replace(running, started=running.started - 1))


def test_given_another_boot_of_this_host_when_asked_then_it_is_gone(
    running: identity.ProcessIdentity,
) -> None:
    assert not identity.still_running(replace(running, boot_id="another"))


def test_given_another_host_when_asked_then_it_does_not_guess(
    running: identity.ProcessIdentity,
) -> None:
    with pytest.raises(ProcessElsewhere):
        identity.still_running(replace(running, host="elsewhere"))


def test_given_a_process_that_goes_on_when_waited_for_then_the_wait_ends_with_a_problem(
    running: identity.ProcessIdentity,
) -> None:
    with pytest.raises(StillRunning):
        identity.wait_gone(running, seconds=0.2)


def test_given_another_process_with_that_pid_when_asked_to_stop_then_it_is_left_alone(
    running: identity.ProcessIdentity,
) -> None:
    identity.ask_to_stop(replace(running, started=running.started - 1))
    assert identity.still_running(running)


def test_given_no_process_when_identified_then_it_says_so() -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    with pytest.raises(ProcessLookupError):
        identity.of(process.pid)
    assert identity.of(os.getpid()).pid == os.getpid()
