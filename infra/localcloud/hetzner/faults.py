"""Faults on demand: what shall go wrong with which requests, and how often.

Deterministic: a fault strikes the first requests that match it, in the order they come, until its
times are used up; then it stays listed with its hits. In memory: a restart forgives.
"""

import re
import time
from dataclasses import dataclass, field
from typing import Any

from infra.localcloud.hetzner.errors import ApiError, invalid

Json = dict[str, Any]

# Parameters by kind: name -> (type, default); no default = required.
_REQUIRED = object()
_PARAMETERS: dict[str, dict[str, tuple[tuple[type, ...], object]]] = {
    "latency": {"seconds": ((int, float), _REQUIRED)},
    "status": {
        "status": ((int,), _REQUIRED),
        "code": ((str,), "server_error"),
        "message": ((str,), "fault on demand"),
    },
    "action_failure": {
        "code": ((str,), "action_failed"),
        "message": ((str,), "Action failed"),
    },
    "sold_out": {"server_type": ((str,), _REQUIRED), "location": ((str, type(None)), None)},
    "lost_answer": {},
    "rate_limit": {"remaining": ((int,), 0), "reset": ((int,), 60)},
}
_COMMON = {"kind", "match", "times"}
_MATCH: dict[str, type] = {"project": int, "method": str, "path": str}


@dataclass(slots=True)
class Fault:
    """`times` None means until it is deleted; `params` as in the table above."""

    id: int
    kind: str
    project: int | None
    method: str | None
    path: re.Pattern[str] | None
    times: int | None
    params: Json
    hits: int = 0

    @property
    def live(self) -> bool:
        return self.times is None or self.hits < self.times

    def matches(self, project: int, method: str, path: str) -> bool:
        return (
            self.live
            and self.project in (None, project)
            and self.method in (None, method)
            and (self.path is None or self.path.search(path) is not None)
        )

    def shown(self) -> Json:
        match = {"project": self.project, "method": self.method}
        match["path"] = None if self.path is None else self.path.pattern
        given = {name: value for name, value in match.items() if value is not None}
        counted = {"times": self.times, "hits": self.hits}
        return {"id": self.id, "kind": self.kind, "match": given, **counted, **self.params}


@dataclass(frozen=True, slots=True)
class Struck:
    """What one request suffers: a pause in seconds, and at most one other fault."""

    pause: float
    fault: Fault | None

    def is_a(self, kind: str) -> bool:
        return self.fault is not None and self.fault.kind == kind


@dataclass(slots=True)
class FaultBook:
    faults: dict[int, Fault] = field(default_factory=dict)
    _last: int = 0

    def add(self, asked: Json) -> Fault:
        """Raises invalid_input, naming the field."""
        kind = asked.get("kind")
        if not isinstance(kind, str) or kind not in _PARAMETERS:
            raise invalid("kind", f"must be one of {', '.join(_PARAMETERS)}")
        for name in asked.keys() - _COMMON - _PARAMETERS[kind].keys():
            raise invalid(name, f"is no parameter of {kind}")
        match = _match(asked.get("match", {}))
        times = asked.get("times", 1)
        if times is not None and (not _is(times, (int,)) or times < 1):
            raise invalid("times", "must be a number of at least 1, or null for always")
        self._last += 1
        params = _params(kind, asked)
        fault = Fault(self._last, kind, **match, times=times, params=params)
        self.faults[fault.id] = fault
        return fault

    def remove(self, identifier: int) -> bool:
        return self.faults.pop(identifier, None) is not None

    def clear(self) -> None:
        self.faults.clear()

    def strike(self, project: int, method: str, path: str) -> Struck:
        """Count down and return what a request suffers: every latency, and the first other one."""
        pause, chosen = 0.0, None
        for fault in self.faults.values():
            if fault.kind == "sold_out" or not fault.matches(project, method, path):
                continue
            if fault.kind == "latency":
                pause += fault.params["seconds"]
            elif chosen is None:
                chosen = fault
            else:
                continue
            fault.hits += 1
        return Struck(pause, chosen)

    def sold_out(self, project: int, server_type: str, location: str) -> Fault | None:
        """The fault that has emptied the shelf, if one has; the caller counts a refused order."""
        for fault in self.faults.values():
            shelf = (server_type, fault.params.get("location") or location)
            if (
                fault.kind == "sold_out"
                and fault.live
                and fault.project in (None, project)
                and (fault.params["server_type"], location) == shelf
            ):
                return fault
        return None


def refusal(struck: Struck) -> ApiError | None:
    """The error a `status` or `rate_limit` fault answers with, if it is one that refuses."""
    fault = struck.fault
    if fault is not None and fault.kind == "status":
        params = fault.params
        return ApiError(params["code"], params["message"], status=params["status"])
    if fault is not None and fault.kind == "rate_limit" and fault.params["remaining"] < 1:
        return ApiError("rate_limit_exceeded", "rate limit exceeded")
    return None


def headers(struck: Struck) -> dict[str, str]:
    """Rate headers a `rate_limit` fault shows instead of the true ones; `reset` is in seconds."""
    if not struck.is_a("rate_limit") or struck.fault is None:
        return {}
    params = struck.fault.params
    return {
        "RateLimit-Remaining": str(params["remaining"]),
        "RateLimit-Reset": str(int(time.time()) + params["reset"]),
    }


def _match(asked: object) -> Json:
    if not isinstance(asked, dict):
        raise invalid("match", "must be an object")
    for name, value in asked.items():
        if name not in _MATCH or not _is(value, (_MATCH[name],)):
            raise invalid(f"match.{name}", "project is a number, method and path are text")
    try:
        path = re.compile(asked["path"]) if "path" in asked else None
    except re.error as error:
        raise invalid("match.path", f"is not a regular expression: {error}") from error
    method = asked["method"].upper() if "method" in asked else None
    return {"project": asked.get("project"), "method": method, "path": path}


def _params(kind: str, asked: Json) -> Json:
    params = {}
    for name, (types, default) in _PARAMETERS[kind].items():
        value = asked.get(name, default)
        if value is _REQUIRED or not _is(value, types):
            named = " or ".join(entry.__name__ for entry in types)
            raise invalid(name, f"{kind} needs it as {named}")
        params[name] = value
    return params


def _is(value: object, types: tuple[type, ...]) -> bool:
    return isinstance(value, types) and not isinstance(value, bool)
