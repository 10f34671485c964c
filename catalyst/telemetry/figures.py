"""Figures for Prometheus. Each is read from rows or from Redis when asked for, so every web process
gives the same answer; none lives in one process's memory.

A room tells its figures by `@source("name")`. Labels are ids, states and codes, never secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import structlog
from django.db import DatabaseError
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)
Source = Callable[[], Iterable[Metric]]
Samples = dict[tuple[str, ...], float]
_sources: dict[str, Source] = {}


def source(name: str) -> Callable[[Source], Source]:
    """Register a function that reads a group of figures. One query or two, quick."""

    def register(function: Source) -> Source:
        _sources[name] = function
        return function

    return register


def gauge(name: str, words: str, labels: Sequence[str], samples: Samples) -> Metric:
    """A figure that goes up and down. `name` without `catalyst_`; label values → figure."""
    family = GaugeMetricFamily(f"catalyst_{name}", words, labels=labels)
    for values, figure in sorted(samples.items()):
        family.add_metric(values, figure)
    return family


def counter(name: str, words: str, labels: Sequence[str], samples: Samples) -> Metric:
    """A figure that only grows; Prometheus sees it as `catalyst_<name>_total`."""
    family = CounterMetricFamily(f"catalyst_{name}", words, labels=labels)
    for values, figure in sorted(samples.items()):
        family.add_metric(values, figure)
    return family


def histogram(
    name: str,
    words: str,
    labels: Sequence[str],
    bounds: Sequence[float],
    samples: Mapping[tuple[str, ...], tuple[Sequence[float], float]],
) -> Metric:
    """A distribution. Label values → (how many in each bucket, the last without bound; sum)."""
    family = HistogramMetricFamily(f"catalyst_{name}", words, labels=labels)
    for values, (counts, total) in sorted(samples.items()):
        running, buckets = 0.0, []
        for bound, count in zip([*map(str, bounds), "+Inf"], counts, strict=True):
            running += count
            buckets.append((bound, running))
        family.add_metric(values, buckets=buckets, sum_value=total)
    return family


def gather() -> list[Metric]:
    """Every figure now. A source that cannot be read is told as one, and spoils no other."""
    found: list[Metric] = []
    failed: Samples = {}
    for name, read in _sources.items():
        failed[(name,)] = 0
        try:
            found.extend(read())
        except (DatabaseError, RedisError, OSError) as error:
            log.warning("figures not read", source=name, error=type(error).__name__)
            failed[(name,)] = 1
    words = "1 when a group of figures could not be read just now."
    return [*found, gauge("figures_unreadable", words, ["source"], failed)]


class _Gathering:
    def collect(self) -> Iterable[Metric]:
        return gather()

    def describe(self) -> Iterable[Metric]:
        return ()


REGISTRY = CollectorRegistry()
REGISTRY.register(_Gathering())
