"""The reference's known faults that this module answers, by their numbers in the specification."""

from __future__ import annotations

import re

import pytest

from tests.integration.infra.module_copy import (
    BALANCER_IPS,
    MODULE,
    SECRET_VARIABLES,
    VARIABLES,
    Module,
)
from tests.integration.infra.rendered import Machines, machines


@pytest.fixture(scope="module")
def available(module: Module) -> Machines:
    return machines(module, ha_enabled=True)


@pytest.fixture(scope="module")
def single(module: Module) -> Machines:
    return machines(module)


def test_w1_given_every_template_when_rendered_then_all_is_filled_but_what_is_meant_for_apt(
    available: Machines,
) -> None:
    scripts = {path.read_text() for path in (MODULE / "cloud-init").glob("*.sh")}
    left: set[str] = set()
    for machine in available.all:
        for entry in machine.files.values():
            # Whole machines lie in there, as text; test_cloud_cluster.py reads those.
            packed = entry["path"].startswith("/etc/catalyst/cluster/")
            if entry["content"] not in scripts and not packed:
                left |= set(re.findall(r"[$%]+\{.*?\}", entry["content"]))
    assert left == {"${distro_id}", "${distro_codename}"}


def test_w2_given_the_module_when_read_then_it_knows_nothing_of_domain_modes() -> None:
    text = "".join(path.read_text() for path in MODULE.glob("*.tf"))
    assert not re.search(r"domain_mode|byo|pool_domain", text)


def test_w3_given_null_for_everything_optional_when_rendered_then_defaults_hold(
    module: Module,
) -> None:
    text = "\n".join(path.read_text() for path in MODULE.glob("*.tf"))
    blocks = re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', text, re.MULTILINE | re.DOTALL)
    optional = {name: None for name, block in blocks if re.search(r"^  default ", block, re.M)}
    assert {"ha_enabled", "worker_count", "ssh_allowed_cidrs", "kubeconfig_url"} <= set(optional)
    found = machines(module, **optional)
    assert len(found.all) == 1
    assert "kubeconfig" not in found.first.facts


@pytest.mark.parametrize("ha", [False, True])
def test_w4_given_a_kubeconfig_address_when_rendered_then_the_certificate_names_it(
    module: Module, ha: bool
) -> None:
    found = machines(module, ha_enabled=ha)
    fqdn = VARIABLES["sovereign_fqdn"]
    private = [machine.k3s["node-ip"] for machine in found.control_planes]
    assert found.first.facts["kubeconfig"]["server"] == f"https://{BALANCER_IPS[0]}:6443"
    for machine in found.control_planes:
        names = machine.k3s["tls-san"]
        assert names == [fqdn, f"api.{fqdn}", *BALANCER_IPS, "10.0.1.5", *private]
    assert module.evaluate("local.services", ha_enabled=ha)["6443"] == 6443


def test_w9_given_a_join_token_when_rendered_then_it_is_given_and_the_api_is_closed(
    module: Module, available: Machines
) -> None:
    refused = module.run("console", "-var=k3s_token=omantel.omani.works", stdin="1\n")
    assert "k3s_token must be 32 to 128" in refused.stderr
    assert available.first.k3s["token"] == SECRET_VARIABLES["k3s_token"]
    ports = {rule["port"] for rule in module.evaluate("local.inbound")}
    assert not ports & {"22", "6443"}


def test_w9_given_networks_for_the_api_when_rendered_then_there_is_no_way_around_them(
    module: Module,
) -> None:
    named = ["203.0.113.0/24"]
    inbound = module.evaluate("local.inbound", api_allowed_cidrs=named)
    [rule] = [rule for rule in inbound if rule["port"] == "6443"]
    assert rule["source_ips"] == named
    assert "6443" not in module.evaluate("local.services", api_allowed_cidrs=named)
    # So the kubeconfig names the machine itself, which its certificate does too (own-names.sh).
    found = machines(module, api_allowed_cidrs=named)
    assert found.first.facts["kubeconfig"]["server"] == ""
    assert "/usr/local/sbin/catalyst-own-names" in found.first.files


