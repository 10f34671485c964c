"""Step 4: where and how big, from what Hetzner sells at this moment, with what it costs."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from catalyst.identity.permissions import requires
from catalyst.language.words import lazy
from sovereign_wizard.catalog.offer import (
    CONTROL_PLANE_RAM_GB,
    HIGHLY_AVAILABLE,
    Catalogue,
    Estimate,
    ServerType,
    estimate,
)
from sovereign_wizard.catalog.services import catalogue_for
from sovereign_wizard.wizard import drafts, shell, wishes, world
from sovereign_wizard.wizard.models import Draft

STEP = "provider"
MAX_WORKERS = 50
STEPPER = {"fewer": -1, "more": 1}
CHECKBOXES = ("small_control_plane", "delete_protection")


class ProviderForm(forms.Form):
    """Where and how big, out of what Hetzner sells at this moment."""

    region = forms.ChoiceField(
        label=lazy("Region"),
        error_messages={"required": lazy("Choose where the machines stand.")},
    )
    control_plane_size = forms.ChoiceField(
        label=lazy("Control plane"),
        error_messages={"required": lazy("Choose a size for the control plane.")},
    )
    small_control_plane = forms.BooleanField(
        help_text=lazy("Good for a look around. The platform may run out of memory."),
        required=False,
    )
    worker_count = forms.IntegerField(
        label=lazy("Workers"),
        help_text=lazy("Machines for customers’ Apps. With none, Apps run on the control plane."),
        min_value=0,
        max_value=MAX_WORKERS,
        initial=0,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={"required": lazy("Give a number; 0 is fine.")},
    )
    worker_size = forms.ChoiceField(label=lazy("Size of each worker"), required=False)
    delete_protection = forms.BooleanField(
        label=lazy("Protect it from deletion"),
        help_text=lazy(
            "Nobody can delete the machines, the load balancer or the network by hand at "
            "Hetzner; destroying the Sovereign here lifts this first."
        ),
        required=False,
    )

    def __init__(self, *args: Any, catalogue: Catalogue, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.catalogue = catalogue
        small = _("Use less than %(least)s GB for the control plane")
        self.fields["small_control_plane"].label = small % {"least": CONTROL_PLANE_RAM_GB}
        self.sizes = catalogue.sold_in(self._choice("region"))
        names = [(size.name, size.name) for size in self.sizes]
        shell.choices(self, "region", [(place.name, place.city) for place in catalogue.locations])
        shell.choices(self, "control_plane_size", names)
        shell.choices(self, "worker_size", [("", _("Choose a size")), *names])
        for name in ("region", "control_plane_size", "worker_size"):
            self.fields[name].error_messages["invalid_choice"] = _(
                "%(value)s is not sold there. Choose another."
            )

    def _choice(self, name: str) -> str:
        return str(self[name].value() or "")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        region = cleaned.get("region", "")
        self._check_stock(cleaned, "control_plane_size", region)
        size = self._size(cleaned.get("control_plane_size"))
        if size and not size.fits_control_plane and not cleaned.get("small_control_plane"):
            self.add_error(
                "control_plane_size",
                _(
                    "%(name)s has %(normalize)s GB; a control plane needs %(control_plane_ram_gb)s "
                    "GB. Choose a larger one, or say below that you want it."
                )
                % {
                    "name": size.name,
                    "normalize": f"{size.ram_gb.normalize():f}",
                    "control_plane_ram_gb": CONTROL_PLANE_RAM_GB,
                },
            )
        if not cleaned.get("worker_count"):
            cleaned["worker_size"] = ""
        elif not cleaned.get("worker_size"):
            if "worker_size" not in self.errors:
                self.add_error("worker_size", _("Choose a size for the workers."))
        else:
            self._check_stock(cleaned, "worker_size", region)
        return cleaned

    def _size(self, name: Any) -> ServerType | None:
        return self.catalogue.server_type(str(name)) if name else None

    def _check_stock(self, cleaned: dict[str, Any], field: str, region: str) -> None:
        size = self._size(cleaned.get(field))
        if size and region and region not in size.available:
            self.add_error(
                field,
                _("%(name)s is sold out in %(region)s now. Choose another.")
                % {"name": size.name, "region": region},
            )


def estimate_of(form: ProviderForm, *, ha_enabled: bool) -> Estimate | None:
    """What the choice costs so far; None while it is incomplete."""

    def value(name: str) -> str:
        return str(form[name].value() or "")

    return estimate(
        form.catalogue,
        region=value("region"),
        control_plane_size=value("control_plane_size"),
        worker_size=value("worker_size"),
        worker_count=_workers(value("worker_count")),
        ha_enabled=ha_enabled,
    )


def _workers(typed: str) -> int:
    """The number in the field, as far as it is one; none otherwise."""
    return int(typed) if typed.isdecimal() and int(typed) <= MAX_WORKERS else 0


@requires("sovereign.provision")
def provider(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """Region and sizes. `go=show` only draws the offer of what is chosen so far; `fewer` and
    `more` take a worker away or add one before that."""
    draft = drafts.find(owner=shell.person(request), draft_id=draft_id)
    if detour := shell.detour(draft, STEP):
        return detour
    catalogue = catalogue_for(token_reference=draft.token_reference)
    if request.method != "POST":
        form = ProviderForm(initial=_initial(draft.values, catalogue), catalogue=catalogue)
        return _page(request, draft, form)
    typed: dict[str, Any] = {
        name: request.POST.get(name, "").strip() for name in ProviderForm.base_fields
    }
    typed |= {name: name in request.POST for name in CHECKBOXES}
    go = request.POST.get("go", "")
    if go in STEPPER:
        count = _workers(typed["worker_count"]) + STEPPER[go]
        typed["worker_count"] = str(min(max(count, 0), MAX_WORKERS))
    if go in ("show", "back", *STEPPER):
        drafts.answer(draft=draft, step=STEP, values=typed, accepted=False)
        if go == "back":
            return shell.back(draft, STEP)
        return _page(request, draft, ProviderForm(initial=typed, catalogue=catalogue))
    form = ProviderForm(request.POST, catalogue=catalogue)
    accepted = form.is_valid()
    values = {**typed, **shell.cleaned(form)}
    drafts.answer(draft=draft, step=STEP, values=values, accepted=accepted)
    return shell.onward(draft, STEP) if accepted else _page(request, draft, form, status=422)


def refused(request: HttpRequest, draft: Draft, *, field: str, words: str) -> HttpResponseBase:
    """The step again, with what provisioning said about one of its fields."""
    catalogue = catalogue_for(token_reference=draft.token_reference)
    form = ProviderForm(draft.values, catalogue=catalogue)
    form.add_error(field, words)
    return _page(request, draft, form, status=422)


def _initial(values: dict[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    """A region to begin with, so that there are prices to see; no size is chosen."""
    first = catalogue.locations[0].name if catalogue.locations else ""
    return {"region": first, "worker_count": 0, **values}


def _page(
    request: HttpRequest, draft: Draft, form: ProviderForm, *, status: int = 200
) -> HttpResponseBase:
    region = str(form["region"].value() or "")
    chosen = form.catalogue.server_type(str(form["control_plane_size"].value() or ""))
    rows = [_row(size, region, form) for size in form.sizes]
    ha_enabled = wishes.ha_enabled(draft.values)
    return shell.page(
        request,
        draft,
        STEP,
        fragment="sovereign_wizard/wizard/_provider.html",
        status=status,
        form=form,
        zones=world.zones(form.catalogue.locations),
        world=world.drawn(form.catalogue.locations, chosen=region),
        planes=HIGHLY_AVAILABLE if ha_enabled else 1,
        workers=_workers(str(form["worker_count"].value() or "")),
        most_workers=MAX_WORKERS,
        region=form.catalogue.location(region),
        large=[row for row in rows if row["size"].fits_control_plane],
        small=[row for row in rows if not row["size"].fits_control_plane],
        small_chosen=chosen is not None and not chosen.fits_control_plane,
        worker_rows=rows,
        least_ram=CONTROL_PLANE_RAM_GB,
        currency=form.catalogue.currency,
        estimate=estimate_of(form, ha_enabled=ha_enabled),
    )


def _row(size: ServerType, region: str, form: ProviderForm) -> dict[str, Any]:
    return {
        "size": size,
        "price": size.prices[region],
        "in_stock": region in size.available,
        "control_plane": str(form["control_plane_size"].value() or "") == size.name,
        "worker": str(form["worker_size"].value() or "") == size.name,
    }
