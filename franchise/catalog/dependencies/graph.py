"""A graph of needs that is refused when it names what there is not, or goes in a circle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from django.utils.translation import gettext as _

from catalyst.blueprints.needs import Need
from catalyst.language.words import lazy
from catalyst.problem import Invalid


class Unsound(Invalid):
    """`field` is always depends; the subclasses say what is wrong."""

    type = "dependency-unsound"
    title = lazy("These dependencies cannot be")


class DependencyCircle(Unsound):
    """`circle`: the slugs in order, the first one again at the end."""

    type = "dependency-circle"
    title = lazy("These dependencies go in a circle")


class UnknownDependency(Unsound):
    type = "dependency-unknown"
    title = lazy("This dependency is not in the catalog")


class WrongVersion(Unsound):
    type = "dependency-version"
    title = lazy("This version does not suit")


@dataclass(frozen=True, slots=True)
class Thing:
    """`shareable`: one copy serves all that need it. `version` is empty before there is one."""

    slug: str
    needs: tuple[Need, ...] = ()
    shareable: bool = False
    version: str = ""


Things = Mapping[str, Thing]


def check(things: Things) -> Things:
    """The same things. Raises UnknownDependency, WrongVersion, DependencyCircle."""
    for thing in things.values():
        for need in thing.needs:
            _check_need(thing, need, things)
    try:
        needs = {each.slug: [need.blueprint for need in each.needs] for each in things.values()}
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        circle = list(reversed(error.args[1]))
        raise DependencyCircle(
            _("%(circle)s: nothing in this circle could ever start. Nothing was changed.")
            % {"circle": " → ".join(circle)},
            field="depends", circle=circle,
        ) from error  # fmt: skip
    return things


def _check_need(thing: Thing, need: Need, things: Things) -> None:
    there = things.get(need.blueprint)
    if there is None:
        raise UnknownDependency(
            _("“%(name)s” is not in the catalog. Add it first.") % {"name": need.blueprint},
            field="depends", name=need.blueprint,
        )  # fmt: skip
    if not need.takes(there.version):
        raise WrongVersion(
            _("%(thing)s needs %(name)s %(range)s, and there is %(version)s.")
            % {"thing": thing.slug, "name": need.blueprint, "range": need.version,
               "version": there.version},
            field="depends", name=need.blueprint,
        )  # fmt: skip