def test_w9_given_networks_for_an_api_the_balancer_must_carry_when_planned_then_refused(
    module: Module,
) -> None:
    given = ("-var=ha_enabled=true", '-var=api_allowed_cidrs=["203.0.113.0/24"]')
    refused = module.run("console", "-no-color", *given, stdin="1\n")
    assert "api_allowed_cidrs cannot be kept with ha_enabled" in " ".join(refused.stderr.split())


def test_w12_given_what_is_downloaded_when_read_then_it_is_pinned_checked_and_never_piped(
    available: Machines,
) -> None:
    for machine in available.all:
        for entry in machine.files.values():
            lines = entry["content"].replace("\\n", "\n")
            assert not re.search(r"curl[^\n]*\|\s*(ba)?sh", lines), entry["path"]
        settings = machine.content("/etc/catalyst/k3s.env")
        assert "/v1.31.4%2Bk3s1\n" in settings
        assert VARIABLES["k3s_sha256"]["amd64"] in settings
        assert VARIABLES["k3s_sha256"]["arm64"] in settings
        assert "sha256sum --check" in machine.content("/usr/local/sbin/catalyst-install-k3s")


def test_w12_given_a_kubeconfig_when_k3s_writes_it_then_only_root_may_read_it(
    available: Machines,
) -> None:
    for machine in available.control_planes:
        assert machine.k3s["write-kubeconfig-mode"] == "0600"


def test_w23_given_three_control_planes_when_rendered_then_one_makes_and_two_join(
    available: Machines,
) -> None:
    assert available.first.k3s["cluster-init"] is True
    assert "server" not in available.first.k3s
    for machine in available.joining:
        assert "cluster-init" not in machine.k3s
        assert machine.k3s["server"] == "https://10.0.1.2:6443"
        assert machine.content("/etc/catalyst/api.env") == "API_HOST=10.0.1.2\nAPI_PORT=6443\n"


def test_w23_given_three_control_planes_when_rendered_then_the_rest_they_are_told_is_the_same(
    available: Machines,
) -> None:
    own = ("cluster-init", "server", "node-ip", "advertise-address")
    shared = [
        {key: value for key, value in machine.k3s.items() if key not in own}
        for machine in available.control_planes
    ]
    assert shared[0] == shared[1] == shared[2]
    for machine in available.control_planes:
        assert machine.k3s["node-ip"] == machine.k3s["advertise-address"]


def test_w23_given_three_control_planes_when_rendered_then_only_the_first_calls_back(
    available: Machines,
) -> None:
    for machine in (*available.joining, *available.workers):
        assert "/usr/local/sbin/catalyst-call-back" not in machine.files
        assert "/etc/catalyst/callback.bearer" not in machine.files


@pytest.mark.parametrize(("ha", "api"), [(False, "10.0.1.2"), (True, "10.0.1.5")])
def test_w23_given_no_kube_proxy_when_rendered_then_each_node_has_an_api_address_that_holds(
    module: Module, ha: bool, api: str
) -> None:
    found = machines(module, ha_enabled=ha)
    for machine in found.control_planes:
        assert machine.k3s["disable-kube-proxy"] is True
        assert machine.k3s["flannel-backend"] == "none"
    # k3s refuses to start on a setting it does not know; these are all an agent takes here.
    for machine in found.workers:
        assert set(machine.k3s) == {"token", "server", "node-ip", "node-label"}
        assert machine.k3s["server"] == f"https://{api}:6443"
    assert found.first.facts["kubernetes_api"] == {"host": api, "port": 6443}


@pytest.mark.parametrize(
    "key",
    [
        "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABh" + "A" * 129,
        "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACF"
        + "A" * 177
        + "=",
    ],
)
def test_w32_given_a_key_the_wizard_takes_when_planned_then_the_module_takes_it_too(
    module: Module, key: str
) -> None:
    assert module.evaluate("var.ssh_public_key", ssh_public_key=key) == key
