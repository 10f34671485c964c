"""Which Secrets a release asks for, and which it makes."""

from __future__ import annotations

from infra.check.render import Rendered


def references(rendered: Rendered) -> set[tuple[str, str]]:
    """(Secret, key) of every variable that the Pods of our templates take."""
    return {
        (ref["name"], ref["key"])
        for document in rendered.own()
        for container in document.containers()
        for each in container.get("env") or []
        if (ref := (each.get("valueFrom") or {}).get("secretKeyRef"))
    }


def made(rendered: Rendered, namespace: str) -> set[str]:
    """Names of Secrets that a release makes in its own namespace; CloudNativePG adds `-app`."""
    secrets = {
        each.name for each in rendered.of_kind("Secret") if each.namespace in {"", namespace}
    }
    return secrets | {f"{each.name}-app" for each in rendered.of_kind("Cluster")}
