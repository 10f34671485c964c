"""Step 3: which optional components it comes with. What one needs is said and added by a click,
never in silence."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase

from catalyst.identity.permissions import requires
from sovereign_wizard.kit import services as kit
from sovereign_wizard.wizard import drafts, shell
from sovereign_wizard.wizard.models import Draft

STEP = "components"


class ComponentsForm(forms.Form):
    """The optional ones. The mandatory ones are shown, not asked for."""

    components = forms.MultipleChoiceField(
        label="Your choice",
        required=False,
        error_messages={"invalid_choice": "There is no component “%(value)s”."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(each.id, each.title) for each in kit.kit().optional]
        shell.choices(self, "components", offered)

    def clean_components(self) -> list[str]:
        chosen: list[str] = sorted(self.cleaned_data["components"])
        if missing := kit.kit().missing(chosen):
            raise forms.ValidationError(kit.told(missing))
        return chosen


@requires("sovereign.provision")
def components(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """`go=show` only draws what the choice needs; `go=add` chooses that as well."""
    draft = drafts.find(owner=shell.person(request), draft_id=draft_id)
    if detour := shell.detour(draft, STEP):
        return detour
    if request.method != "POST":
        # Everything, to begin with: as it is when nobody is asked.
        initial = {"components": list(kit.kit().all_optional), **draft.values}
        return _page(request, draft, ComponentsForm(initial=initial))
    chosen = sorted(_known(request.POST.getlist("components")))
    go = request.POST.get("go", "")
    if go == "add":
        chosen = list(kit.kit().completed(chosen))
    if go in ("show", "add", "back"):
        drafts.answer(draft=draft, step=STEP, values={"components": chosen}, accepted=False)
        if go == "back":
            return shell.back(draft, STEP)
        return _page(request, draft, ComponentsForm(initial={"components": chosen}))
    form = ComponentsForm(request.POST)
    accepted = form.is_valid()
    drafts.answer(draft=draft, step=STEP, values={"components": chosen}, accepted=accepted)
    return shell.onward(draft, STEP) if accepted else _page(request, draft, form, status=422)


def refused(request: HttpRequest, draft: Draft, *, field: str, words: str) -> HttpResponseBase:
    """The step again, with what provisioning said about the choice."""
    form = ComponentsForm(draft.values)
    form.add_error(field, words)
    return _page(request, draft, form, status=422)


def summary(values: dict[str, Any]) -> dict[str, list[str]]:
    """Titles for the review: what is always there, what was chosen, what is left out."""
    there, chosen = kit.kit(), values["components"]
    return {
        "always": sorted(each.title for each in there.mandatory),
        "chosen": sorted(each.title for each in there.optional if each.id in chosen),
        "left_out": sorted(each.title for each in there.optional if each.id not in chosen),
    }


def _known(named: list[str]) -> set[str]:
    """Of what was posted: a draft keeps no word that is no component."""
    return set(named) & set(kit.kit().all_optional)


def _page(
    request: HttpRequest, draft: Draft, form: ComponentsForm, *, status: int = 200
) -> HttpResponseBase:
    there = kit.kit()
    chosen = _known(form["components"].value() or [])
    missing = there.missing(sorted(chosen))
    rows = [
        {
            "component": each,
            "chosen": each.id in chosen,
            "needs": [there.components[name] for name in each.needs if name in there.all_optional],
            "missing": missing.get(each.id),
        }
        for each in sorted(there.optional, key=lambda each: each.title.lower())
    ]
    return shell.page(
        request,
        draft,
        STEP,
        fragment="sovereign_wizard/wizard/_components.html",
        status=status,
        form=form,
        rows=rows,
        missing=missing,
        mandatory=sorted(there.mandatory, key=lambda each: each.title.lower()),
    )
