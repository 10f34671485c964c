"""Without the right to add a route the stack lives in a loopback range, and says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from catalyst.embedded.state import BASE_DIR

# Nobody routes this one: making it local takes CAP_NET_ADMIN, which setpriv takes away.
ELSEWHERE = "198.19.77.0/24"
SETTLE = f"""
from ipaddress import IPv4Network
from pathlib import Path
import sys
from catalyst.embedded import network
from catalyst.embedded.state import StackState
state = StackState.ensure(Path(sys.argv[1])).remember_range(IPv4Network("{ELSEWHERE}"))
state, claim = network.settle(state)
print("settled", state.public_range)
"""
WITHOUT_RIGHT = ["setpriv", "--inh-caps=-net_admin", "--bounding-set=-net_admin", "--"]


def settle(state_dir: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*WITHOUT_RIGHT, sys.executable, "-c", SETTLE, str(state_dir)],
        cwd=BASE_DIR,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **env},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_given_no_right_to_add_a_route_when_settling_then_loopback_and_the_sudo_line_is_named(
    tmp_path: Path,
) -> None:
    done = settle(tmp_path)

    assert "settled 127.51." in done.stdout, done.stderr
    assert f"sudo ip route add local {ELSEWHERE} dev lo" in done.stdout


def test_given_no_right_and_a_range_asked_for_when_settling_then_refused_with_the_sudo_line(
    tmp_path: Path,
) -> None:
    done = settle(tmp_path, CATALYST_PUBLIC_RANGE=ELSEWHERE)

    assert done.returncode != 0
    assert f"sudo ip route add local {ELSEWHERE} dev lo" in done.stderr
