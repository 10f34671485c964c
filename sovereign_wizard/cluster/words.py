"""What Flux's controllers say about a release while they work: their events and their log.

Only helps a person: when it cannot be had, the watch goes on without. Sources: Kubernetes core/v1
Event; helm-controller's log, one JSON object a line: `ts`, `level`, `msg`, perhaps `error`, and
`HelmRelease: {namespace, name}`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from sovereign_wizard.cluster.client import Cluster
from sovereign_wizard.cluster.problems import ClusterAway
from sovereign_wizard.cluster.states import NAMESPACE, Json, Kind, Name, short

KINDS = {"HelmRelease": Kind.RELEASE, "Kustomization": Kind.STAGE}
CONTROLLER = "helm-controller"
# Said again at every look of a controller at something that waits; its state says it once.
CHATTER = re.compile(
    r"checking \d+ dependencies|is in-sync$|[Dd]ependencies do not meet|^DependencyNotReady"
)
MOST_BYTES = 128 << 10
MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class Word:
    """One line of a controller about one component. `level` as in the log: info or warn."""

    component: str
    text: str
    level: str
    source: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What was new, and the marks from which to listen on."""

    words: tuple[Word, ...]
    events_mark: int
    log_mark: datetime | None


def listen(
    cluster: Cluster,
    known: set[Name],
    *,
    events_mark: int,
    log_mark: datetime | None,
    now: datetime,
) -> Heard:
    """What was said since the marks about releases of `known`. Of the log nothing before `now`,
    when nothing was heard of it yet. Never raises: without an answer the marks stay."""
    try:
        events, events_mark = _events(cluster, known, events_mark)
    except ClusterAway:
        events = []
    lines: list[tuple[datetime, Word | None]] = []
    with suppress(ClusterAway):  # no such Pod yet, or its machine does not answer
        lines = sorted(_lines(cluster, known, log_mark or now), key=lambda each: each[0])
    # Lines that are not told count as well: an answer is cut at its end, the next begins here.
    newest = lines[-1][0] if lines else (log_mark or now)
    words = [word for _, word in lines if word is not None]
    return Heard((*events, *words[-MOST_LINES:]), events_mark, newest)


def _events(cluster: Cluster, known: set[Name], mark: int) -> tuple[list[Word], int]:
    """Resource versions of one kind can be compared (Kubernetes 1.35, KEP-5504)."""
    found: list[tuple[int, Word]] = []
    for kind in KINDS:
        path = f"/api/v1/namespaces/{NAMESPACE}/events"
        for event in cluster.every(path, fieldSelector=f"involvedObject.kind={kind}"):
            version, about = int(event["metadata"]["resourceVersion"]), event["involvedObject"]
            if version <= mark or (about.get("namespace", ""), about["name"]) not in known:
                continue
            word = _event(event)
            if not CHATTER.search(word.text):
                found.append((version, word))
    found.sort(key=lambda each: each[0])
    return [word for _, word in found], max([mark, *(version for version, _ in found)])


def _event(event: Json) -> Word:
    source = event.get("source", {}).get("component") or event.get("reportingComponent") or "flux"
    level = "warn" if event.get("type") == "Warning" else "info"
    text = f"{event.get('reason', '')}: {event.get('message', '')}"
    return Word(short(event["involvedObject"]["name"]), text, level, source)


def _lines(
    cluster: Cluster, known: set[Name], since: datetime
) -> Iterator[tuple[datetime, Word | None]]:
    """What came after `since`. Raises ClusterAway."""
    pods = f"/api/v1/namespaces/{NAMESPACE}/pods"
    for pod in cluster.every(pods, labelSelector=f"app={CONTROLLER}"):
        log = cluster.text(
            f"{pods}/{quote(pod['metadata']['name'])}/log",
            sinceTime=since.isoformat(),
            limitBytes=str(MOST_BYTES),
        )
        for line in log.splitlines():
            said = _line(line, known)
            # `sinceTime` counts whole seconds.
            if said and said[0] > since:
                yield said


def _line(line: str, known: set[Name]) -> tuple[datetime, Word | None] | None:
    """When a line of the controller was said, and what, if it is to be told."""
    try:
        document = json.loads(line)
        at = datetime.fromisoformat(document["ts"])
    except (ValueError, KeyError, TypeError):
        return None  # cut off, or of somebody else
    return None if at.tzinfo is None else (at, _word(document, known))


def _word(document: Json, known: set[Name]) -> Word | None:
    """What a line of the log says, if it is about one of `known` and no chatter."""
    try:
        about = document["HelmRelease"]
        name = (about["namespace"], about["name"])
        text = document["msg"] + (f": {document['error']}" if "error" in document else "")
    except (KeyError, TypeError):
        return None  # about something else
    if name not in known or CHATTER.search(text):
        return None
    level = "warn" if document.get("level") == "error" else "info"
    return Word(short(name[1]), text, level, CONTROLLER)
