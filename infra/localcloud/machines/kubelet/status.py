"""What a Pod is reported to be: from the state of its containers to the `status` of the API."""

import datetime
from dataclasses import dataclass, field
from typing import Literal

from infra.localcloud.machines.cluster.api import Json

Phase = Literal["Pending", "Running", "Succeeded", "Failed"]


def now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(slots=True)
class ContainerState:
    """One container as it is now. `exit_code` is of the last run; `finished` when no other follows.

    `since`: start of the run or of the wait. `simulated`: reported running, without a process.
    `last_words`: of that run, where it asked for them.
    `resources`: as it asked for them; told on, and not enforced.
    """

    name: str
    image: str
    state: Literal["waiting", "running", "terminated"] = "waiting"
    reason: str = "ContainerCreating"
    message: str = ""
    since: str = ""
    ended: str = ""
    exit_code: int | None = None
    last_words: str = ""
    restarts: int = 0
    started: bool = False
    ready: bool = False
    finished: bool = False
    simulated: bool = False
    resources: Json = field(default_factory=dict)

    def report(self, uid: str) -> Json:
        """Its entry in `containerStatuses`."""
        entry: Json = {
            "name": self.name,
            "image": self.image,
            "imageID": "",
            "containerID": f"process://{uid}/{self.name}/{self.restarts}",
            "ready": self.ready,
            "started": self.started,
            "restartCount": self.restarts,
            "state": {self.state: self._state()},
            "lastState": {},
        }
        if self.resources:
            entry["resources"] = self.resources
            entry["allocatedResources"] = self.resources.get("requests") or {}
        if self.exit_code is not None and self.state != "terminated":
            entry["lastState"] = {"terminated": self._ended()}
        return entry

    def _state(self) -> Json:
        if self.state == "waiting":
            return {"reason": self.reason, "message": self.message}
        return {"startedAt": self.since} if self.state == "running" else self._ended()

    def _ended(self) -> Json:
        words = {"message": self.last_words} if self.last_words else {}
        return {
            **words,
            "exitCode": self.exit_code,
            "reason": "Completed" if self.exit_code == 0 else "Error",
            "startedAt": self.since or self.ended,  # one that never ran; empty is refused
            "finishedAt": self.ended,
        }


def phase(inits: list[ContainerState], mains: list[ContainerState]) -> Phase:
    """Kubernetes, "Pod Lifecycle"."""
    if any(init.finished and init.exit_code for init in inits):
        return "Failed"
    if all(main.finished for main in mains):
        return "Failed" if any(main.exit_code for main in mains) else "Succeeded"
    if any(main.state != "waiting" or main.exit_code is not None for main in mains):
        return "Running"
    return "Pending"


def report(
    pod: Json,
    *,
    inits: list[ContainerState],
    mains: list[ContainerState],
    address: str,
    node_address: str,
    began: str,
) -> Json:
    """The whole `status` to be patched in."""
    uid = pod["metadata"]["uid"]
    told = phase(inits, mains)
    initialized = all(init.exit_code == 0 or init.started for init in inits)
    ready = told == "Running" and all(main.ready for main in mains)
    status: Json = {
        "phase": told,
        "hostIP": node_address,
        "startTime": began,
        "conditions": [
            _condition(pod, "PodReadyToStartContainers", bool(address)),
            _condition(pod, "Initialized", initialized),
            _condition(pod, "ContainersReady", ready),
            _condition(pod, "Ready", ready),
        ],
        "initContainerStatuses": [init.report(uid) for init in inits],
        "containerStatuses": [main.report(uid) for main in mains],
    }
    if address:
        # In the place of those from before: a patch would merge them, and two are not taken.
        status |= {"podIP": address, "podIPs": [{"$patch": "replace"}, {"ip": address}]}
    return status


def _condition(pod: Json, kind: str, holds: bool) -> Json:
    told = "True" if holds else "False"
    for old in pod.get("status", {}).get("conditions") or []:
        if old["type"] == kind and old["status"] == told:
            return {**old}
    return {"type": kind, "status": told, "lastTransitionTime": now()}
