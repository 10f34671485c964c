"""One Kubernetes object as helm or kustomize gave it, and what the checks ask of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

Body = dict[str, Any]

# Kinds of Kubernetes itself that belong to no namespace (`kubectl api-resources`).
CLUSTER_KINDS = frozenset(
    {
        "APIService", "CSIDriver", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition",
        "IngressClass", "MutatingWebhookConfiguration", "Namespace", "PersistentVolume",
        "PriorityClass", "RuntimeClass", "StorageClass", "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Document:
    """`source` is the template or file it came from, relative to the chart or tree."""

    body: Body
    source: str

    @property
    def kind(self) -> str:
        return str(self.body.get("kind", ""))

    @property
    def api_version(self) -> str:
        return str(self.body.get("apiVersion", ""))

    @property
    def group(self) -> str:
        """`` for the core group."""
        return self.api_version.rpartition("/")[0]

    @property
    def name(self) -> str:
        return str(self.metadata.get("name", ""))

    @property
    def namespace(self) -> str:
        return str(self.metadata.get("namespace", ""))

    @property
    def metadata(self) -> Body:
        return self.body.get("metadata") or {}

    @property
    def labels(self) -> dict[str, str]:
        return self.metadata.get("labels") or {}

    @property
    def annotations(self) -> dict[str, str]:
        return self.metadata.get("annotations") or {}

    @property
    def spec(self) -> Body:
        return self.body.get("spec") or {}

    @property
    def from_upstream(self) -> bool:
        """From a chart inside the chart, not from a template of ours."""
        return "/charts/" in self.source

    def pod_template(self) -> Body | None:
        """`metadata` and `spec` of the Pods it makes, whatever way."""
        if self.kind == "Pod":
            return self.body
        if self.kind == "CronJob":
            template = (self.spec.get("jobTemplate") or {}).get("spec", {}).get("template")
        elif self.kind in {"Deployment", "StatefulSet", "DaemonSet", "Job", "ReplicaSet"}:
            template = self.spec.get("template")
        else:
            return None
        return template if isinstance(template, dict) else None

    def containers(self, *, init: bool = True) -> Iterator[Body]:
        """The containers of its Pods, init containers first."""
        spec = (self.pod_template() or {}).get("spec") or {}
        if init:
            yield from spec.get("initContainers") or []
        yield from spec.get("containers") or []

    def __str__(self) -> str:
        where = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind} {where}{self.name}"


def parse(text: str, *, source: str = "") -> list[Document]:
    """All documents of a YAML stream; a `# Source:` line of helm names where each came from."""
    found = []
    for part in text.split("\n---"):
        body = yaml.load(part, Loader=yaml.CSafeLoader)  # ten times as quick as safe_load
        if not isinstance(body, dict):
            continue
        named = next((ln for ln in part.splitlines() if ln.startswith("# Source: ")), "")
        found.append(Document(body, named.removeprefix("# Source: ").strip() or source))
    return found
