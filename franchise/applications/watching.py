"""What the cluster says of Apps, looked at every half a minute in a few lists."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import structlog

from franchise.applications import changes, connections, journal, names, pods
from franchise.applications.models import App, Change
from franchise.cluster import objects
from franchise.cluster.http import Cluster
from franchise.cluster.problems import ClusterProblem

log = structlog.get_logger(__name__)
EVERY_SECONDS = 30.0
MOST_PODS = 30
SHORT = 200
Json = objects.Json


def look() -> None:
    """Refresh `seen` of every App that is there; one that had stopped and is well by now goes on.

    Raises nothing: what was seen last stays.
    """
    if not journal.enabled():
        return
    rows = App.objects.select_related("organization", "environment").exclude(
        state__in=(App.State.REMOVED, App.State.REMOVING, App.State.INSTALLING)
    )
    by_organization: dict[str, list[App]] = defaultdict(list)
    for app in rows.exclude(commit=""):
        by_organization[app.organization.slug].append(app)
    if not by_organization:
        return
    try:
        with connections.cluster() as cluster:
            for slug, apps in sorted(by_organization.items()):
                _look_at(cluster, names.namespace(slug), apps)
    except ClusterProblem as problem:
        log.info("the cluster is not seen", type=problem.type)


def _look_at(cluster: Cluster, namespace: str, apps: list[App]) -> None:
    releases = {
        each["metadata"]["name"]: each
        for each in cluster.every(objects.path("helmreleases", namespace))
    }
    listed = cluster.every(objects.path("pods", namespace))
    for app in apps:
        release = releases.get(names.release(app.environment.kind, app.name))
        ours = pods.of(app, listed)
        seen = _seen(release, ours)
        if seen != app.seen:
            App.objects.filter(pk=app.pk).update(seen=seen)
        if seen["ready"] and app.state == App.State.FAILED and not pods.not_run(ours):
            _go_on(app)


def _seen(release: Json | None, ours: list[Json]) -> dict[str, Any]:
    history = ((release or {}).get("status") or {}).get("history") or [{}]
    return {
        "ready": objects.verdict(release).ready,
        "version": str(history[0].get("chartVersion", "")),
        "pods": [_pod(each) for each in ours[:MOST_PODS]],
        "simulated": pods.stands_for(ours),
    }


def _pod(pod: Json) -> dict[str, Any]:
    status = pod.get("status") or {}
    containers = status.get("containerStatuses") or []
    waiting = [(each.get("state") or {}).get("waiting") or {} for each in containers]
    words = next((w.get("message") or w.get("reason") for w in waiting if w), "")
    return {
        "name": str(pod["metadata"]["name"]),
        "phase": str(status.get("phase", "")),
        "restarts": sum(int(each.get("restartCount", 0)) for each in containers),
        "words": str(words or status.get("message", ""))[:SHORT],
    }


def _go_on(app: App) -> None:
    """It stopped while the cluster was at it, and the cluster got there after all."""
    last = changes.last(app)
    late = (Change.Step.RECONCILE, Change.Step.PROVE)
    if last is not None and last.state == Change.State.FAILED and last.step in late:
        changes.again(last)
