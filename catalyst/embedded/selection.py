"""Which services to start, and in which order. Pure: it looks at names only."""

from __future__ import annotations

from collections.abc import Sequence

from catalyst.embedded.service import Service


class UnknownService(Exception):
    """A name that no service of the stack has."""


def select(every: Sequence[Service], only: Sequence[str] | None) -> list[Service]:
    """The named services (all of them for `None`), what they need and what is part of them.

    The order of `every` is kept, and is an order of starting: needs come first.
    """
    by_name = {service.name: service for service in every}
    if only is None:
        return list(every)
    if unknown := [name for name in only if name not in by_name]:
        raise UnknownService(f"no service {', '.join(unknown)}; there are {', '.join(by_name)}")
    chosen: set[str] = set()
    queue = list(only)
    while queue:
        name = queue.pop()
        if name in chosen:
            continue
        chosen.add(name)
        queue += by_name[name].needs
        queue += [service.name for service in every if service.part_of == name]
    return [service for service in every if service.name in chosen]


def before(service: Service, among: Sequence[Service]) -> list[str]:
    """Names of what must be up before this service is started."""
    names = {other.name for other in among}
    return [name for name in (*service.needs, *service.after) if name in names]


def stand_on(services: Sequence[Service]) -> dict[str, frozenset[str]]:
    """For each service all that must be up before it, however indirectly.

    Indirectly counts: the console waits for `migrate`, which has long ended when PostgreSQL is to
    stop. `services` is in an order of starting.
    """
    found: dict[str, frozenset[str]] = {}
    for service in services:
        direct = before(service, services)
        found[service.name] = frozenset(direct).union(*(found[name] for name in direct))
    return found
