"""What every object of ours has to keep to. An object may be excused by name of the policy:
`catalyst.openova.io/policy-exception: "<policy>: <reason>; <policy>: <reason>"`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from infra.check.documents import Body, Document

EXCEPTION = "catalyst.openova.io/policy-exception"
COMMON_LABELS = ("name", "instance", "version", "managed-by")
# registry/name:tag, the tag a version; a digest may follow.
_IMAGE = re.compile(
    r"^(?P<registry>[a-z0-9.-]+\.[a-z]+(:\d+)?|\d+(\.\d+){3}(:\d+)?|localhost(:\d+)?)"
    r"(/[a-z0-9._-]+)+:(?P<tag>[A-Za-z0-9_][\w.-]*)(@sha256:[0-9a-f]{64})?$"
)
_FLOATING = frozenset({"latest", "main", "master", "stable", "edge", "nightly", "dev"})
_SECRET_WORD = re.compile(r"password|secret|token|apikey|api_key|private", re.IGNORECASE)

Policy = Callable[[Document], Iterator[str]]
POLICIES: dict[str, Policy] = {}


def policy(function: Policy) -> Policy:
    POLICIES[function.__name__.replace("_", "-")] = function
    return function


def faults(documents: Sequence[Document]) -> list[str]:
    """`<object>: <policy>: <what>` for every object of ours that breaks one."""
    return [
        f"{document}: {name}: {what}"
        for document in documents
        if not document.from_upstream
        for name, look in POLICIES.items()
        if name not in excused(document)
        for what in look(document)
    ]


def excused(document: Document) -> dict[str, str]:
    """Policy → reason. One without a reason, or that there is not, excuses nothing."""
    parts = document.annotations.get(EXCEPTION, "").split(";")
    pairs = [part.partition(":") for part in parts]
    return {
        name.strip(): reason.strip()
        for name, _, reason in pairs
        if name.strip() in POLICIES and len(reason.strip()) > 10
    }


@policy
def labels(document: Document) -> Iterator[str]:
    """The common labels, so that people and selectors find what belongs together."""
    if document.kind in {"Namespace", "CustomResourceDefinition"}:
        return
    for name in COMMON_LABELS:
        if not document.labels.get(f"app.kubernetes.io/{name}"):
            yield f"no label app.kubernetes.io/{name}"


@policy
def images(document: Document) -> Iterator[str]:
    """Named in full and by one version: what runs tomorrow is what was tested today."""
    for container in document.containers():
        image = container.get("image", "")
        match = _IMAGE.match(image)
        if not match:
            yield f"image {image!r} is not registry/name:tag"
        elif match["tag"] in _FLOATING or not re.search(r"\d", match["tag"]):
            yield f"image tag {match['tag']!r} moves"


@policy
def non_root(document: Document) -> Iterator[str]:
    """No process as root, none that may become it."""
    pod = _pod(document)
    for container in document.containers():
        own = container.get("securityContext") or {}
        merged = {**(pod.get("securityContext") or {}), **own}
        if merged.get("runAsNonRoot") is not True:
            yield f"{container['name']}: runAsNonRoot is not true"
        if merged.get("runAsUser") == 0:
            yield f"{container['name']}: user 0"
        if own.get("allowPrivilegeEscalation") is not False:
            yield f"{container['name']}: allowPrivilegeEscalation is not false"
        if "ALL" not in ((own.get("capabilities") or {}).get("drop") or []):
            yield f"{container['name']}: capabilities are not dropped"
        if (merged.get("seccompProfile") or {}).get("type") != "RuntimeDefault":
            yield f"{container['name']}: no seccomp profile"


@policy
def read_only_root(document: Document) -> Iterator[str]:
    for container in document.containers():
        if (container.get("securityContext") or {}).get("readOnlyRootFilesystem") is not True:
            yield f"{container['name']}: may write to its image"


@policy
def limits(document: Document) -> Iterator[str]:
    """Memory is limited and both are asked for. A CPU limit would only slow a process down."""
    for container in document.containers():
        resources = container.get("resources") or {}
        if "memory" not in (resources.get("limits") or {}):
            yield f"{container['name']}: no memory limit"
        for what in ("cpu", "memory"):
            if what not in (resources.get("requests") or {}):
                yield f"{container['name']}: no {what} request"


@policy
def probes(document: Document) -> Iterator[str]:
    """Long-running ones say whether they live, and those behind a port whether they are ready."""
    if document.kind not in {"Deployment", "StatefulSet", "DaemonSet"}:
        return
    for container in document.containers(init=False):
        if "livenessProbe" not in container:
            yield f"{container['name']}: no livenessProbe"
        if container.get("ports") and "readinessProbe" not in container:
            yield f"{container['name']}: no readinessProbe"


@policy
def host(document: Document) -> Iterator[str]:
    """Nothing of the node: no paths, no network, no privileges."""
    pod = _pod(document)
    for volume in pod.get("volumes") or []:
        if "hostPath" in volume:
            yield f"volume {volume['name']} is a path of the node"
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(name):
            yield name
    for container in document.containers():
        if (container.get("securityContext") or {}).get("privileged"):
            yield f"{container['name']}: privileged"


@policy
def service_account_token(document: Document) -> Iterator[str]:
    """A token of the API only where a ServiceAccount of ours, and so a Role, is meant."""
    pod = _pod(document)
    mounted = pod and pod.get("automountServiceAccountToken") is not False
    if mounted and pod.get("serviceAccountName", "default") == "default":
        yield "mounts the token of the namespace's default ServiceAccount"


@policy
def narrow_rights(document: Document) -> Iterator[str]:
    """No reading of Secrets all over the cluster, no wildcards, no deleting of namespaces."""
    if document.kind not in {"ClusterRole", "Role"}:
        return
    for rule in document.body.get("rules") or []:
        resources, verbs = set(rule.get("resources") or []), set(rule.get("verbs") or [])
        if "*" in resources or "*" in verbs or "*" in set(rule.get("apiGroups") or []):
            yield "a wildcard"
        if "secrets" in resources and verbs & {"get", "list", "watch"}:
            if document.kind == "ClusterRole":
                yield "reads Secrets of every namespace"
            elif not rule.get("resourceNames"):
                yield "reads every Secret of its namespace"
        if "namespaces" in resources and "delete" in verbs:
            yield "deletes namespaces"


@policy
def no_plain_secrets(document: Document) -> Iterator[str]:
    """Nobody writes a secret into a chart: values of Secrets are made, never given."""
    if document.kind == "ConfigMap":
        for key, value in (document.body.get("data") or {}).items():
            plain = value and "\n" not in str(value) and not str(value).startswith("/")  # a path
            if _SECRET_WORD.search(key.rpartition(".")[2]) and plain:
                yield f"{key} looks like a secret"
    for container in document.containers():
        for each in container.get("env") or []:
            given = str(each.get("value", ""))
            path_or_reference = given.startswith(("/", "$(")) or given in {"true", "false"}
            if _SECRET_WORD.search(each["name"]) and given and not path_or_reference:
                yield f"{container['name']}: {each['name']} is given in plain"


def network_policies(documents: Sequence[Document]) -> list[str]:
    """Workloads of ours whose Pods no NetworkPolicy selects: anybody could reach them."""
    ours = [document for document in documents if not document.from_upstream]
    selectors = [
        (each.spec.get("podSelector") or {}) for each in ours if each.kind == "NetworkPolicy"
    ]
    found = []
    for document in ours:
        template = document.pod_template()
        if template is None:
            continue
        labels = (template.get("metadata") or {}).get("labels") or {}
        if not any(selects(selector, labels) for selector in selectors):
            found.append(f"{document}: no NetworkPolicy selects its Pods")
    return found


def selects(selector: Body, labels: dict[str, str]) -> bool:
    """Kubernetes' label selector; an empty one selects all."""
    wanted: dict[str, str] = selector.get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    return all(_holds(each, labels) for each in selector.get("matchExpressions") or [])


def _holds(expression: Body, labels: dict[str, str]) -> bool:
    key, values = expression["key"], expression.get("values") or []
    match expression["operator"]:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
    raise ValueError(f"operator {expression['operator']}")


def _pod(document: Document) -> dict[str, Any]:
    return (document.pod_template() or {}).get("spec") or {}
