"""The door of this room: Apps wanted, changed, removed, and what is seen of them."""

from __future__ import annotations

from franchise.applications.acting import configure, remove, retry, roll_back, upgrade, withdraw
from franchise.applications.installing import came_of, install, least_plan, offered
from franchise.applications.journal import enabled, stream
from franchise.applications.models import App, Backing, Change
from franchise.applications.problems import (
    Busy,
    NameTaken,
    NoRoom,
    NothingBefore,
    NothingToRetry,
    NotInstallable,
    StillNeeded,
    WrongName,
)
from franchise.applications.reading import (
    Pod,
    Progress,
    Seen,
    address_in_git,
    dependants,
    get,
    history,
    logs,
    of_organization,
    progress,
    seen,
)
from franchise.cluster.problems import ClusterAway

__all__ = [
    "App", "Backing", "Busy", "Change", "ClusterAway", "NameTaken", "NoRoom", "NotInstallable",
    "NothingBefore", "NothingToRetry", "Pod", "Progress", "Seen", "StillNeeded", "WrongName",
    "address_in_git", "came_of", "configure", "dependants", "enabled", "get", "history", "install",
    "least_plan", "logs", "of_organization", "offered", "progress", "remove", "retry", "roll_back",
    "seen", "stream", "upgrade", "withdraw",
]  # fmt: skip
