"""As whom a container runs, and what it is told of Services: read from what the Pod says."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from infra.localcloud.machines.kubelet import identity, links
from infra.localcloud.machines.kubelet.identity import Identity


def pod(**context: Any) -> dict[str, Any]:
    return {"spec": {"securityContext": context}}


def test_given_nothing_then_it_is_who_the_kubelet_is() -> None:
    assert identity.of({"spec": {}}, {}) == Identity()
    assert Identity().setpriv() == ["/usr/bin/setpriv", "--pdeathsig", "KILL", "--"]


def test_given_a_pod_and_a_container_then_the_containers_words_count() -> None:
    container = {"securityContext": {"runAsUser": 7, "readOnlyRootFilesystem": True}}
    whole = pod(runAsUser=5, runAsGroup=6, fsGroup=8, supplementalGroups=[9, 8])
    found = identity.of(whole, container)
    assert found == Identity(user=7, group=6, groups=(9, 8), sealed=True)


def test_given_a_user_then_only_reading_is_left_of_what_root_may() -> None:
    argv = Identity(user=7, group=6, groups=(8,), gains_nothing=True).setpriv()
    told = dict(itertools.pairwise(argv))
    assert (told["--reuid"], told["--regid"], told["--groups"]) == ("7", "6", "8")
    for kind in ("--bounding-set", "--inh-caps", "--ambient-caps"):
        assert told[kind] == "-all,+dac_read_search"
    assert "--no-new-privs" in argv


def test_given_a_capability_to_add_then_it_is_the_one_besides() -> None:
    container = {"securityContext": {"runAsUser": 7, "capabilities": {"add": ["NET_BIND_SERVICE"]}}}
    argv = identity.of({"spec": {}}, container).setpriv()
    assert argv[argv.index("--ambient-caps") + 1] == "-all,+dac_read_search,+net_bind_service"


@pytest.mark.parametrize("address", ["None", "", None])
def test_given_a_service_without_an_address_then_no_variable_names_it(address: str | None) -> None:
    assert links.variables([service("far", address, [{"port": 80}])]) == {}


def test_given_a_service_then_its_variables_are_those_of_kubernetes() -> None:
    ports = [{"name": "dns-udp", "port": 53, "protocol": "UDP"}, {"name": "tcp", "port": 54}]
    told = links.variables([service("power-dns", "10.43.0.9", ports)])
    assert told["POWER_DNS_SERVICE_HOST"] == "10.43.0.9"
    assert told["POWER_DNS_SERVICE_PORT"] == told["POWER_DNS_SERVICE_PORT_DNS_UDP"] == "53"
    assert told["POWER_DNS_PORT"] == told["POWER_DNS_PORT_53_UDP"] == "udp://10.43.0.9:53"
    assert told["POWER_DNS_PORT_54_TCP_PROTO"] == "tcp"


def service(name: str, address: str | None, ports: list[dict[str, Any]]) -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"clusterIP": address, "ports": ports}}
