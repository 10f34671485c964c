"""What each claim of the family makes: how many, named how, and when."""

from __future__ import annotations

import json

import pytest

from infra.check import compose
from infra.check.compose import Composed
from infra.check.crossplane import Body
from tests.infra_check.crossplane_cases import CASES, FAMILY, parameters, servers


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Composed]:
    return compose.compose(FAMILY, CASES, tmp_path_factory.mktemp("compositions") / "chart")


def test_fault_18_given_workers_when_a_region_is_composed_then_it_has_a_pool_of_so_many(
    made: dict[str, Composed],
) -> None:
    pool = parameters(made["region"].resources["pool-worker"])
    assert (pool["replicas"], pool["sku"]) == (3, "cpx31")
    planes = parameters(made["region"].resources["pool-control-plane"])
    assert (planes["replicas"], planes["sku"]) == (1, "cx32")


def test_fault_18_given_a_pool_when_composed_then_its_servers_know_how_to_join(
    made: dict[str, Composed],
) -> None:
    assert servers(made["pool-unknown"]) == []
    assert len(servers(made["pool"])) == 4
    for server in servers(made["pool"]):
        assert (
            server["userData"] == f"#cloud-config\nhostname: {server['name']}\nk3s: v1.37.2+k3s1\n"
        )


def test_fault_18_given_a_number_of_replicas_when_composed_then_there_are_just_so_many_servers(
    made: dict[str, Composed],
) -> None:
    counts = {name: len(servers(made[name])) for name in CASES if name.startswith("pool-")}
    assert counts == {
        "pool-unknown": 0, "pool-smaller": 2, "pool-empty": 0, "pool-hundred": 100, "pool-other": 3,
    }  # fmt: skip


def test_fault_18_given_pools_when_composed_then_no_name_or_address_is_given_out_twice(
    made: dict[str, Composed],
) -> None:
    both = servers(made["pool-hundred"]) + servers(made["pool-other"]) + servers(made["twin"])
    assert len({server["name"] for server in both}) == 107
    assert "ip" not in json.dumps([server.get("network") for server in both])


def test_fault_18_given_a_pool_made_smaller_when_composed_then_the_rest_keep_their_names(
    made: dict[str, Composed],
) -> None:
    larger = [server["name"] for server in servers(made["pool"])]
    assert [server["name"] for server in servers(made["pool-smaller"])] == larger[:2]


def test_fault_18_given_a_cluster_when_composed_then_it_has_control_planes(
    made: dict[str, Composed],
) -> None:
    pool = parameters(made["cluster"].resources["control-plane"])
    assert pool["role"] == "control-plane"
    assert (pool["replicas"], pool["k3sVersion"]) == (3, "v1.37.2+k3s1")
    assert made["cluster-seen"].status == {"nodeIDs": ["1"], "currentReplicas": 1}


@pytest.mark.parametrize(
    ("name", "jobs"),
    [
        ("cordon", {"cordon"}), ("drain", {"drain"}),
        # Nothing is emptied before the replacement stands, nothing removed before it is empty.
        ("replace", set()),
        ("replace-standing", {"drain"}),
        ("replace-drained", {"drain", "remove"}),
    ],
)  # fmt: skip
def test_fault_18_given_a_node_action_when_composed_then_its_jobs_name_the_node(
    made: dict[str, Composed], name: str, jobs: set[str]
) -> None:
    found = {key: body for key, body in made[name].resources.items() if body["kind"] == "Object"}
    assert set(found) == jobs
    for key, body in found.items():
        manifest = body["spec"]["forProvider"]["manifest"]
        (container,) = manifest["spec"]["template"]["spec"]["containers"]
        assert "omantel-w-1" in container["args"]
        assert manifest["metadata"]["name"].startswith(f"node-{key}-")
    drain = json.dumps(found.get("drain", {"--grace-period=60": 0}))
    assert "--grace-period=60" in drain or "--grace-period=300" in drain


