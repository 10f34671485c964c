"""One act on the components step: what it changes, and the words for what came along and why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalyst.blueprints import services as blueprints
from catalyst.blueprints.services import Component, Selection
from catalyst.language.things import listed
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
    verb, _colon, name = told.partition(":")
    if verb not in VERBS:
        return Outcome(_("This page does not know that. Nothing was changed."), refused=True)
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
        return _refuse(before, _("There is no such component."))
    if not component.available:
        return _refuse(
            before,
            _("%(title)s cannot be added: %(reason)s")
            % {"title": component.title, "reason": _(component.reason)},
        )
    family = there.family(component.family)
    wanted = [name]
    if family is not None and family.together:
        wanted = [each.id for each in family.components if each.optional]
    return _added(before, wanted, component.title)


def _add_family(before: Choice, name: str) -> Done:
    family = blueprints.catalogue().family(name)
    wanted = [each.id for each in family.components if each.optional] if family else []
    if family is None or not wanted:
        return _refuse(before, _("There is nothing of that family to add yet."))
    return _added(before, wanted, _("The family %(title)s") % {"title": _(family.title)})


def _added(before: Choice, wanted: Collection[str], title: str) -> Done:
    after = Choice(before.components.add(wanted), before.apps)
    along = sorted(set(after.components.optional) - set(before.components.optional) - set(wanted))
    words = [_("%(title)s was added.") % {"title": title}]
    words += [_came_along(each, after.components) for each in along]
    return Outcome(" ".join(words)), after


def _came_along(name: str, selection: Selection) -> str:
    needing = [each for each in selection.chosen if name in selection.needs[each]]
    words = ngettext(
        "%(title)s came along: %(needing)s needs it.",
        "%(title)s came along: %(needing)s need it.",
        len(needing),
    )
    return words % {"title": _title(name), "needing": _titles(needing)}


def _remove(before: Choice, name: str, *, sure: bool = False) -> Done:
    component = blueprints.catalogue().components.get(name)
    if component is None:
        return _refuse(before, _("There is no such component."))
    if component.locked:
        return _refuse(
            before,
            _("%(title)s is always included. %(locked)s")
            % {"title": component.title, "locked": _(component.locked)},
        )
    return _removed(before, [name], component.title, "" if sure else f"remove-all:{name}")


def _remove_family(before: Choice, name: str, *, sure: bool = False) -> Done:
    family = blueprints.catalogue().family(name)
    wanted = [each.id for each in family.components if each.optional] if family else []
    if family is None or not wanted:
        return _refuse(before, _("There is nothing of that family to remove."))
    act = "" if sure else f"remove-family-all:{name}"
    return _removed(before, wanted, _("The family %(title)s") % {"title": _(family.title)}, act)


def _removed(before: Choice, wanted: Collection[str], title: str, ask: str) -> Done:
    """`ask`: the act that removes all the same, when something else would go too."""
    after = Choice(before.components.remove(wanted), before.apps)
    gone = set(before.components.optional) - set(after.components.optional) - set(wanted)
    needing = {each for name in wanted for each in before.components.dependents(name)} & gone
    if ask and needing:
        return Outcome(title, ask=_sorted(needing), act=ask), before
    words = [_("%(title)s was removed.") % {"title": title}]
    if needing:
        words.append(
            _("%(titles)s went with it and cannot be without it.") % {"titles": _titles(needing)}
        )
    if orphans := gone - needing:
        words.append(
            _("%(titles)s had come along and went as well.") % {"titles": _titles(orphans)}
        )
    return Outcome(" ".join(words)), after


def _reset(before: Choice, name: str) -> Done:
    after = Choice(blueprints.selection(), before.apps)
    return Outcome(_("The components are the recommended ones again.")), after


def _add_app(before: Choice, name: str) -> Done:
    app = blueprints.apps().get(name)
    if app is None or not app.choosable:
        return _refuse(before, _("This App cannot be chosen yet."))
    services = [blueprints.apps()[each].title for each in app.needs]
    words = [_("%(title)s was added.") % {"title": app.title}]
    if services:
        words.append(
            _("It uses %(services)s, which comes with it.") % {"services": listed(services)}
        )
    after = Choice(before.components, tuple(sorted({*before.apps, name})))
    return Outcome(" ".join(words)), after


def _remove_app(before: Choice, name: str) -> Done:
    if name not in before.apps:
        return _refuse(before, _("This App was not chosen."))
    after = Choice(before.components, tuple(each for each in before.apps if each != name))
    return Outcome(_("%(title)s was removed.") % {"title": blueprints.apps()[name].title}), after


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
    return listed(_sorted(names))
