"""The order of a first boot, and its small programs, run for real.

What only a whole machine has (systemd, k3s) is stood in for by programs that note how they are
called; the scripts are the ones a machine gets.
"""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from pathlib import Path

import pytest
import yaml

from tests.integration.infra.module_copy import MODULE

SCRIPTS = MODULE / "cloud-init"
START = "systemctl enable --now --no-block"
INSTALL = "catalyst-install-k3s /etc/catalyst/k3s.env /usr/local/bin/k3s"
NAMES = "catalyst-own-names /etc/rancher/k3s/config.yaml.d/10-own-names.yaml"
READY = "k3s kubectl get --raw /readyz"


def first_boot(tmp_path: Path, role: str, *, fails: str = "") -> tuple[int, list[str]]:
    """Exit code and what was called, in order; `fails` is the program that does not succeed."""
    programs = tmp_path / "bin"
    programs.mkdir()
    log = tmp_path / "log"
    log.touch()
    names = ("install-k3s", "own-names", "wait-for-api", "bring-flux", "call-back")
    for name in ("systemctl", "k3s", *(f"catalyst-{name}" for name in names)):
        program = programs / name
        code = int(name == fails)
        program.write_text(f'#!/bin/sh\necho "{name} $*" >>"{log}"\nexit {code}\n')
        program.chmod(0o755)
    done = subprocess.run(
        ["bash", SCRIPTS / "first-boot.sh", role],
        env={"PATH": f"{programs}:/usr/bin:/bin"},
        capture_output=True,
        timeout=30,
        check=False,
    )
    return done.returncode, log.read_text().splitlines()


def test_given_the_first_machine_when_booted_then_the_console_hears_last(tmp_path: Path) -> None:
    code, called = first_boot(tmp_path, "init")
    assert code == 0
    assert called == [
        "systemctl reload-or-restart ssh",
        INSTALL,
        NAMES,
        "systemctl daemon-reload",
        f"{START} k3s",
        READY,
        "catalyst-bring-flux /etc/catalyst/cluster",
        "catalyst-call-back /etc/catalyst/sovereign.json",
    ]


def test_given_a_joining_machine_when_booted_then_it_waits_before_it_starts_k3s(
    tmp_path: Path,
) -> None:
    code, called = first_boot(tmp_path, "join")
    assert code == 0
    assert called.index("catalyst-wait-for-api /etc/catalyst/api.env") < called.index(
        f"{START} k3s"
    )
    assert called[-1] == READY


def test_given_a_worker_when_booted_then_only_the_agent_starts(tmp_path: Path) -> None:
    code, called = first_boot(tmp_path, "worker")
    assert code == 0
    assert called[1:] == [INSTALL, "systemctl daemon-reload", f"{START} k3s-agent"]


@pytest.mark.parametrize(
    ("role", "fails"),
    [
        ("init", "catalyst-install-k3s"),
        ("init", "catalyst-own-names"),
        ("join", "catalyst-wait-for-api"),
        ("worker", "catalyst-install-k3s"),
    ],
)
def test_given_a_failing_step_when_booted_then_neither_k3s_starts_nor_the_console_hears(
    tmp_path: Path, role: str, fails: str
) -> None:
    code, called = first_boot(tmp_path, role, fails=fails)
    assert code != 0
    assert not any(line.startswith((START, "catalyst-call-back")) for line in called)


def test_given_an_unknown_role_when_booted_then_nothing_starts(tmp_path: Path) -> None:
    code, called = first_boot(tmp_path, "other")
    assert code == 2
    assert not any(line.startswith(START) for line in called)


def test_given_a_machine_when_it_writes_its_names_then_they_are_all_its_addresses(
    tmp_path: Path,
) -> None:
    target = tmp_path / "config.yaml.d" / "names.yaml"
    subprocess.run(["bash", SCRIPTS / "own-names.sh", target], check=True, timeout=30)
    own = subprocess.check_output(["hostname", "-I"], text=True).split()
    assert yaml.safe_load(target.read_text()) == {"tls-san+": own}


def wait_for(tmp_path: Path, port: int, attempts: int) -> subprocess.Popen[str]:
    settings = tmp_path / "api.env"
    settings.write_text(f"API_HOST=127.0.0.1\nAPI_PORT={port}\n")
    return subprocess.Popen(
        ["bash", SCRIPTS / "wait-for-api.sh", settings, str(attempts), "0.05"],
        stderr=subprocess.PIPE,
        text=True,
        env={"PATH": os.environ["PATH"]},
    )


def test_given_an_api_that_comes_late_when_waited_for_then_it_is_found(tmp_path: Path) -> None:
    with socket.socket() as api:
        api.bind(("127.0.0.1", 0))  # bound but not listening: refused, like a booting machine
        waiting = wait_for(tmp_path, api.getsockname()[1], attempts=400)
        try:
            with pytest.raises(subprocess.TimeoutExpired):
                waiting.wait(0.5)
            api.listen()
            threading.Thread(target=api.accept, daemon=True).start()
            assert waiting.wait(20) == 0
        finally:
            waiting.kill()
            waiting.communicate()


def test_given_no_api_when_waited_for_then_it_gives_up_and_says_so(tmp_path: Path) -> None:
    waiting = wait_for(tmp_path, 1, attempts=2)
    _, said = waiting.communicate(timeout=20)
    assert waiting.returncode == 1
    assert "nothing answers at 127.0.0.1 port 1" in said


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.sh")), ids=lambda path: path.name)
def test_given_a_script_when_shellcheck_reads_it_then_it_has_nothing_to_say(script: Path) -> None:
    found = subprocess.run(
        ["shellcheck", "--severity=style", script], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout
