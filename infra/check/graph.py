"""What depends on what: no circle, no edge into nothing, and whoever uses a kind waits for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from infra.check.documents import Body, Document
from infra.check.flux import Release

Edges = Mapping[str, Collection[str]]
SecretName = tuple[str, str]  # namespace, name


def faults(edges: Edges) -> list[str]:
    """Edges to what there is not, and the first circle."""
    found = [
        f"{node} depends on {target}, which there is not"
        for node, targets in edges.items()
        for target in targets
        if target not in edges
    ]
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        found.append("a circle: " + " → ".join(error.args[1]))
    return found


def reach(edges: Edges, start: str) -> set[str]:
    """Everything that `start` depends on, over any number of edges."""
    seen: set[str] = set()
    open_ends = [start]
    while open_ends:
        for target in edges.get(open_ends.pop(), ()):
            if target not in seen:
                seen.add(target)
                open_ends.append(target)
    return seen


def edges_of(releases: Iterable[Release], stages: Edges) -> dict[str, set[str]]:
    """Release → what it waits for: its own `dependsOn` and all of the stages before its own."""
    ours = list(releases)
    by_stage: dict[str, set[str]] = {}
    for release in ours:
        by_stage.setdefault(release.stage, set()).add(release.name)
    return {
        release.name: set(release.depends_on).union(
            *(by_stage.get(stage, set()) for stage in reach(stages, release.stage))
        )
        for release in ours
    }


def kind_faults(
    used: Mapping[str, Iterable[Document]], makers: Mapping[str, str], edges: Edges
) -> Iterator[str]:
    """Objects whose group is defined by a release that theirs does not wait for.

    `used`: release → its objects. `makers`: group of custom kinds → the release that brings it.
    A definition and an object of its kind in one release is a fault as well: helm would ask for the
    kind before it is there.
    """
    for name, objects in used.items():
        for document in objects:
            maker = makers.get(document.group)
            if maker is None or "helm.sh/hook" in document.annotations:
                continue  # a hook runs when the release's own definitions are there
            if maker == name:
                yield f"{name}: {document} is in one release with the definition of its kind"
            elif maker not in reach(edges, name):
                yield f"{name}: {document} needs {maker} first"


def twice(releases: Iterable[Release]) -> list[str]:
    """Releases of one name in one namespace, and charts that are installed more than once."""
    ours = list(releases)
    places = Counter((release.namespace, release.release_name) for release in ours)
    charts = Counter(release.chart for release in ours)
    return [f"release {'/'.join(place)} twice" for place, n in places.items() if n > 1] + [
        f"chart {chart} twice" for chart, n in charts.items() if n > 1
    ]


def secrets_made(documents: Iterable[Document], namespace: str) -> Iterator[SecretName]:
    """Secrets that these objects make, themselves or by a controller that reads them."""
    for document in documents:
        place = document.namespace or namespace
        spec = document.spec
        match document.kind:
            case "Secret":
                yield place, document.name
            case "ExternalSecret":
                yield place, (spec.get("target") or {}).get("name") or document.name
            case "SealedSecret":
                yield place, document.name
            case "Certificate":
                yield place, spec["secretName"]
            case "Cluster" if document.group == "postgresql.cnpg.io":
                yield from ((place, f"{document.name}-{end}") for end in ("app", "ca"))
                if spec.get("enableSuperuserAccess"):
                    yield place, f"{document.name}-superuser"


def secrets_used(documents: Iterable[Document], namespace: str) -> Iterator[SecretName]:
    """Secrets without which a Pod of these objects does not start, or a listener has no key."""
    for document in documents:
        place = document.namespace or namespace
        pod = (document.pod_template() or {}).get("spec") or {}
        for each in pod.get("imagePullSecrets") or []:
            yield place, each["name"]
        for volume in pod.get("volumes") or []:
            yield from ((place, name) for name in _of_volume(volume))
        for container in document.containers():
            yield from ((place, name) for name in _of_environment(container))
        if document.kind == "Gateway":
            for listener in document.spec.get("listeners") or []:
                for reference in (listener.get("tls") or {}).get("certificateRefs") or []:
                    yield reference.get("namespace") or place, reference["name"]


def _of_volume(volume: Body) -> Iterator[str]:
    sources = [volume, *((volume.get("projected") or {}).get("sources") or [])]
    for source in sources:
        secret = source.get("secret")
        if secret and not secret.get("optional"):
            yield secret.get("secretName") or secret["name"]


def _of_environment(container: Body) -> Iterator[str]:
    references = [each.get("secretRef") for each in container.get("envFrom") or []]
    references += [
        (each.get("valueFrom") or {}).get("secretKeyRef") for each in container.get("env") or []
    ]
    for reference in references:
        if reference and not reference.get("optional"):
            yield reference["name"]
