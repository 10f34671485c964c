"""One form per kind of thing. What was not sent is filled in from what there is: no change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from catalyst.language.words import lazy
from catalyst.problem import Problem
from franchise.catalog.backoffice.fields import (
    AppsField,
    DependsField,
    FeaturesField,
    FromField,
    PercentField,
    PriceField,
    YesNo,
    currencies,
)
from franchise.catalog.editing import NewPrice
from franchise.catalog.facts import PRICED
from franchise.catalog.models import MOST_UNITS, SLUG, Kind, Offer, OfferKind, Plan, PlanKind
from franchise.catalog.prices import prices_now

PRICE, FROM = "price_", "prices_from"
MOST_SIZE = 10**7


def _size(label: str, *, least: int = 1, **named: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=MOST_SIZE, **named)


class ThingForm(forms.Form):
    """`changes()`: what was sent, as `services.edit` takes it."""

    name = forms.CharField(label=lazy("Name"), max_length=80)
    name_ar = forms.CharField(label=lazy("Name in Arabic"), max_length=80, required=False)
    summary = forms.CharField(label=lazy("In one sentence"), max_length=240, required=False)
    summary_ar = forms.CharField(
        label=lazy("In one sentence, in Arabic"), max_length=240, required=False
    )
    sort = forms.IntegerField(
        label=lazy("Place"), min_value=0, max_value=10_000, initial=100,
        help_text=lazy("The smaller, the earlier in the list."),
    )  # fmt: skip
    kind_of_thing: Kind

    def __init__(self, data: QueryDict | None = None, *, initial: Mapping[str, Any]) -> None:
        super().__init__(initial=dict(initial))
        if self.kind_of_thing in PRICED:
            for currency in currencies():
                self.fields[f"{PRICE}{currency}"] = PriceField(currency)
            self.fields[FROM] = FromField(label=lazy("Changed prices hold from"))
        self.offer_choices()
        self.sent: set[str] = set()
        if data is not None:
            self.sent = set(data)
            self.data, self.is_bound = self._filled(data), True

    def offer_choices(self) -> None:
        """Choices that are rows of other things."""

    def _filled(self, data: QueryDict) -> QueryDict:
        """What was sent, and for every other field what there is."""
        whole = data.copy()
        for name, field in self.fields.items():
            if name not in data:
                value = field.prepare_value(self.get_initial_for_field(field, name))
                if isinstance(value, (list, tuple)):
                    whole.setlist(name, [str(each) for each in value])
                else:
                    whole[name] = "" if value is None else str(value)
        return whole

    @property
    def prices(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(PRICE)]

    @property
    def own(self) -> list[forms.BoundField]:
        """Fields of just this kind, in order."""
        shared = {*ThingForm.base_fields, FROM, "slug", "apps"}
        return [self[n] for n in self.fields if n not in shared and not n.startswith(PRICE)]

    def changes(self) -> dict[str, Any]:
        """What was sent and is not what the person saw."""
        new = {
            name: value
            for name, value in self.cleaned_data.items()
            if name in self.sent and value != self.initial.get(name)
        }
        since = new.pop(FROM, None)
        priced = [name for name in new if name.startswith(PRICE)]
        prices = {name.removeprefix(PRICE): NewPrice(new.pop(name), since) for name in priced}
        return {**new, **({"prices": prices} if prices else {})}

    def say(self, problem: Problem) -> None:
        """A refusal beside its field, or above the form when it is about none."""
        field = str(problem.extra.get("field", ""))
        self.add_error(field if field in self.fields else None, problem.detail or problem.title)


class PlanForm(ThingForm):
    kind_of_thing = Kind.PLAN
    kind = forms.ChoiceField(label=lazy("Kind"), choices=PlanKind.choices)
    vcpu = _size(lazy("vCPU"))
    memory_mb = _size(lazy("Memory in MiB"))
    disk_gb = _size(lazy("Disk in GB"), least=0)
    most_units = forms.IntegerField(
        label=lazy("Most units"), min_value=1, max_value=MOST_UNITS, required=False,
        help_text=lazy("Of a metered Plan: how many units one may buy. Figures are of one unit."),
    )  # fmt: skip
    popular = YesNo(label=lazy("Marked as popular"), initial=False)
    features = FeaturesField(
        label=lazy("What it promises"), required=False, widget=forms.Textarea(attrs={"rows": 8}),
        help_text=lazy("One a line: English | Arabic."),
    )  # fmt: skip


class AddOnForm(ThingForm):
    kind_of_thing = Kind.ADD_ON
    category = forms.CharField(label=lazy("Category"), max_length=40, required=False)
    included = YesNo(
        label=lazy("Included with every Plan, at no price"), initial=False,
        help_text=lazy("The prices below count when it is not included."),
    )  # fmt: skip


class OfferForm(ThingForm):
    kind_of_thing = Kind.OFFER
    kind = forms.ChoiceField(label=lazy("Kind"), choices=OfferKind.choices)
    category = forms.CharField(label=lazy("Category"), max_length=40, required=False)
    memory_mb = _size(lazy("Memory in MiB"), least=0)
    cpu_milli = _size(lazy("CPU in thousandths of a core"), least=0)
    disk_gb = _size(lazy("Disk in GB"), least=0)
    listed = YesNo(label=lazy("Shown in the grid"), initial=True)
    coming_soon = YesNo(label=lazy("Coming soon, not to be bought yet"), initial=False)
    shareable = YesNo(label=lazy("One copy serves several Apps"), initial=False)
    included = YesNo(
        label=lazy("Included with every Plan, at no price"), initial=True,
        help_text=lazy("The prices below count when it is not included."),
    )  # fmt: skip
    depends = DependsField(
        label=lazy("Needs"), required=False, widget=forms.Textarea(attrs={"rows": 3, "dir": "ltr"}),
        help_text=lazy(
            "One Blueprint a line, perhaps with versions: mysql ^11.0. Empty: what its Blueprint "
            "says. A single hyphen: nothing."
        ),
    )  # fmt: skip


class OfAppsForm(ThingForm):
    apps = AppsField(
        label=lazy("Apps"), error_messages={"required": lazy("Choose at least one App.")}
    )

    def offer_choices(self) -> None:
        apps = Offer.objects.filter(kind=OfferKind.APPLICATION).order_by("name")
        _choose(self, "apps", [(each.slug, each.title) for each in apps])


def _choose(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


class BundleForm(OfAppsForm):
    kind_of_thing = Kind.BUNDLE
    discount_bp = PercentField(
        label=lazy("Discount in percent"),
        help_text=lazy("Off the Plan and the Apps of the bundle, rounded down to whole units."),
    )
    recommended_plan = forms.ChoiceField(label=lazy("Recommended Plan"), required=False)

    def offer_choices(self) -> None:
        super().offer_choices()
        plans = [(each.slug, each.title) for each in Plan.objects.all()]
        _choose(self, "recommended_plan", [("", "–"), *plans])


class IndustryForm(OfAppsForm):
    kind_of_thing = Kind.INDUSTRY


FORMS: Mapping[Kind, type[ThingForm]] = {
    Kind.PLAN: PlanForm,
    Kind.ADD_ON: AddOnForm,
    Kind.OFFER: OfferForm,
    Kind.BUNDLE: BundleForm,
    Kind.INDUSTRY: IndustryForm,
}


def with_slug(form: type[ThingForm]) -> type[ThingForm]:
    """The form for a new thing: its short name can be said once."""
    slug = forms.RegexField(
        rf"^{SLUG}\Z", label=lazy("Short name"), max_length=40,
        help_text=lazy("Small letters, digits and hyphens. It never changes."),
        error_messages={"invalid": lazy("Write small letters, digits and single hyphens.")},
    )  # fmt: skip
    return type(f"New{form.__name__}", (form,), {"slug": slug})


def initial_of(kind: Kind, told: Mapping[str, Any]) -> dict[str, Any]:
    """What a version says, by the names of the form's fields."""
    values = {name: value for name, value in told.items() if name != "prices"}
    for price in prices_now(told):
        values[f"{PRICE}{price.currency}"] = price.minor
    return values
