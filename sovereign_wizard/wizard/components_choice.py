"""One act on the components step: what it changes, and the words for what came along and why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from django.db import transaction

from catalyst.blueprints import services as blueprints
from catalyst.blueprints.services import Component, Selection
from sovereign_wizard.wizard import drafts
from sovereign_wizard.wizard.models import Draft

STEP = "components"
COMPONENTS, PICKED, APPS = "components", "components_picked", "apps"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to say. `ask`: nothing was changed yet, this would go as well; `act` does it."""

    words: str = ""
    refused: bool = False
    ask: tuple[Component, ...] = ()
    act: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a draft holds: components with what they need, and Apps."""

    components: Selection
    apps: tuple[str, ...]

    @property
    def values(self) -> dict[str, list[str]]:
        return {
            COMPONENTS: list(self.components.optional),
            PICKED: sorted(self.components.picked),
            APPS: list(self.apps),
        }


def of(draft: Draft) -> Choice:
    """What was chosen so far, without what there is no more; the defaults, if nothing was."""
    values = draft.values
    known = blueprints.apps()
    apps = (name for name in values.get(APPS, ()) if name in known and known[name].choosable)
    picked = values.get(PICKED, values.get(COMPONENTS))
    return Choice(blueprints.selection(picked), tuple(sorted(apps)))


def keep(draft: Draft, choice: Choice, *, accepted: bool) -> None:
    drafts.answer(draft=draft, step=STEP, values=choice.values, accepted=accepted)


def act(draft: Draft, told: str) -> Outcome:
    """Do `verb:name` (verbs: see `VERBS`) to a draft. Two tabs of one person queue up here."""
    verb, _, name = told.partition(":")
    if verb not in VERBS:
        return Outcome("This page does not know that. Nothing was changed.", refused=True)
    with transaction.atomic():
        fresh = Draft.objects.select_for_update().get(pk=draft.pk)
        before = of(fresh)
        outcome, after = VERBS[verb](before, name)
        if after != before:
            keep(fresh, after, accepted=False)
    draft.refresh_from_db()
    return outcome


Done = tuple[Outcome, Choice]


def _add(before: Choice, name: str) -> Done:
    there = blueprints.catalogue()
    component = there.components.get(name)
    if component is None:
        return _refuse(before, "There is no such component.")
    if not component.available:
        return _refuse(before, f"{component.title} cannot be added: {component.reason}")
    family = there.family(component.family)
    wanted = [name]
    if family is not None and family.together:
        wanted = [each.id for each in family.components if each.optional]
    return _added(before, wanted, component.title)


def _add_family(before: Choice, name: str) -> Done:
    family = blueprints.catalogue().family(name)
    wanted = [each.id for each in family.components if each.optional] if family else []
    if family is None or not wanted:
        return _refuse(before, "There is nothing of that family to add yet.")
    return _added(before, wanted, f"The family {family.title}")


def _added(before: Choice, wanted: Collection[str], title: str) -> Done:
    after = Choice(before.components.add(wanted), before.apps)
    along = sorted(set(after.components.optional) - set(before.components.optional) - set(wanted))
    words = [f"{title} was added."]
    words += [f"{_title(each)} came along: {_why(each, after.components)}." for each in along]
    return Outcome(" ".join(words)), after


def _why(name: str, selection: Selection) -> str:
    needing = [each for each in selection.chosen if name in selection.needs[each]]
    return f"{_titles(needing)} {'needs' if len(needing) == 1 else 'need'} it"


def _remove(before: Choice, name: str, *, sure: bool = False) -> Done:
    component = blueprints.catalogue().components.get(name)
    if component is None:
        return _refuse(before, "There is no such component.")
    if component.locked:
        return _refuse(before, f"{component.title} is always included. {component.locked}")
    return _removed(before, [name], component.title, "" if sure else f"remove-all:{name}")


def _remove_family(before: Choice, name: str, *, sure: bool = False) -> Done:
    family = blueprints.catalogue().family(name)
    wanted = [each.id for each in family.components if each.optional] if family else []
    if family is None or not wanted:
        return _refuse(before, "There is nothing of that family to remove.")
    act = "" if sure else f"remove-family-all:{name}"
    return _removed(before, wanted, f"The family {family.title}", act)


def _removed(before: Choice, wanted: Collection[str], title: str, ask: str) -> Done:
    """`ask`: the act that removes all the same, when something else would go too."""
    after = Choice(before.components.remove(wanted), before.apps)
    gone = set(before.components.optional) - set(after.components.optional) - set(wanted)
    needing = {each for name in wanted for each in before.components.dependents(name)} & gone
    if ask and needing:
        return Outcome(title, ask=_sorted(needing), act=ask), before
    words = [f"{title} was removed."]
    if needing:
        words.append(f"{_titles(needing)} went with it and cannot be without it.")
    if orphans := gone - needing:
        words.append(f"{_titles(orphans)} had come along and went as well.")
    return Outcome(" ".join(words)), after


def _reset(before: Choice, name: str) -> Done:
    after = Choice(blueprints.selection(), before.apps)
    return Outcome("The components are the recommended ones again."), after


def _add_app(before: Choice, name: str) -> Done:
    app = blueprints.apps().get(name)
    if app is None or not app.choosable:
        return _refuse(before, "This App cannot be chosen yet.")
    services = [blueprints.apps()[each].title for each in app.needs]
    brings = f" It uses {' and '.join(services)}, which comes with it." if services else ""
    after = Choice(before.components, tuple(sorted({*before.apps, name})))
    return Outcome(f"{app.title} was added.{brings}"), after


def _remove_app(before: Choice, name: str) -> Done:
    if name not in before.apps:
        return _refuse(before, "This App was not chosen.")
    after = Choice(before.components, tuple(each for each in before.apps if each != name))
    return Outcome(f"{blueprints.apps()[name].title} was removed."), after


VERBS: dict[str, Callable[[Choice, str], Done]] = {
    "add": _add,
    "remove": _remove,
    "remove-all": lambda before, name: _remove(before, name, sure=True),
    "add-family": _add_family,
    "remove-family": _remove_family,
    "remove-family-all": lambda before, name: _remove_family(before, name, sure=True),
    "reset": _reset,
    "add-app": _add_app,
    "remove-app": _remove_app,
}


def _refuse(before: Choice, words: str) -> Done:
    return Outcome(words, refused=True), before


def _sorted(names: Iterable[str]) -> tuple[Component, ...]:
    known = blueprints.catalogue().components
    return tuple(sorted((known[each] for each in names), key=lambda each: each.title.lower()))


def _title(name: str) -> str:
    return blueprints.catalogue().components[name].title


def _titles(names: Iterable[str]) -> str:
    *most, last = (each.title for each in _sorted(names))
    return f"{', '.join(most)} and {last}" if most else last
