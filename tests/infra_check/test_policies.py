"""Each policy sees what it is for, and lets a good workload pass."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from infra.check import policies
from infra.check.documents import Body, Document

LABELS = {
    f"app.kubernetes.io/{name}": "x" for name in ("name", "instance", "version", "managed-by")
}
GOOD: Body = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "good", "labels": LABELS},
    "spec": {
        "template": {
            "metadata": {"labels": LABELS},
            "spec": {
                "automountServiceAccountToken": False,
                "securityContext": {
                    "runAsNonRoot": True,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "containers": [
                    {
                        "name": "main",
                        "image": "ghcr.io/openova-io/catalyst:0.1.0",
                        "ports": [{"containerPort": 8000}],
                        "securityContext": {
                            "allowPrivilegeEscalation": False,
                            "readOnlyRootFilesystem": True,
                            "capabilities": {"drop": ["ALL"]},
                        },
                        "resources": {
                            "requests": {"cpu": "1", "memory": "1Gi"},
                            "limits": {"memory": "1Gi"},
                        },
                        "livenessProbe": {"tcpSocket": {"port": 8000}},
                        "readinessProbe": {"tcpSocket": {"port": 8000}},
                    }
                ],
            },
        }
    },
}
Change = Callable[[Any], Any]


def pod(body: Body) -> Body:
    spec: Body = body["spec"]["template"]["spec"]
    return spec


def container(body: Body) -> Body:
    first: Body = pod(body)["containers"][0]
    return first


def spoilt(change: Change) -> Document:
    body = copy.deepcopy(GOOD)
    change(body)
    return Document(body, "bp-x/templates/x.yaml")


def test_given_a_good_workload_when_judged_then_no_policy_minds() -> None:
    assert policies.faults([spoilt(lambda body: None)]) == []


BREAKS: list[tuple[str, Change]] = [
    ("labels", lambda b: b["metadata"]["labels"].pop("app.kubernetes.io/name")),
    ("images", lambda b: container(b).update(image="ghcr.io/openova-io/catalyst:latest")),
    ("images", lambda b: container(b).update(image="ghcr.io/openova-io/catalyst")),
    ("images", lambda b: container(b).update(image="catalyst:1.0.0")),
    ("images", lambda b: container(b).update(image="ghcr.io/openova-io/catalyst:main")),
    ("non-root", lambda b: pod(b)["securityContext"].pop("runAsNonRoot")),
    ("non-root", lambda b: container(b)["securityContext"].update(runAsUser=0)),
    ("non-root", lambda b: container(b)["securityContext"].pop("allowPrivilegeEscalation")),
    ("non-root", lambda b: container(b)["securityContext"].pop("capabilities")),
    ("non-root", lambda b: pod(b)["securityContext"].pop("seccompProfile")),
    ("read-only-root", lambda b: container(b)["securityContext"].pop("readOnlyRootFilesystem")),
    ("limits", lambda b: container(b)["resources"].pop("limits")),
    ("limits", lambda b: container(b)["resources"]["requests"].pop("cpu")),
    ("probes", lambda b: container(b).pop("livenessProbe")),
    ("probes", lambda b: container(b).pop("readinessProbe")),
    ("host", lambda b: pod(b).update(volumes=[{"name": "v", "hostPath": {"path": "/"}}])),
    ("host", lambda b: pod(b).update(hostNetwork=True)),
    ("host", lambda b: container(b)["securityContext"].update(privileged=True)),
    ("service-account-token", lambda b: pod(b).pop("automountServiceAccountToken")),
    (
        "no-plain-secrets",
        lambda b: container(b).update(env=[{"name": "DB_PASSWORD", "value": "hunter2"}]),
    ),
]


@pytest.mark.parametrize(("policy", "change"), BREAKS)
def test_given_a_workload_that_breaks_one_policy_when_judged_then_that_one_says_so(
    policy: str, change: Change
) -> None:
    (fault,) = policies.faults([spoilt(change)])
    assert f": {policy}: " in fault


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("ClusterRole", {"resources": ["secrets"], "verbs": ["get"]}),
        ("Role", {"resources": ["secrets"], "verbs": ["list"]}),
        ("Role", {"resources": ["*"], "verbs": ["get"]}),
        ("Role", {"resources": ["pods"], "verbs": ["*"]}),
        ("ClusterRole", {"resources": ["namespaces"], "verbs": ["delete"]}),
    ],
)
def test_given_wide_rights_when_judged_then_fault_24_is_seen(kind: str, rule: Body) -> None:
    body = {"kind": kind, "metadata": {"name": "wide", "labels": LABELS}, "rules": [rule]}
    (fault,) = policies.faults([Document(body, "x")])
    assert "narrow-rights" in fault


def test_given_one_named_secret_when_judged_then_a_role_may_read_it() -> None:
    rule = {"resources": ["secrets"], "verbs": ["get"], "resourceNames": ["one"]}
    body = {"kind": "Role", "metadata": {"name": "narrow", "labels": LABELS}, "rules": [rule]}
    assert policies.faults([Document(body, "x")]) == []


def test_given_a_secret_in_a_config_map_when_judged_then_it_is_seen() -> None:
    body = {
        "kind": "ConfigMap",
        "metadata": {"name": "c", "labels": LABELS},
        "data": {"password": "hunter2"},
    }
    (fault,) = policies.faults([Document(body, "x")])
    assert "no-plain-secrets" in fault


@pytest.mark.parametrize(
    ("words", "excused"),
    [
        ("host: its proxy listens on the node", True),
        ("host", False),
        ("host: why", False),
        ("anything: a reason long enough", False),
    ],
)
def test_given_an_exception_when_judged_then_it_needs_a_policy_and_a_reason(
    words: str, excused: bool
) -> None:
    def change(body: Body) -> None:
        body["metadata"]["annotations"] = {policies.EXCEPTION: words}
        pod(body)["hostNetwork"] = True

    assert (policies.faults([spoilt(change)]) == []) is excused


def test_given_a_workload_from_upstream_when_judged_then_it_is_upstreams_business() -> None:
    body = copy.deepcopy(GOOD)
    container(body).pop("livenessProbe")
    assert policies.faults([Document(body, "bp-x/charts/y/templates/z.yaml")]) == []


@pytest.mark.parametrize(
    ("selector", "covered"),
    [
        ({}, True),
        ({"matchLabels": {"app.kubernetes.io/name": "x"}}, True),
        ({"matchLabels": {"app.kubernetes.io/name": "y"}}, False),
        ({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, True),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}, False),
    ],
)
def test_given_network_policies_when_looked_at_then_pods_none_selects_are_seen(
    selector: Body, covered: bool
) -> None:
    policy = Document({"kind": "NetworkPolicy", "spec": {"podSelector": selector}}, "x")
    found = policies.network_policies([policy, spoilt(lambda body: None)])
    assert (found == []) is covered


def test_given_the_policies_when_listed_then_fault_12_each_has_a_case_it_must_see() -> None:
    assert {name for name, _ in BREAKS} | {"narrow-rights"} == set(policies.POLICIES)
