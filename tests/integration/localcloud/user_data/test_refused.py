"""A command that cannot be right ends the first boot where all can see it, and harms nobody."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.infra.module_copy import ROOT
from tests.integration.localcloud.running import LocalCloud
from tests.integration.localcloud.user_data.conftest import Told

pytestmark = pytest.mark.xdist_group("user-data")

UNIT = "[Service]\nExecStart=/usr/local/bin/k3s server\n"
UNIT_PATH = "/etc/systemd/system/k3s.service"
FAILED = "first boot failed"


def said(cloud: LocalCloud, server_id: int) -> str:
    return (cloud.machine_dir(server_id) / "console.log").read_text()


def test_given_an_unknown_command_then_the_boot_fails_and_says_which(
    cluster_cloud: LocalCloud, told: Told
) -> None:
    server, phase = told(["no-such-program", "--now"], ["touch", "/after"])

    assert phase == FAILED
    console = said(cluster_cloud, server.id)
    assert "no-such-program: not found" in console
    assert "first boot failed: a command of runcmd ended with code 127" in console
    assert not (cluster_cloud.machine_dir(server.id) / "root/after").exists()


def test_given_commands_then_they_see_and_change_the_machines_own_disk(
    cluster_cloud: LocalCloud, told: Told
) -> None:
    server, phase = told(
        "echo written | sha256sum >/root/sum; cat /etc/hostname >/srv/name",
        ["sh", "-c", "hostname >/opt/host; hostname -I >/usr/local/share/address; swapoff -a"],
    )

    assert phase == "running", said(cluster_cloud, server.id)
    root = cluster_cloud.machine_dir(server.id) / "root"
    digest = hashlib.sha256(b"written\n").hexdigest()
    assert (root / "root/sum").read_text().split() == [digest, "-"]
    assert (root / "srv/name").read_text() == (root / "opt/host").read_text() == f"{server.name}\n"
    address = server.data_model.public_net.ipv4.ip
    assert (root / "usr/local/share/address").read_text() == f"{address}\n"
    assert "swapoff stood in for: the kernel is this computer's" in said(cluster_cloud, server.id)


@pytest.mark.parametrize(
    "command",
    [
        "ip link add catalyst9 type veth",
        "/usr/bin/mount -t tmpfs tmpfs /mnt",
        # The value it has: harmless where this is broken.
        'panic=$(cat /proc/sys/kernel/panic); echo "$panic" >/proc/sys/kernel/panic',
        "mknod /root/disk b 254 0",
        "touch /sys/kernel/mark",
    ],
)
def test_given_a_command_against_the_computer_then_it_has_no_right_to(
    told: Told, command: str
) -> None:
    _, phase = told(command)
    assert phase == FAILED
    assert not Path("/sys/class/net/catalyst9").exists()


@pytest.mark.parametrize(
    ("files", "command", "why"),
    [
        ({}, "systemctl start k3s", "Unit k3s.service not found"),
        ({UNIT_PATH: UNIT}, "systemctl start k3s; sleep 60", "/usr/local/bin/k3s is not installed"),
        (
            {UNIT_PATH: UNIT.replace("server", "other"), "/usr/local/bin/k3s": ""},
            "systemctl enable --now k3s; sleep 60",
            "does not start /usr/local/bin/k3s server",
        ),
        (
            {
                UNIT_PATH: UNIT,
                "/usr/local/bin/k3s": "",
                "/etc/rancher/k3s/config.yaml": "server: https://10.0.1.2:6443",
            },
            "systemctl start k3s; sleep 60",
            "to join, k3s must be told a token",
        ),
        ({}, "systemctl unmask k3s", "the local cloud knows no unmask"),
    ],
)
def test_given_a_unit_that_cannot_start_then_the_boot_fails_at_once(
    cluster_cloud: LocalCloud, told: Told, files: dict[str, str], command: str, why: str
) -> None:
    server, phase = told(command, files=files)
    assert phase == FAILED
    assert why in said(cluster_cloud, server.id)


def test_given_no_right_to_name_spaces_then_the_local_cloud_does_not_start_and_says_why(
    cluster_cloud: LocalCloud,
) -> None:
    without = ("setpriv", "--bounding-set", "-sys_admin", "--no-new-privs", "--")
    started = subprocess.run(
        [*without, sys.executable, "-m", "infra.localcloud", "--config", cluster_cloud.config],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert started.returncode == 2
    assert "machine.cluster executes what machines are told in name spaces" in started.stderr
    assert "Run as root" in started.stderr
