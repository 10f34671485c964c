"""What a machine is told at first boot: real cloud-config, the right facts, no secret too many."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.integration.infra.module_copy import (
    BALANCER_IPS,
    SECRET_VARIABLES,
    VARIABLES,
    Module,
)
from tests.integration.infra.rendered import LIMIT, Machines, UserData, machines

# Every text that reaches a machine, as long as its variable takes it, in characters that JSON in
# JSON makes longest.
LONG_PATH = "/" + "x" * 512
LARGEST: dict[str, Any] = {
    "sovereign_fqdn": ".".join(["a" * 63] * 3) + "." + "b" * 61,
    "deployment_id": "d" * 63,
    "owner_email": "<" * 244 + "@mail.test",
    "acme_email": "<" * 244 + "@mail.test",
    "first_admin_email": "<" * 244 + "@mail.test",
    "callback_url": ("https://console.test" + LONG_PATH)[:512],
    "kubeconfig_url": ("https://console.test" + LONG_PATH)[:512],
    "acme_directory": ("https://acme.test" + LONG_PATH)[:512],
    "acme_update_url": ("https://console.test" + LONG_PATH)[:512],
    "k3s_release_url": ("https://mirror.test" + LONG_PATH)[:512],
    "acme_username": "u" * 128,
    "acme_subdomain": "s" * 253,
    "k3s_token": "t" * 128,
    "callback_bearer": "b" * 128,
    "acme_key": "k" * 128,
    "network_cidr": "192.168.128.0/17",
    "ha_enabled": True,
    "worker_count": 50,
}


@pytest.fixture(scope="module")
def solo(module: Module) -> UserData:
    return machines(module, worker_count=0).first


@pytest.fixture(scope="module")
def available(module: Module) -> Machines:
    return machines(module, ha_enabled=True)


@pytest.fixture(scope="module")
def largest(module: Module) -> Machines:
    return machines(module, **LARGEST)


@pytest.mark.parametrize(("ha", "workers"), [(False, 0), (False, 3), (True, 0), (True, 3)])
def test_given_a_shape_when_rendered_then_each_machine_has_its_own_document_and_address(
    module: Module, ha: bool, workers: int
) -> None:
    found = machines(module, ha_enabled=ha, worker_count=workers)
    assert len(found.joining) == (2 if ha else 0)
    assert len(found.workers) == workers
    addresses = [machine.k3s["node-ip"] for machine in found.all]
    expected = [f"10.0.1.{2 + index}" for index in range(3 if ha else 1)]
    assert addresses == expected + [f"10.0.1.{10 + index}" for index in range(workers)]


def test_given_the_largest_sovereign_when_rendered_then_each_user_data_is_under_the_limit(
    largest: Machines,
) -> None:
    assert len(largest.all) == 3 + 50
    assert max(len(machine.text.encode()) for machine in largest.all) < LIMIT


def test_given_the_largest_sovereign_when_measured_by_the_module_then_it_counts_bytes(
    module: Module, largest: Machines
) -> None:
    measured = module.evaluate(
        "[for each in local.user_data_bytes : nonsensitive(each)]", **LARGEST
    )
    for bytes_, machine in zip(measured, largest.all, strict=True):
        assert 0 <= bytes_ - len(machine.text.encode()) < 3


def test_given_a_deployment_when_rendered_then_the_machine_reads_the_agreed_facts(
    solo: UserData,
) -> None:
    assert solo.facts == {
        "fqdn": VARIABLES["sovereign_fqdn"],
        "deployment_id": VARIABLES["deployment_id"],
        "role": "control-plane",
        "owner_email": VARIABLES["owner_email"],
        "callback": {
            "url": VARIABLES["callback_url"],
            "bearer_file": "/etc/catalyst/callback.bearer",
        },
        "kubeconfig": {
            "url": VARIABLES["kubeconfig_url"],
            "server": f"https://{BALANCER_IPS[0]}:6443",
            "file": "/etc/rancher/k3s/k3s.yaml",
        },
        "kubernetes_api": {"host": "10.0.1.2", "port": 6443},
        "acme": {
            "directory": VARIABLES["acme_directory"],
            "email": VARIABLES["acme_email"],
            "update_url": VARIABLES["acme_update_url"],
            "username": VARIABLES["acme_username"],
            "subdomain": VARIABLES["acme_subdomain"],
            "key_file": "/etc/catalyst/acme.key",
        },
        "first_admin": {
            "email": VARIABLES["first_admin_email"],
            "code_hash": SECRET_VARIABLES["first_admin_code_hash"],
        },
    }


def test_given_no_kubeconfig_url_when_rendered_then_the_machine_is_told_of_none(
    module: Module,
) -> None:
    assert "kubeconfig" not in machines(module, kubeconfig_url="").first.facts


def test_given_secrets_when_rendered_then_each_is_in_a_file_only_root_may_read(
    available: Machines,
) -> None:
    first = available.first
    assert first.content("/etc/catalyst/callback.bearer") == SECRET_VARIABLES["callback_bearer"]
    assert first.content("/etc/catalyst/acme.key") == SECRET_VARIABLES["acme_key"]
    assert first.k3s["token"] == SECRET_VARIABLES["k3s_token"]
    hidden = [*SECRET_VARIABLES.values(), first.k3s["agent-token"]]
    for machine in available.all:
        for path, entry in machine.files.items():
            if any(secret in entry["content"] for secret in hidden):
                assert entry["permissions"] == "0600", path
        assert not any(secret in json.dumps(machine.document["runcmd"]) for secret in hidden)


def test_given_a_machine_when_rendered_then_it_gets_no_secret_it_need_not_know(
    available: Machines,
) -> None:
    def known(machine: UserData) -> set[str]:
        return {name for name, secret in SECRET_VARIABLES.items() if secret in machine.readable}

    assert known(available.first) == set(SECRET_VARIABLES)
    for machine in available.joining:
        assert known(machine) == {"k3s_token"}
    for machine in available.workers:
        # Not even the control planes' token: theirs is made from it and does not give it away.
        assert known(machine) == set()
        assert machine.k3s["token"] == available.first.k3s["agent-token"]
    for machine in (*available.joining, *available.workers):
        assert set(machine.facts) == {"fqdn", "deployment_id", "role"}
        assert VARIABLES["owner_email"] not in machine.readable


def test_given_roles_when_rendered_then_facts_and_first_command_agree(available: Machines) -> None:
    told = [(each.facts["role"], each.document["runcmd"]) for each in available.all]
    boot = "/usr/local/sbin/catalyst-first-boot"
    assert told == [
        ("control-plane", [[boot, "init"]]),
        *[("control-plane-join", [[boot, "join"]])] * 2,
        *[("worker", [[boot, "worker"]])] * 3,
    ]


def test_given_a_first_boot_when_rendered_then_every_program_it_calls_is_there(
    available: Machines,
) -> None:
    called = {"init": {"bring-flux", "call-back"}, "join": {"wait-for-api"}}
    for machine in available.all:
        role = machine.document["runcmd"][0][1]
        needed = {"install-k3s", "first-boot"}
        needed |= {"own-names", *called[role]} if role in called else set()
        there = {path for path in machine.files if path.startswith("/usr/local/sbin/")}
        assert there == {f"/usr/local/sbin/catalyst-{name}" for name in needed}
        assert {machine.files[path]["permissions"] for path in there} == {"0755"}


def test_given_a_person_who_types_yaml_when_rendered_then_the_document_keeps_its_shape(
    module: Module,
) -> None:
    odd = '"evil:[x]"\\${HOME}%{if}<&>@mail.example'
    found = machines(module, owner_email=odd).first
    assert found.facts["owner_email"] == odd
    assert set(found.document) == {"package_update", "packages", "write_files", "runcmd"}


@pytest.mark.parametrize("fail2ban", [True, False])
@pytest.mark.parametrize("upgrades", [True, False])
def test_given_a_choice_of_hardening_when_rendered_then_package_and_settings_go_together(
    module: Module, fail2ban: bool, upgrades: bool
) -> None:
    chosen = {"enable_fail2ban": fail2ban, "enable_unattended_upgrades": upgrades}
    for machine in machines(module, ha_enabled=True, worker_count=1, **chosen).all:
        packages = machine.document["packages"]
        assert ("fail2ban" in packages) is fail2ban
        assert ("/etc/fail2ban/jail.d/catalyst.conf" in machine.files) is fail2ban
        assert ("unattended-upgrades" in packages) is upgrades
        assert ("/etc/apt/apt.conf.d/60catalyst-upgrades" in machine.files) is upgrades
        assert machine.document["package_update"] is (fail2ban or upgrades)


def test_given_upgrades_when_apt_reads_them_then_only_security_and_no_common_reboot(
    largest: Machines, tmp_path: Path
) -> None:
    times = []
    for index, machine in enumerate(largest.all):
        text = machine.content("/etc/apt/apt.conf.d/60catalyst-upgrades")
        [at] = re.findall(r'Automatic-Reboot-Time "(\d\d:\d\d)"', text)
        times.append(at)
        (tmp_path / f"{index}.conf").write_text(text)
    assert len(set(times)) == len(times)
    assert all(at < "08:00" for at in times)
    read = subprocess.run(
        ["apt-config", "-c", tmp_path / "0.conf", "dump"],
        capture_output=True,
        text=True,
        check=True,
    )
    origins = re.findall(r'Unattended-Upgrade::Allowed-Origins:: "(.*)";', read.stdout)
    assert origins[-1:] == ["${distro_id}:${distro_codename}-security"]


@pytest.mark.parametrize("suffix", ["-cp-2", "-worker-49"])
def test_given_the_longest_name_when_named_then_vendor_limits_hold(
    module: Module, suffix: str
) -> None:
    prefix, labels = module.evaluate("[local.prefix, local.labels]", **LARGEST)
    assert len(f"{prefix}{suffix}") <= 63
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", prefix)
    for value in labels.values():
        assert re.fullmatch(r"[a-zA-Z0-9]([a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?", value)


def test_given_two_long_names_with_one_beginning_when_named_then_they_differ(
    module: Module,
) -> None:
    one, other = (
        module.evaluate("local.prefix", sovereign_fqdn="a" * 60 + end)
        for end in (".x.works", ".y.works")
    )
    assert one != other


@pytest.mark.parametrize(
    ("ssh", "api", "ports"),
    [
        ([], [], {"80", "443"}),
        (["203.0.113.0/24"], [], {"80", "443", "22"}),
        ([], ["203.0.113.0/24"], {"80", "443", "6443"}),
    ],
)
def test_given_allowed_ranges_when_planned_then_closed_ports_have_no_rule(
    module: Module, ssh: list[str], api: list[str], ports: set[str]
) -> None:
    rules = module.evaluate("local.inbound", ssh_allowed_cidrs=ssh, api_allowed_cidrs=api)
    assert {rule["port"] for rule in rules if rule["protocol"] == "tcp"} == ports
    for rule in rules:
        if rule["port"] in ("22", "6443"):
            assert rule["source_ips"] == ["203.0.113.0/24"]


def test_given_a_balancer_left_without_an_address_when_rendered_then_no_error(
    module: Module, tmp_path: Path
) -> None:
    """As an interrupted create leaves it in the state: `tofu import` must still get by."""
    path = tmp_path / "hetzner"
    shutil.copytree(module.path, path, symlinks=True)
    (path / "balancer_override.tf").write_text(
        "locals {\n  load_balancer_public_ips = [null, null]\n}\n"
    )
    assert machines(replace(module, path=path)).first.facts["kubeconfig"]["server"]
