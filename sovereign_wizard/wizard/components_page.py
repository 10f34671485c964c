"""What the components step draws: cards, chips with their counts, the sum."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from catalyst.blueprints import services as blueprints
from catalyst.blueprints.services import App, Component, Family
from sovereign_wizard.wizard import steps
from sovereign_wizard.wizard.components_choice import STEP, Choice, Outcome
from sovereign_wizard.wizard.components_memory import memory
from sovereign_wizard.wizard.models import Draft

CHOOSE, ALWAYS, APPS = "choose", "always", "apps"
VIEWS = (CHOOSE, ALWAYS, APPS)
LONGEST_SEARCH = 60


@dataclass(frozen=True, slots=True)
class Look:
    """What of it somebody looks at; all of it stands in the address."""

    view: str = CHOOSE
    q: str = ""
    family: str = ""

    def query(self, **changes: str) -> str:
        """The address of a look, without what is as always."""
        told = {"view": self.view, "q": self.q, "family": self.family} | changes
        if told["view"] == CHOOSE:
            told["view"] = ""
        return "?" + urlencode({name: worth for name, worth in told.items() if worth})

    def finds(self, *texts: str) -> bool:
        return all(word in " ".join(texts).lower() for word in self.q.lower().split())


def look(asked: QueryDict) -> Look:
    """What is no look of ours is none; an unknown family is no family."""
    view, family = asked.get("view", CHOOSE), asked.get("family", "")
    known = blueprints.catalogue().family(family)
    return Look(
        view if view in VIEWS else CHOOSE,
        asked.get("q", "").strip()[:LONGEST_SEARCH],
        family if known else "",
    )


@dataclass(frozen=True, slots=True)
class Card:
    """`chosen` as it is now; `users`: chosen ones that need it."""

    item: Component
    family: Family
    chosen: bool
    needs: tuple[Component, ...]
    users: tuple[Component, ...]


@dataclass(frozen=True, slots=True)
class AppCard:
    item: App
    chosen: bool
    needs: tuple[App, ...]


@dataclass(frozen=True, slots=True)
class Chip:
    title: str
    count: int
    url: str
    current: bool


def frame(draft: Draft, choice: Choice, outcome: Outcome) -> dict[str, Any]:
    """What every page of the step has."""
    there = blueprints.catalogue()
    return {
        "draft": draft,
        "step": steps.step(STEP),
        "stepper": steps.stepper(draft, STEP),
        "has_back": True,
        "home": steps.url(draft, STEP),
        "outcome": outcome,
        "memory": memory(draft, choice),
        "chosen_count": len(choice.components.optional),
        "optional_count": len(there.optional),
        "always_count": len(there.locked),
        "apps_count": len(choice.apps),
    }


def grid(request: HttpRequest, draft: Draft, choice: Choice) -> dict[str, Any]:
    """The three lists, of which one is shown."""
    seen = look(request.GET)
    every = [card(each, choice) for each in blueprints.catalogue().components.values()]
    found = [each for each in every if _found(each, seen)]
    shown = [each for each in found if seen.family in ("", each.family.id)]
    apps = [each for each in app_cards(choice) if _app_found(each.item, seen)]
    return {
        "look": seen,
        "action": steps.url(draft, STEP) + seen.query(),
        "tabs": _tabs(seen, choice),
        "chips": _chips(seen, found),
        "can": _order(each for each in shown if each.item.optional),
        "later": _order(each for each in shown if not each.item.available),
        "always": _order(each for each in shown if each.item.locked),
        "apps": [each for each in apps if each.item.choosable],
        "apps_later": [each for each in apps if not each.item.choosable and not each.item.system],
        "services": [each for each in blueprints.apps().values() if each.system],
    }


def card(item: Component, choice: Choice) -> Card:
    there, chosen = blueprints.catalogue(), choice.components.chosen
    family = there.family(item.family)
    assert family is not None  # the catalogue puts each into one
    return Card(
        item,
        family,
        item.id in chosen,
        tuple(there.components[each] for each in item.needs),
        tuple(each for each in there.users(item.id) if each.id in chosen),
    )


def app_cards(choice: Choice) -> list[AppCard]:
    """Chosen first, then by title."""
    known = blueprints.apps()
    made = [
        AppCard(each, each.id in choice.apps, tuple(known[need] for need in each.needs))
        for each in known.values()
    ]
    return sorted(made, key=lambda each: not each.chosen)


def _order(cards: Iterable[Card]) -> list[Card]:
    return sorted(cards, key=lambda each: (not each.chosen, each.item.title.lower()))


def _found(each: Card, seen: Look) -> bool:
    return seen.finds(each.item.title, each.item.id, each.item.summary, each.family.title)


def _app_found(app: App, seen: Look) -> bool:
    return seen.finds(app.title, app.id, app.summary, app.category)


def _tabs(seen: Look, choice: Choice) -> list[Chip]:
    there = blueprints.catalogue()
    counts = {
        CHOOSE: (_("Choose your stack"), len(there.components) - len(there.locked)),
        ALWAYS: (_("Always included"), len(there.locked)),
        APPS: (_("Apps"), sum(each.choosable for each in blueprints.apps().values())),
    }
    return [
        Chip(title, count, Look(view=view).query(), view == seen.view)
        for view, (title, count) in counts.items()
    ]


def _chips(seen: Look, found: list[Card]) -> list[Chip]:
    """Families with how many of each the search finds here."""
    here: Callable[[Card], bool] = lambda each: bool(each.item.locked) is (seen.view == ALWAYS)  # noqa: E731
    counts = [each.family.id for each in found if here(each)]
    families = blueprints.catalogue().families
    chips = [
        Chip(each.title, counts.count(each.id), seen.query(family=each.id), each.id == seen.family)
        for each in families
    ]
    whole = Chip(_("All"), len(counts), seen.query(family=""), not seen.family)
    return [whole, *(each for each in chips if each.count or each.current)]
