"""Step 2: how it is built. What the module can build is a choice; the rest says why not yet."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from catalyst.identity.permissions import requires
from catalyst.language.words import lazy
from sovereign_wizard.wizard import drafts, shell
from sovereign_wizard.wizard.models import Draft
from sovereign_wizard.wizard.topologies import BY_ID, OFFERED, TOPOLOGIES

STEP = "topology"


class TopologyForm(forms.Form):
    """How it is built."""

    topology = forms.ChoiceField(
        label=lazy("Topology"),
        choices=[(each.id, each.title) for each in OFFERED],
        error_messages={"required": lazy("Choose how it is built.")},
    )

    def clean_topology(self) -> str:
        return str(self.cleaned_data["topology"])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["topology"]
        wanted = BY_ID.get(str(self["topology"].value() or ""))
        # Somebody who asks for one that is not built is told why, and not that it is unknown.
        field.error_messages["invalid_choice"] = (
            _("%(title)s cannot be built yet. %(not_yet)s")
            % {"title": wanted.title, "not_yet": wanted.not_yet}
            if wanted and wanted.not_yet
            else _("There is no topology “%(value)s”.")
        )


@requires("sovereign.provision")
def topology(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """One or three control planes."""
    draft = drafts.find(owner=shell.person(request), draft_id=draft_id)
    if detour := shell.detour(draft, STEP):
        return detour
    if request.method != "POST":
        return _page(request, draft, TopologyForm(initial=draft.values))
    typed = {"topology": request.POST.get("topology", "")}
    if request.POST.get("go") == "back":
        drafts.answer(draft=draft, step=STEP, values=typed, accepted=False)
        return shell.back(draft, STEP)
    form = TopologyForm(request.POST)
    accepted = form.is_valid()
    drafts.answer(draft=draft, step=STEP, values=typed, accepted=accepted)
    return shell.onward(draft, STEP) if accepted else _page(request, draft, form, status=422)


def refused(request: HttpRequest, draft: Draft, *, field: str, words: str) -> HttpResponseBase:
    """The step again, with what provisioning said about the choice."""
    form = TopologyForm(draft.values)
    form.add_error("topology", words)
    return _page(request, draft, form, status=422)


def _page(
    request: HttpRequest, draft: Draft, form: TopologyForm, *, status: int = 200
) -> HttpResponseBase:
    chosen = str(form["topology"].value() or "")
    return shell.page(
        request,
        draft,
        STEP,
        status=status,
        form=form,
        chosen=chosen,
        offered=OFFERED,
        not_yet=[each for each in TOPOLOGIES if each.not_yet],
    )
