"""An App's Pods, and what the laptop's kubelet says of those that it cannot really run."""

from __future__ import annotations

from collections.abc import Iterable

from franchise.applications import names
from franchise.applications.models import App
from franchise.cluster.objects import Json

SHORT = 200
# Another program stands for an image; none runs at all.
STAND_IN, NOT_RUN = "catalyst.openova.io/stand-in", "catalyst.openova.io/simulated-because"


def of(app: App, pods: Iterable[Json]) -> list[Json]:
    """Those of one App among all of its Organization: by Helm's label, else by the name that
    whatever keeps a service gives them."""
    release = names.release(app.environment.kind, app.name)
    others = App.objects.filter(organization_id=app.organization_id).exclude(pk=app.pk)
    longer = tuple(
        f"{names.release(each.environment.kind, each.name)}-"
        for each in others.select_related("environment").exclude(state=App.State.REMOVED)
        if each.name.startswith(f"{app.name}-")
    )
    return [each for each in pods if _is_of(each, release, longer)]


def _is_of(pod: Json, release: str, longer: tuple[str, ...]) -> bool:
    marked = (pod["metadata"].get("labels") or {}).get("app.kubernetes.io/instance")
    if marked:
        return bool(marked == release)
    name = str(pod["metadata"]["name"])
    return name.startswith(f"{release}-") and not name.startswith(longer)


def stands_for(pods: Iterable[Json]) -> list[str]:
    """What is not what it will be elsewhere, in words."""
    return sorted({words for each in pods for words in _words(each, STAND_IN, NOT_RUN)})


def not_run(pods: Iterable[Json]) -> list[str]:
    """Of what is reported as running though no process was started, in words."""
    return sorted({words for each in pods for words in _words(each, NOT_RUN)})


def _words(pod: Json, *marks: str) -> list[str]:
    told = pod["metadata"].get("annotations") or {}
    words = "; ".join(str(told[mark]) for mark in marks if told.get(mark))
    return [part.strip()[:SHORT] for part in words.split(";") if part.strip()]
