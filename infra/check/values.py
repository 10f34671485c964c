"""Values that go nowhere: keys that no template reads and no subchart knows (fault 10)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra.check import charts
from infra.check.blueprints import UPSTREAM
from infra.check.charts import Chart

# Read by helm itself or by people, not by templates.
NOT_FOR_TEMPLATES = frozenset({"global", UPSTREAM})
_READ = re.compile(r"\.Values((?:\.[A-Za-z_]\w*)+)")


def paths(values: Mapping[str, Any], before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every leaf of a mapping of values; an empty mapping is a leaf."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from paths(value, (*before, key))
        else:
            yield (*before, key)


def read_by(chart: Chart) -> set[tuple[str, ...]]:
    """The paths that the chart's templates read, as they are written there."""
    text = "\n".join(path.read_text() for path in chart.templates())
    return {tuple(match.strip(".").split(".")) for match in _READ.findall(text)}


def dead(chart: Chart) -> Iterator[str]:
    """Defaults of the chart that nothing reads."""
    subcharts = {dependency.key for dependency in chart.dependencies}
    read = read_by(chart)
    for path in paths(chart.values):
        if path[0] in subcharts | NOT_FOR_TEMPLATES:
            continue
        if not any(_touches(path, each) for each in read):
            yield ".".join(path)


def unknown(chart: Chart, given: Mapping[str, Any]) -> Iterator[str]:
    """Values given to a release of the chart that its defaults do not have: they go nowhere.

    Under a mapping that is empty by default, anything is allowed. What a subchart knows are the
    defaults of upstream's that its stub carries, beside those that ours name.
    """
    known = dict(chart.values)
    for dependency in chart.dependencies:
        stub = charts.stub(dependency)
        upstreams = stub.values if stub and (stub.path / "values.yaml").exists() else {}
        known[dependency.key] = _merged(upstreams, known.get(dependency.key) or {})
    yield from _unknown(known, given, ())


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    both = {**one, **other}
    for key in one.keys() & other.keys():
        if isinstance(one[key], Mapping) and isinstance(other[key], Mapping):
            both[key] = _merged(one[key], other[key])
    return both


def _unknown(
    known: Mapping[str, Any], given: Mapping[str, Any], before: tuple[str, ...]
) -> Iterator[str]:
    for key, value in given.items():
        path = (*before, key)
        if key not in known:
            yield ".".join(path)
        elif isinstance(value, Mapping) and isinstance(known[key], Mapping) and known[key]:
            yield from _unknown(known[key], value, path)


def unreached(given: Mapping[str, Any], reached: Mapping[str, Any], key: str = "") -> Iterator[str]:
    """Values given under a subchart's key that its own marker does not show."""
    for name, value in given.items():
        path = f"{key}.{name}" if key else name
        if name not in reached:
            if value is not None:  # null takes a key away
                yield path
        elif isinstance(value, Mapping) and isinstance(reached[name], Mapping):
            yield from unreached(value, reached[name], path)
        elif reached[name] != value:
            yield path


def _touches(path: tuple[str, ...], read: tuple[str, ...]) -> bool:
    """Whether a template that reads `read` sees the value at `path`: itself, what holds it, or what
    it may hold (an empty mapping)."""
    shorter = min(len(path), len(read))
    return path[:shorter] == read[:shorter]