def test_given_a_node_action_when_its_last_job_is_done_then_the_claim_says_so(
    made: dict[str, Composed],
) -> None:
    said = {
        name: made[name].status["finished"] for name in CASES if "drain" in name or "repl" in name
    }
    assert said == {
        "drain": False, "drained": True,
        "replace": False, "replace-standing": False, "replace-drained": False, "replaced": True,
    }  # fmt: skip


def test_given_a_balancer_without_number_when_composed_then_its_targets_wait(
    made: dict[str, Composed],
) -> None:
    def targets(name: str) -> list[Body]:
        every = made[name].resources.values()
        return [each["spec"]["forProvider"] for each in every if each["kind"] == "BalancerTarget"]

    assert targets("balancer") == [] and targets("region") == []
    assert {each["loadBalancerId"] for each in targets("balancer-seen")} == {4713}
    kinds = {each["type"]: each.get("usePrivateIp") for each in targets("balancer-seen")}
    assert kinds == {"label_selector": True, "server": False, "ip": None}
    (target,) = targets("region-seen")
    assert "catalyst.openova.io/region=catalyst-system.frankfurt" in target["labelSelector"]


def test_given_listeners_when_composed_then_each_is_a_service_named_by_its_port(
    made: dict[str, Composed],
) -> None:
    assert {"service-25", "service-443"} <= set(made["balancer"].resources)
    ports = [
        made["region"].resources[f"service-{name}"]["spec"]["forProvider"]["destinationPort"]
        for name in ("http", "https")
    ]
    assert ports == [31080, 31443]


def test_given_a_peering_when_composed_then_each_network_leads_to_the_other(
    made: dict[str, Composed],
) -> None:
    def routes(name: str) -> set[tuple[int, str, str]]:
        every = [each["spec"]["forProvider"] for each in made[name].resources.values()]
        return {(each["networkId"], each["destination"], each["gateway"]) for each in every}

    there = (4711, "10.1.0.0/16", "10.0.1.5")
    assert routes("peering") == {there, (4811, "10.0.0.0/16", "10.1.1.5")}
    assert routes("peering-one-way") == {there}
    assert made["peering"].status == {"routeIDs": ["4711-10.1.0.0/16"]}


def test_given_adopted_resources_when_composed_then_they_are_taken_over_and_outlive_the_claim(
    made: dict[str, Composed],
) -> None:
    kept = made["region-adopted"].resources
    names = {
        key: (
            kept[key]["metadata"]["annotations"].get("crossplane.io/external-name"),
            kept[key]["spec"]["deletionPolicy"],
        )
        for key in ("network", "firewall", "balancer")
    }
    assert names == {
        "network": ("4711", "Orphan"),
        "firewall": ("4712", "Orphan"),
        "balancer": ("4713", "Orphan"),
    }  # fmt: skip
    fresh = made["region"].resources["network"]
    assert "crossplane.io/external-name" not in fresh["metadata"]["annotations"]
    assert fresh["spec"]["deletionPolicy"] == "Delete"


def test_fault_19_given_no_allowed_addresses_when_composed_then_the_api_is_closed(
    made: dict[str, Composed],
) -> None:
    def ports(name: str) -> dict[str, list[str]]:
        rules = made[name].resources["firewall"]["spec"]["forProvider"]["rule"]
        return {rule.get("port", "icmp"): rule["sourceIps"] for rule in rules}

    assert "6443" not in ports("region-closed")
    assert ports("region")["6443"] == ["203.0.113.0/24"]


def test_given_the_join_secret_when_a_pool_is_composed_then_no_status_carries_it(
    made: dict[str, Composed],
) -> None:
    # Observing the Secret itself would copy it into the status of an Object.
    manifest = made["pool"].resources["join"]["spec"]["forProvider"]["manifest"]
    assert manifest["kind"] == "Namespace"
    assert "cloud-config" not in json.dumps(made["pool"].status)
