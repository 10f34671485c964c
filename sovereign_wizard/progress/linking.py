"""Which jobs the graph shows, and what needs what among them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sovereign_wizard.progress.jobs import Job
from sovereign_wizard.provisioning.order import CLUSTER


def newest(every: Sequence[Job]) -> list[Job]:
    """Of each phase the job of the newest run; of a destroy run its own phases alone."""
    last: dict[str, Job] = {}
    for one in every:
        last.pop(one.app, None)
        last[one.app] = one
    kinds = [one.batch for one in every if not one.is_release]
    destroys = bool(kinds) and kinds[-1].startswith("destroy")
    return [one for one in last.values() if one.batch.startswith("destroy") == destroys]


def joined(every: Mapping[str, Job]) -> dict[str, list[str]]:
    """What needs what among these; the releases hang between the phases that start and await them.

    A job that was done again stands for the one that is asked for.
    """
    by_app = {one.app: one.name for one in every.values() if not one.is_release}
    phases = list(by_app.values())
    needs: dict[str, list[str]] = {}
    for one in every.values():
        inside = [name for name in one.needs if name in every]
        if not one.is_release and not inside and one.name != phases[0]:
            inside = [phases[phases.index(one.name) - 1]]
        needs[one.name] = inside
    releases = [one.name for one in every.values() if one.is_release]
    begin, end = (by_app.get(phase) for phase in CLUSTER)
    if begin and end and releases:
        needed = {name for release in releases for name in needs[release]}
        for release in releases:
            needs[release] = needs[release] or [begin]
        needs[end] = [*(name for name in releases if name not in needed)] or needs[end]
    return needs
