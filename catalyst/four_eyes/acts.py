"""Which acts want a second person, and who that may be. Each app says so of its own acts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from catalyst.identity.models import User


@dataclass(frozen=True, slots=True)
class Act:
    """`may_agree`: may this person be the second one for `<kind>:<id>`? That it is another than
    who asked is judged here. `place`: the path of the page where the act is done."""

    may_agree: Callable[[User, str], bool]
    place: Callable[[str], str]


_acts: dict[str, Act] = {}


def register(name: str, act: Act) -> None:
    """Called by an app when it is ready; `name` as the audit has it."""
    _acts[name] = act


def known(name: str) -> Act | None:
    """None for an act of an app that is not installed any more."""
    return _acts.get(name)
