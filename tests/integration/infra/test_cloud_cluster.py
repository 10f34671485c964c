"""What the first control plane puts into its cluster, held against the tree that relies on it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import yaml

from infra.check import tree
from tests.integration.infra.module_copy import SECRET_VARIABLES, VARIABLES, Module
from tests.integration.infra.rendered import LIMIT, UserData, machines, parse

AUTHORITY = "-----BEGIN CERTIFICATE-----\nYXV0aG9yaXR5\n-----END CERTIFICATE-----\n"
RELEASE = {"cilium": "bp-cilium", "flux": "bp-flux"}


class Told:
    """The objects of both files by kind and namespace/name."""

    def __init__(self, machine: UserData) -> None:
        self.before = self._items(machine, "before-flux")
        self.flux = self._items(machine, "flux")

    def _items(self, machine: UserData, name: str) -> dict[tuple[str, str], dict[str, Any]]:
        listed = json.loads(machine.content(f"/etc/catalyst/cluster/{name}.json"))["items"]
        found = {(item["kind"], _name(item["metadata"])): item for item in listed}
        assert len(found) == len(listed)
        return found

    def secret(self, name: str) -> dict[str, str]:
        data: dict[str, str] = self.before["Secret", name]["stringData"]
        return data

    @property
    def settings(self) -> dict[str, str]:
        data: dict[str, str] = self.flux["ConfigMap", "flux-system/sovereign-settings"]["data"]
        return data


def _name(metadata: dict[str, str]) -> str:
    return "/".join(
        [*([metadata["namespace"]] if "namespace" in metadata else []), metadata["name"]]
    )


@pytest.fixture(scope="module")
def first(module: Module) -> UserData:
    return machines(module, worker_count=0).first


@pytest.fixture(scope="module")
def told(first: UserData) -> Told:
    return Told(first)


def test_given_the_trees_outside_secrets_then_the_machine_makes_each_with_its_keys(
    told: Told,
) -> None:
    wanted = yaml.safe_load(tree.OUTSIDE.read_text())
    made = {name for kind, name in told.before if kind == "Secret"}
    assert made == {f"{each['namespace']}/{each['name']}" for each in wanted}
    for each in wanted:
        assert set(told.secret(f"{each['namespace']}/{each['name']}")) == set(each["keys"])
        assert ("Namespace", each["namespace"]) in told.before


def test_given_the_trees_settings_then_the_machine_writes_all_of_them_as_text(told: Told) -> None:
    assert told.settings.keys() == tree.template().settings.keys()
    assert all(isinstance(value, str) for value in told.settings.values())
    assert told.settings["SOVEREIGN_FQDN"] == VARIABLES["sovereign_fqdn"]
    # cert-manager puts /update behind it.
    assert told.settings["ACME_DNS_HOST"] + "/update" == VARIABLES["acme_update_url"]


@pytest.mark.parametrize("chart", ["cilium", "flux"])
def test_given_a_first_chart_then_the_tree_takes_over_the_same_release(
    told: Told, chart: str
) -> None:
    """Another version or value would roll the network, or Flux by itself."""
    spec = told.before["HelmChart", f"kube-system/{chart}"]["spec"]
    release = tree.template().releases[RELEASE[chart]].document.spec
    assert release["releaseName"] == chart
    assert release["targetNamespace"] == spec["targetNamespace"]
    assert spec["chart"].endswith(f"/{release['chart']['spec']['chart']}")
    assert spec["version"] == release["chart"]["spec"]["version"]
    values = yaml.safe_load(spec["valuesContent"])
    assert values.items() <= release["values"].items() or values == _without_marks(
        release["values"]
    )


def _without_marks(values: Any) -> Any:
    """What only makes Pods start anew (README of bp-cilium) is no other value."""
    if isinstance(values, dict):
        return {k: _without_marks(v) for k, v in values.items() if k != "podAnnotations"}
    return values


def test_given_high_availability_then_everything_of_which_one_may_fail_is_there_three_times(
    module: Module,
) -> None:
    told = Told(machines(module, ha_enabled=True).first)
    assert told.settings["REPLICAS"] == "3"
    values = told.before["HelmChart", "kube-system/cilium"]["spec"]["valuesContent"]
    assert yaml.safe_load(values) == {"cilium": {"operator": {"replicas": 3}}}


def test_given_a_source_of_the_owners_then_flux_and_the_charts_come_from_there(
    module: Module,
) -> None:
    told = Told(
        machines(
            module,
            gitops_repo_url="http://198.51.100.5:3000/sovereign.git",
            gitops_branch="next",
            chart_registry="198.51.100.5:5000/openova-io",
            chart_registry_insecure=True,
            trusted_authorities=AUTHORITY,
            extra_settings={"GATEWAY_CLASS": "traefik"},
            apps=["wordpress", "nextcloud"],
        ).first
    )
    source = told.flux["GitRepository", "flux-system/sovereign"]["spec"]
    assert source["url"] == "http://198.51.100.5:3000/sovereign.git"
    assert source["ref"] == {"branch": "next"}
    chart = told.before["HelmChart", "kube-system/flux"]["spec"]
    assert (chart["chart"], chart["plainHTTP"]) == (
        "oci://198.51.100.5:5000/openova-io/bp-flux",
        True,
    )
    assert told.settings["REGISTRY"] == "198.51.100.5:5000/openova-io"
    assert told.settings["REGISTRY_INSECURE"] == "true"
    assert told.settings["GATEWAY_CLASS"] == "traefik"
    assert told.settings["PRESELECTED_APPS"] == "nextcloud,wordpress"
    assert base64.b64decode(told.settings["ACME_CA_BUNDLE"]).decode() == AUTHORITY
    trust = told.before["ConfigMap", f"catalyst-system/{told.settings['TRUST_CONFIGMAP']}"]
    assert trust["data"] == {"ca.crt": AUTHORITY}


def test_given_the_acme_account_then_it_is_kept_as_cert_manager_looks_for_it(told: Told) -> None:
    accounts = json.loads(told.secret("cert-manager/acme-dns-account")["acmedns.json"])
    (name, account), *others = accounts.items()
    assert (name, others) == (VARIABLES["sovereign_fqdn"], [])
    assert account["username"] == VARIABLES["acme_username"]
    assert account["password"] == SECRET_VARIABLES["acme_key"]
    assert account["subdomain"] == VARIABLES["acme_subdomain"]


@pytest.mark.parametrize(
    ("secret", "key", "role", "unit"),
    [
        ("k3s-join", "worker", "worker", "k3s-agent"),
        ("k3s-join", "control-plane", "join", "k3s"),
        ("k3s-new-cluster", "control-plane", "init", "k3s"),
    ],
)
def test_given_a_machine_the_cluster_orders_then_its_user_data_is_whole_and_its_own(
    told: Told, first: UserData, secret: str, key: str, role: str, unit: str
) -> None:
    text = told.secret(f"crossplane-system/{secret}")[key].replace("@NODE_NAME@", "pool-1a2b3c")
    machine = parse(text.replace("@K3S_VERSION@", ""))
    assert machine.document["runcmd"] == [["/usr/local/sbin/catalyst-first-boot", role]]
    assert f"/etc/systemd/system/{unit}.service" in machine.files
    assert machine.k3s["node-name"] == "pool-1a2b3c"
    # Hetzner gives the address out; a fixed one would meet another machine's.
    assert "node-ip" not in machine.k3s
    assert "/usr/local/sbin/catalyst-own-node-ip" in machine.files
    assert len(text.encode()) < LIMIT
    assert "@" not in machine.content("/etc/catalyst/k3s.env")
    assert not {path for path in machine.files if "callback" in path or "acme" in path}
    joins = "server" in machine.k3s
    assert joins == (secret == "k3s-join")
    known = {first.k3s["token"], first.k3s["agent-token"]}
    assert (machine.k3s["token"] in known) == joins
    if role == "worker":
        # With it an agent joins, and no control plane.
        assert SECRET_VARIABLES["k3s_token"] not in text


def test_given_the_first_machine_then_its_secrets_are_in_files_of_root_and_go_away(
    first: UserData,
) -> None:
    for name in ("before-flux", "flux"):
        assert first.files[f"/etc/catalyst/cluster/{name}.json"]["permissions"] == "0600"
    assert 'rm -rf "$folder"' in first.content("/usr/local/sbin/catalyst-bring-flux")
