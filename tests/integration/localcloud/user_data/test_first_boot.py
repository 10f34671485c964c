"""The user data our module renders, executed on a machine: from nothing to a cluster and a call."""

from __future__ import annotations

import base64
import json
import socket
from pathlib import Path

import pytest
import yaml

from tests.integration.infra.module_copy import SECRET_VARIABLES
from tests.integration.internet.running import until
from tests.integration.localcloud.flux.running import Supply, git
from tests.integration.localcloud.user_data.booted import (
    BOOT_SECONDS,
    Booted,
    kubectl,
    uid_of_cluster,
)
from tests.integration.localcloud.user_data.marks import marks

pytestmark = pytest.mark.xdist_group("user-data")


def test_given_the_modules_user_data_when_booted_then_the_console_hears_once_and_last(
    booted: Booted,
) -> None:
    assert booted.phase == "running", booted.said
    heard = [(method, path) for method, path, _ in booted.console.heard]
    assert heard == [("PUT", "/kubeconfig"), ("POST", "/callback")]
    assert json.loads(booted.console.heard[-1][2]) == {"hostname": "omantel-cp-1"}
    for served in ("callback.bearer", "cluster"):
        assert not (booted.root / "etc/catalyst" / served).exists()


def test_given_the_kubeconfig_the_console_got_then_it_leads_to_a_ready_labelled_node(
    booted: Booted, kubeconfig: Path
) -> None:
    address = booted.server.data_model.public_net.ipv4.ip
    (cluster,) = yaml.safe_load(kubeconfig.read_text())["clusters"]
    assert cluster["cluster"]["server"] == f"https://{address}:6443"
    kubectl(kubeconfig, "wait", "--for=create", "node/omantel-cp-1", "--timeout=40s")
    kubectl(kubeconfig, "wait", "--for=condition=Ready", "node/omantel-cp-1", "--timeout=40s")
    role = "-lcatalyst.openova.io/role=control-plane"
    until(lambda: "omantel-cp-1" in kubectl(kubeconfig, "get", "nodes", role, "-o", "name"))


def test_given_tls_names_of_both_settings_files_then_the_api_is_trusted_by_each(
    booted: Booted, kubeconfig: Path
) -> None:
    name = f"--tls-server-name=api.{booted.told.facts['fqdn']}"
    assert kubectl(kubeconfig, name, "get", "--raw", "/readyz") == "ok"
    own = yaml.safe_load((booted.root / "etc/rancher/k3s/config.yaml.d/10-own-names.yaml").open())
    assert own == {"tls-san+": [booted.server.data_model.public_net.ipv4.ip]}


def test_given_files_then_they_are_on_the_machine_with_their_modes(booted: Booted) -> None:
    for path, entry in booted.told.files.items():
        if path == "/etc/catalyst/callback.bearer" or path.startswith("/etc/catalyst/cluster/"):
            continue  # they go away when they have served
        written = booted.root / path.lstrip("/")
        assert written.read_text() == entry["content"], path
        assert oct(written.stat().st_mode & 0o777) == oct(int(entry["permissions"], 8)), path
    mode = (booted.root / "etc/rancher/k3s/k3s.yaml").stat().st_mode & 0o777
    assert oct(mode) == oct(int(booted.told.k3s["write-kubeconfig-mode"], 8))


def test_given_a_boot_then_nothing_of_this_computer_is_changed(
    booted: Booted, marks_before: dict[str, object]
) -> None:
    assert marks() == marks_before
    mounts = Path("/proc/self/mounts").read_text()
    assert str(booted.cloud.directory) not in mounts


def test_given_stand_ins_then_the_console_says_what_each_stood_for(booted: Booted) -> None:
    for line in (
        "systemctl stood in for: reload-or-restart ssh; that service does not run here",
        "catalyst-install-k3s stood in for: the download of https://github.com/k3s-io/k3s",
        "hostname stood in for: the machine's network card",
        "systemctl stood in for: start k3s",
        "not installed: fail2ban, unattended-upgrades",
    ):
        assert line in booted.said, booted.said


def test_given_a_boot_then_no_secret_is_said_or_on_a_command_line(booted: Booted) -> None:
    assert any("catalyst-first-boot init" in words for words in booted.seen)
    shown = booted.said + "\n".join(booted.seen)
    for name in SECRET_VARIABLES:
        assert SECRET_VARIABLES[name] not in shown, name


def test_given_the_first_boot_then_flux_runs_as_pods_and_applies_the_tree(
    booted: Booted, kubeconfig: Path, supply: Supply
) -> None:
    for name in ("source-controller", "kustomize-controller", "helm-controller"):
        rolled = ("rollout", "status", f"deployment/{name}", "--timeout=60s")
        kubectl(kubeconfig, "-n", "flux-system", *rolled)
    asked = ("-n", "flux-system", "get", "pods", "-o", "json")
    pods = json.loads(kubectl(kubeconfig, *asked))["items"]
    # A real program each: none of them only says that it runs.
    marks = [pod["metadata"].get("annotations") or {} for pod in pods]
    assert not any("catalyst.openova.io/simulated" in each for each in marks)
    ready = ("wait", "--for=condition=Ready", "--timeout=50s", "gitrepository/sovereign")
    kubectl(kubeconfig, "-n", "flux-system", *ready)
    revision = ("get", "gitrepository/sovereign", "-o", "jsonpath={.status.artifact.revision}")
    commit = git("-C", str(supply.folder / "state/git/sovereign.git"), "rev-parse", "main").stdout
    assert kubectl(kubeconfig, "-n", "flux-system", *revision) == f"main@sha1:{commit.strip()}"
    ready = ("wait", "--for=condition=Ready", "--timeout=50s", "kustomization/sovereign")
    kubectl(kubeconfig, "-n", "flux-system", *ready)


def test_given_the_first_boot_then_what_the_tree_cannot_make_is_in_the_cluster(
    booted: Booted, kubeconfig: Path
) -> None:
    secret = ("-n", "catalyst-system", "get", "secret", "first-admin", "-o", "json")
    held = json.loads(kubectl(kubeconfig, *secret))["data"]
    code_hash = base64.b64decode(held["code-hash"]).decode()
    assert code_hash == SECRET_VARIABLES["first_admin_code_hash"]
    settings = ("-n", "flux-system", "get", "configmap", "sovereign-settings", "-o", "json")
    told = json.loads(kubectl(kubeconfig, *settings))["data"]
    assert told["SOVEREIGN_FQDN"] == booted.told.facts["fqdn"]


def test_given_a_cluster_when_the_machine_starts_again_then_it_is_back_and_nobody_is_called(
    booted: Booted, kubeconfig: Path
) -> None:
    uid = uid_of_cluster(kubeconfig)
    assert uid
    booted.client.servers.power_off(booted.server).wait_until_finished()
    until(lambda: booted.cloud.machine_status(booted.server.id)["power"] == "off")
    address = booted.server.data_model.public_net.ipv4.ip

    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((address, 6443)) == 0

    until(lambda: not answers())
    booted.client.servers.power_on(booted.server).wait_until_finished()
    until(lambda: uid_of_cluster(kubeconfig), seconds=BOOT_SECONDS)
    assert uid_of_cluster(kubeconfig) == uid
    assert len(booted.console.heard) == 2
