"""Metrics of servers and load balancers: plausible series that are the same each time they are
asked for. They are made up: the computer does not measure single machines."""

import math
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from infra.localcloud.hetzner import document
from infra.localcloud.hetzner.calls import Call, route
from infra.localcloud.hetzner.errors import invalid
from infra.localcloud.hetzner.store import Json

_SAMPLES, _MOST_SAMPLES = 200, 500
_KEPT_FOR = timedelta(days=30)
_DAY = 24 * 3600

# Series by type of metric, each with its level and how far it swings in a day.
_Series = Mapping[str, Mapping[str, tuple[float, float]]]
_SERVER: _Series = {
    "cpu": {"cpu": (18, 12)},
    "disk": {
        "disk.0.iops.read": (4, 3),
        "disk.0.iops.write": (11, 7),
        "disk.0.bandwidth.read": (9e4, 6e4),
        "disk.0.bandwidth.write": (2.4e5, 1.6e5),
    },
    "network": {
        "network.0.pps.in": (120, 90),
        "network.0.pps.out": (110, 80),
        "network.0.bandwidth.in": (6e4, 4e4),
        "network.0.bandwidth.out": (1.3e5, 9e4),
    },
}
_BALANCER: _Series = {
    "open_connections": {"open_connections": (14, 9)},
    "connections_per_second": {"connections_per_second": (3, 2)},
    "requests_per_second": {"requests_per_second": (7, 5)},
    "bandwidth": {"bandwidth.in": (5e4, 3e4), "bandwidth.out": (1.2e5, 8e4)},
}


def _time(call: Call, name: str) -> datetime:
    text = call.query.get(name, "")
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as error:
        raise invalid(name, "must be a time in the format of RFC 3339") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _types(call: Call) -> list[str]:
    """Several values, or one with commas."""
    types = [part for value in call.query.getlist("type") for part in value.split(",") if part]
    allowed = document.query_parameters(call.path)["type"]
    if not types or not set(types) <= set(allowed):
        raise invalid("type", f"must be one of {', '.join(allowed)}")
    return types


def _step(call: Call, seconds: float) -> int:
    text = call.query.get("step")
    if text is None:
        return max(1, round(seconds / _SAMPLES))
    if not text.isdecimal() or int(text) < 1:
        raise invalid("step", "must be a number of seconds")
    return max(int(text), math.ceil(seconds / _MOST_SAMPLES))


def _values(seed: str, times: range, level: float, swing: float) -> list[list[object]]:
    phase = random.Random(seed).uniform(0, _DAY)
    values: list[list[object]] = []
    for at in times:
        noise = random.Random(f"{seed} {at}").gauss(0, swing / 8)
        value = level + swing * math.sin(2 * math.pi * (at + phase) / _DAY) + noise
        values.append([at, f"{max(0.0, value):.4f}"])
    return values


def _register(plural: str, kind: str, known: _Series) -> None:
    @route("GET", f"/{plural}/{{id}}/metrics")
    def metrics(call: Call) -> Json:
        row = call.resource(kind)
        types, start, end = _types(call), _time(call, "start"), _time(call, "end")
        if end <= start:
            raise invalid("end", "must be later than start")
        step = _step(call, (end - start).total_seconds())
        first = max(start, datetime.now(UTC) - _KEPT_FOR, datetime.fromisoformat(row.created))
        last = min(end, datetime.now(UTC))
        times = range(math.ceil(first.timestamp()), int(last.timestamp()) + 1, step)
        series = {
            name: {"values": _values(f"{row.id} {name}", times, *shape)}
            for metric in types
            for name, shape in known[metric].items()
        }
        told = {"start": start.isoformat(), "end": end.isoformat(), "step": step}
        return {"metrics": {**told, "time_series": series}}


_register("load_balancers", "load_balancer", _BALANCER)
_register("servers", "server", _SERVER)
