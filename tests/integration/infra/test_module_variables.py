"""Every variable refuses what it should and takes what it should.

`tofu test` judges all cases in one process, on the variables' files alone; each case is a file of
its own so that one failing case does not hide the others.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from typing import Any

import pytest

from tests.integration.infra.module_copy import MODULE, SECRET_VARIABLES, VARIABLES, Module

ED25519 = "AAAAC3NzaC1lZDI1NTE5AAAAIMz9vKmZyN4JMZpPGV6Vn8bTzE6LJr1GmJvbDFXxcXrw"
RSA = "AAAAB3NzaC1yc2EAAAADAQABAAABAQ" + "C" * 342
P256 = "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBB" + "A" * 86 + "="
P384 = "AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhB" + "A" * 128
P521 = "AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFB" + "A" * 176 + "=="

SWITCHES = (
    "chart_registry_insecure",
    "ha_enabled",
    "delete_protection",
    "enable_unattended_upgrades",
    "enable_fail2ban",
)

GOOD: list[tuple[str, Any]] = [
    ("sovereign_fqdn", "a.b.example"),
    ("sovereign_fqdn", "1and1.xn--mgba3a4f16a.xn--ngbc5azd"),
    ("sovereign_fqdn", ".".join(["a" * 60] * 3) + ".example"),
    ("deployment_id", "42"),
    ("worker_count", 0),
    ("worker_count", 50),
    ("region", "fsn1"),
    ("region", "us-west-2"),
    ("control_plane_size", "ccx63"),
    ("ssh_public_key", f"ssh-ed25519 {ED25519}"),
    ("ssh_public_key", f"ssh-rsa {RSA} me@laptop of mine"),
    ("ssh_public_key", f"ecdsa-sha2-nistp256 {P256}"),
    ("ssh_public_key", f"ecdsa-sha2-nistp384 {P384}"),
    ("ssh_public_key", f"ecdsa-sha2-nistp521 {P521}"),
    ("network_cidr", "192.168.0.0/16"),
    ("network_cidr", "172.20.2.0/23"),
    ("ssh_allowed_cidrs", ["203.0.113.0/24", "2001:db8::/32", "198.51.100.7/32"]),
    ("api_allowed_cidrs", ["0.0.0.0/0", "::/0"]),
    ("k3s_version", "v1.34.2+k3s1"),
    ("k3s_release_url", "https://mirror.example:8443/k3s"),
    ("gitops_repo_url", "http://198.51.100.5:3000/sovereign.git"),
    ("gitops_branch", "release/2"),
    ("gitops_path", "./trees/one"),
    ("chart_registry", "198.51.100.5:5000/openova-io"),
    ("chart_registry_insecure", True),
    ("trusted_authorities", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"),
    ("extra_settings", {"GATEWAY_CLASS": "traefik"}),
    ("components", []),
    ("apps", ["nextcloud", "cal-com"]),
    ("components", ["nats-jetstream"]),
    ("components", ["crossplane", "crossplane-claims"]),
    ("callback_url", "http://127.0.0.1:8000/api/v1/deployments/1/callback"),
    ("kubeconfig_url", ""),
    ("kubeconfig_url", "http://127.0.0.1:8000/api/v1/deployments/1/kubeconfig"),
    ("owner_email", "a+b@c.example"),
    ("worker_size", "cax11"),
    ("load_balancer_type", "lb21"),
    ("image", "ubuntu-24.04"),
    ("k3s_sha256", {"amd64": "a" * 64, "arm64": "9" * 64}),
    ("k3s_token", "x" * 128),
    ("callback_bearer", "x" * 32),
    ("acme_directory", "https://acme.example:14000/dir"),
    ("acme_email", "a@b.example"),
    ("acme_update_url", "http://127.0.0.1:8000/acme/update"),
    ("acme_username", "0f3a"),
    ("acme_subdomain", "0f3a.acme"),
    ("acme_key", "x" * 128),
    ("first_admin_email", "a@b.example"),
    ("first_admin_code_hash", "pbkdf2_sha256$600000$salt$" + "A" * 43 + "="),
    *((name, value) for name in SWITCHES for value in (True, False)),
]

BAD: list[tuple[str, Any]] = [
    ("sovereign_fqdn", ""),
    ("sovereign_fqdn", "works"),
    ("sovereign_fqdn", "Omantel.omani.works"),
    ("sovereign_fqdn", "-a.omani.works"),
    ("sovereign_fqdn", "a-.omani.works"),
    ("sovereign_fqdn", "a..works"),
    ("sovereign_fqdn", "a.works."),
    ("sovereign_fqdn", "a b.works"),
    ("sovereign_fqdn", "a.works\nb"),
    ("sovereign_fqdn", "a" * 64 + ".works"),
    ("sovereign_fqdn", ".".join(["a" * 60] * 5) + ".works"),
    ("sovereign_fqdn", "198.51.100.7"),
    ("deployment_id", ""),
    ("deployment_id", "a/b"),
    ("deployment_id", "-a"),
    ("deployment_id", "a" * 64),
    ("owner_email", "owner"),
    ("owner_email", "a@b"),
    ("owner_email", "a b@c.example"),
    ("owner_email", "a@b.example\nx"),
    ("region", ""),
    ("region", "NBG1"),
    ("region", "nbg1;"),
    ("control_plane_size", ""),
    ("control_plane_size", "CX43"),
    ("worker_count", -1),
    ("worker_count", 51),
    ("worker_count", 1.5),
    ("worker_size", ""),
    ("worker_size", "cx 33"),
    ("load_balancer_type", ""),
    ("image", "Ubuntu 24.04"),
    ("ssh_public_key", ""),
    ("ssh_public_key", ED25519),
    ("ssh_public_key", "ssh-ed25519"),
    ("ssh_public_key", f"ssh-dss {RSA}"),
    ("ssh_public_key", f"ssh-rsa {ED25519}"),
    ("ssh_public_key", f"ssh-ed25519 {ED25519[:-5]}"),
    ("ssh_public_key", f"ecdsa-sha2-nistp256 {P384}"),
    ("ssh_public_key", f"ssh-ed25519 {ED25519} me\nssh-ed25519 {ED25519}"),
    ("ssh_public_key", "-----BEGIN OPENSSH PRIVATE KEY-----"),
    ("network_cidr", "10.0.0.0"),
    ("network_cidr", "10.0.0.1/16"),
    ("network_cidr", "10.0.0.0/8"),
    ("network_cidr", "10.0.0.0/24"),
    ("network_cidr", "10.42.0.0/16"),
    ("network_cidr", "8.8.0.0/16"),
    ("network_cidr", "fd00::/16"),
    ("ssh_allowed_cidrs", ["203.0.113.7"]),
    ("ssh_allowed_cidrs", ["203.0.113.7/24"]),
    ("ssh_allowed_cidrs", ["203.0.113.0/33"]),
    ("ssh_allowed_cidrs", ["everywhere"]),
    ("ssh_allowed_cidrs", [f"10.0.{n}.0/24" for n in range(101)]),
    ("api_allowed_cidrs", ["203.0.113.7/24"]),
    ("api_allowed_cidrs", [""]),
    ("k3s_version", "latest"),
    ("k3s_version", "v1.31"),
    ("k3s_sha256", {"amd64": "0" * 63, "arm64": "1" * 64}),
    ("k3s_sha256", {"amd64": "0" * 64, "arm64": "G" * 64}),
    ("k3s_release_url", "http://mirror.example"),
    ("gitops_repo_url", "ssh://git@git.example/x.git"),
    ("gitops_repo_url", "https://user:password@git.example/x.git"),
    ("gitops_branch", "--upload-pack=evil"),
    ("gitops_path", "/etc"),
    ("chart_registry", "https://ghcr.io/openova-io"),
    ("chart_registry", "ghcr.io"),
    ("trusted_authorities", "no certificate"),
    ("trusted_authorities", "-----BEGIN CERTIFICATE-----" + "A" * 4096),
    ("extra_settings", {"lower case": "x"}),
    ("extra_settings", {"LONG": "x" * 513}),
    ("components", ["minecraft"]),
    ("apps", ["two words"]),
    ("apps", ["a,b"]),
    ("apps", ["${DOMAIN}"]),
    ("components", ["cilium"]),
    ("components", ["crossplane-claims"]),
    ("components", [""]),
    ("components", ["spire, openbao"]),
    ("k3s_release_url", "https://mirror.example/"),
    ("k3s_release_url", "https://mirror.example/$(id)"),
    ("k3s_token", "short"),
    ("k3s_token", "with space " + "x" * 32),
    ("callback_url", "ftp://console.example/x"),
    ("callback_url", "https://user:pass@console.example/x"),
    ("callback_url", "https://console.example/x?bearer=y"),
    ("callback_url", "https://console.example/" + "x" * 512),
    ("kubeconfig_url", "ftp://console.example/x"),
    ("kubeconfig_url", "https://user:pass@console.example/x"),
    ("kubeconfig_url", "https://console.example/x?bearer=y"),
    ("kubeconfig_url", "https://console.example/x y"),
    ("kubeconfig_url", "https://console.example/" + "x" * 512),
    ("k3s_release_url", "https://mirror.example/" + "x" * 512),
    ("acme_directory", "https://acme.example/" + "x" * 512),
    ("acme_update_url", "https://console.example/" + "x" * 512),
    ("callback_bearer", "short"),
    ("callback_bearer", "x" * 40 + "\n"),
    ("acme_directory", "http://acme.example/directory"),
    ("acme_email", "owner"),
    ("acme_update_url", "console.example"),
    ("acme_username", ""),
    ("acme_username", "a b"),
    ("acme_subdomain", "a/b"),
    ("acme_key", "short"),
    ("first_admin_email", "admin"),
    ("first_admin_code_hash", "the-code-itself"),
]


def _name(case: tuple[str, Any]) -> str:
    shown = json.dumps(case[1])
    return f"{case[0]}={shown if len(shown) < 40 else shown[:37] + '...'}"


def _file(name: str, value: Any, *, refused: bool) -> str:
    values = {**VARIABLES, **SECRET_VARIABLES, name: value}
    written = "\n".join(f"    {key} = {_hcl(each)}" for key, each in values.items())
    expected = f"  expect_failures = [var.{name}]\n" if refused else ""
    return f'run "case" {{\n  command = plan\n  variables {{\n{written}\n  }}\n{expected}}}\n'


def _hcl(value: Any) -> str:
    return json.dumps(value).replace("${", "$${").replace("%{", "%%{")


@pytest.fixture(scope="session")
def verdicts(module: Module, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """File name → pass, fail or error, from one run of `tofu test`."""
    path = tmp_path_factory.mktemp("variables")
    for source in (*MODULE.glob("variables*.tf"), MODULE / "kit.tf.json"):
        shutil.copy(source, path)
    folder = path / "cases"
    folder.mkdir()
    for index, (name, value) in enumerate(GOOD):
        (folder / f"good-{index}.tftest.hcl").write_text(_file(name, value, refused=False))
    for index, (name, value) in enumerate(BAD):
        (folder / f"bad-{index}.tftest.hcl").write_text(_file(name, value, refused=True))
    ran = replace(module, path=path).run("test", "-json", "-test-directory=cases")
    found = {}
    for line in ran.stdout.splitlines():
        event = json.loads(line)
        if event["type"] == "test_file":
            path = event["test_file"]["path"]
            found[path.removeprefix("cases/").split(".")[0]] = event["test_file"]["status"]
    return found


@pytest.mark.parametrize("index", range(len(GOOD)), ids=[_name(case) for case in GOOD])
def test_given_a_good_value_when_planned_then_it_is_taken(
    verdicts: dict[str, str], index: int
) -> None:
    assert verdicts[f"good-{index}"] == "pass"


@pytest.mark.parametrize("index", range(len(BAD)), ids=[_name(case) for case in BAD])
def test_given_a_bad_value_when_planned_then_its_own_variable_refuses_it(
    verdicts: dict[str, str], index: int
) -> None:
    assert verdicts[f"bad-{index}"] == "pass"


@pytest.mark.parametrize("value", ['"perhaps"', "2", "[true]"])
@pytest.mark.parametrize("name", SWITCHES)
def test_given_a_switch_that_is_neither_on_nor_off_when_read_then_its_type_refuses_it(
    module: Module, name: str, value: str
) -> None:
    refused = module.run("console", "-no-color", f"-var={name}={value}", stdin="1\n")
    assert f"Unsuitable value for var.{name}" in refused.stderr
    assert "a bool is required" in " ".join(refused.stderr.split())


def test_given_the_cases_when_counted_then_every_variable_has_a_good_and_a_bad_one() -> None:
    text = "\n".join(path.read_text() for path in MODULE.glob("variables*.tf"))
    named = set(re.findall(r'^variable "(\w+)"', text, re.MULTILINE))
    assert {name for name, _ in GOOD} == named
    assert {name for name, _ in BAD} | set(SWITCHES) == named
