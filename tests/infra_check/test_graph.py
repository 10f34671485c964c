"""The graph's rules, each on the smallest tree that breaks it."""

from __future__ import annotations

from typing import Any

import pytest

from infra.check import flux, graph
from infra.check.documents import Document
from infra.check.flux import Release


def release(name: str, *needs: str, stage: str = "", **spec: Any) -> Release:
    body = {
        "kind": "HelmRelease",
        "metadata": {"name": name, "namespace": "flux-system"},
        "spec": {
            "targetNamespace": name,
            "chart": {"spec": {"chart": f"bp-{name}", "version": "1.0.0"}},
            "dependsOn": [{"name": each} for each in needs],
            "driftDetection": {"mode": "enabled"},
            "install": {"crds": "CreateReplace", "remediation": {"retries": 3}},
            "upgrade": {
                "crds": "CreateReplace",
                "remediation": {"retries": 3, "strategy": "rollback"},
            },
            **spec,
        },
    }
    return Release(Document(body, "tree"), stage)


def thing(kind: str, group: str, name: str = "it", **more: Any) -> Document:
    body = {"apiVersion": f"{group}/v1", "kind": kind, "metadata": {"name": name}, **more}
    return Document(body, "tree")


def test_given_a_circle_when_looked_at_then_it_is_named() -> None:
    assert graph.faults({"a": ["b"], "b": ["a"]})[0].startswith("a circle")
    assert graph.faults({"a": ["b"], "b": []}) == []


def test_given_an_edge_into_nothing_when_looked_at_then_it_is_named() -> None:
    assert graph.faults({"a": ["z"]}) == ["a depends on z, which there is not"]


def test_given_stages_when_edges_are_made_then_a_release_waits_for_the_stages_before() -> None:
    edges = graph.edges_of(
        [release("cilium", stage="network"), release("keycloak", stage="data")],
        {"network": [], "pki": ["network"], "data": ["pki"]},
    )
    assert edges == {"cilium": set(), "keycloak": {"cilium"}}


def test_given_an_object_before_its_kind_when_looked_at_then_fault_2_is_seen() -> None:
    used = {"config": [thing("ProviderConfig", "hcloud.crossplane.io")]}
    makers = {"hcloud.crossplane.io": "provider"}
    (fault,) = graph.kind_faults(used, makers, {"config": [], "provider": []})
    assert "needs provider first" in fault
    assert list(graph.kind_faults(used, makers, {"config": ["provider"], "provider": []})) == []


def test_given_kind_and_object_in_one_release_when_looked_at_then_it_is_seen() -> None:
    used = {"claims": [thing("XRegion", "compose.openova.io")]}
    (fault,) = graph.kind_faults(used, {"compose.openova.io": "claims"}, {"claims": []})
    assert "in one release" in fault
    hook = thing("XRegion", "compose.openova.io")
    hook.metadata["annotations"] = {"helm.sh/hook": "post-install"}
    assert list(graph.kind_faults({"claims": [hook]}, {"compose.openova.io": "claims"}, {})) == []


def test_given_a_chart_installed_twice_when_looked_at_then_fault_1_is_seen() -> None:
    one, other = release("cilium"), release("cilium")
    assert graph.twice([one, other]) == ["release cilium/cilium twice", "chart bp-cilium twice"]
    assert graph.twice([one, release("flux")]) == []


@pytest.mark.parametrize(
    ("document", "names"),
    [
        (thing("Secret", "v1", "a"), {"a"}),
        (
            thing("ExternalSecret", "external-secrets.io", "a", spec={"target": {"name": "b"}}),
            {"b"},
        ),
        (thing("ExternalSecret", "external-secrets.io", "a", spec={}), {"a"}),
        (thing("Certificate", "cert-manager.io", "a", spec={"secretName": "b"}), {"b"}),
        (thing("Cluster", "postgresql.cnpg.io", "db", spec={}), {"db-app", "db-ca"}),
        (thing("Cluster", "cluster.x-k8s.io", "db", spec={}), set()),
    ],
)
def test_given_what_makes_secrets_when_asked_then_their_names_are_known(
    document: Document, names: set[str]
) -> None:
    assert {name for _, name in graph.secrets_made([document], "ns")} == names


def test_given_all_ways_to_use_a_secret_when_asked_then_each_is_found() -> None:
    spec = {
        "imagePullSecrets": [{"name": "pull"}],
        "volumes": [
            {"name": "a", "secret": {"secretName": "volume"}},
            {"name": "b", "secret": {"secretName": "may-lack", "optional": True}},
            {"name": "c", "projected": {"sources": [{"secret": {"name": "projected"}}]}},
        ],
        "containers": [
            {
                "name": "main",
                "envFrom": [{"secretRef": {"name": "all"}}],
                "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "one", "key": "k"}}}],
            }
        ],
    }
    pod = thing("Deployment", "apps", spec={"template": {"spec": spec}})
    tls = [{"tls": {"certificateRefs": [{"name": "tls"}]}}]
    gateway = thing("Gateway", "gateway.networking.k8s.io", spec={"listeners": tls})
    found = {name for _, name in graph.secrets_used([pod, gateway], "ns")}
    assert found == {"pull", "volume", "projected", "all", "one", "tls"}


def test_given_a_good_release_when_judged_then_there_is_no_fault() -> None:
    assert flux.release_faults(release("cilium"), {"bp-cilium": "1.0.0"}) == []


@pytest.mark.parametrize(
    ("spec", "word"),
    [
        ({"chart": {"spec": {"chart": "bp-nothing"}}}, "there is no chart"),
        ({"chart": {"spec": {"chart": "bp-cilium", "version": "1.0.1"}}}, "pins 1.0.1"),
        ({"targetNamespace": ""}, "no targetNamespace"),
        ({"install": {"crds": "CreateReplace"}}, "not tried again"),
        ({"install": {"remediation": {"retries": 3}}}, "CreateReplace"),
        ({"driftDetection": {}}, "drift"),
    ],
)
def test_given_a_release_that_lacks_something_when_judged_then_it_is_named(
    spec: dict[str, Any], word: str
) -> None:
    faults = flux.release_faults(release("cilium", **spec), {"bp-cilium": "1.0.0"})
    assert word in " ".join(faults)


def test_given_a_release_that_does_not_wait_when_judged_then_fault_4_is_seen() -> None:
    install = {"crds": "CreateReplace", "remediation": {"retries": 3}, "disableWait": True}
    (fault,) = flux.release_faults(release("cilium", install=install), {"bp-cilium": "1.0.0"})
    assert "Ready would mean applied" in fault


def test_given_an_upgrade_that_fails_when_judged_then_fault_23_it_is_rolled_back() -> None:
    upgrade = {"crds": "CreateReplace", "remediation": {"retries": 3}}
    (fault,) = flux.release_faults(release("cilium", upgrade=upgrade), {"bp-cilium": "1.0.0"})
    assert "rolled back" in fault
