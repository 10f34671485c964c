"""A choice that arrives from outside, judged. The catalogue itself is `catalyst.blueprints`."""

from __future__ import annotations

from collections.abc import Iterable

from catalyst.blueprints.kit import Component
from catalyst.blueprints.services import apps, kit
from sovereign_wizard.kit.problems import MissingComponents, UnknownApp, UnknownComponent

FIELD, APPS = "components", "apps"


def choice(named: Iterable[str] | None) -> tuple[str, ...]:
    """The optional components of a Sovereign, in order of name; None stands for all of them.

    What is mandatory may be named as well. Raises UnknownComponent, MissingComponents.
    """
    there = kit()
    if named is None:
        return there.all_optional
    asked = set(named)
    if unknown := sorted(asked - there.components.keys()):
        known = ", ".join(there.all_optional)
        raise UnknownComponent(f"{', '.join(unknown)}. There are: {known}.", field=FIELD)
    chosen = tuple(sorted(name for name in asked if not there.components[name].mandatory))
    if missing := there.missing(chosen):
        raise MissingComponents(
            told(missing),
            field=FIELD,
            missing={name: [each.id for each in needed] for name, needed in missing.items()},
        )
    return chosen


def told(missing: dict[str, list[Component]]) -> str:
    """Which component needs which, in words."""
    names = kit().components
    return " ".join(
        f"{names[name].title} needs {' and '.join(each.title for each in needed)}."
        for name, needed in missing.items()
    )


def chosen_apps(named: Iterable[str]) -> tuple[str, ...]:
    """The Apps for a Sovereign's catalogue, in order of name. Raises UnknownApp."""
    offered = {each.id for each in apps().values() if each.choosable}
    asked = set(named)
    if unknown := sorted(asked - offered):
        known = ", ".join(sorted(offered))
        raise UnknownApp(f"{', '.join(unknown)}. There are: {known}.", field=APPS)
    return tuple(sorted(asked))
