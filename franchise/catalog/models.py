"""Rows of what is sold. Nothing here is deleted, and every edit leaves a version behind.

A row says what is sold now; `CatalogVersion` what was sold when. A price is never 0: what costs
nothing says so (`included`), and what has no price in a currency is not sold in it.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from franchise.money import EXPONENTS, Money

SLUG = "[a-z0-9]+(?:-[a-z0-9]+)*"
CURRENCIES = [(code, code) for code in EXPONENTS]
WHOLE_BP = 10_000
# Far above what is sold, and units × price still fits into 64 bits.
MOST_PRICE_MINOR = 10**12
MOST_UNITS = 100_000


class Kind(models.TextChoices):
    PLAN = "plan", lazy("Plan")
    ADD_ON = "add-on", lazy("Add-on")
    OFFER = "app", lazy("App")
    BUNDLE = "bundle", lazy("Bundle")
    INDUSTRY = "industry", lazy("Industry")


class CatalogVersion(models.Model):
    """What a thing was, from one edit to the next. Append-only, by trigger and by right."""

    kind = models.CharField(max_length=10, choices=Kind.choices)
    slug = models.CharField(max_length=40)
    number = models.PositiveIntegerField(help_text="1, 2, 3 … of this thing")
    facts = models.JSONField(help_text="all that the thing said, with its prices")
    created_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "franchise_catalog_version"
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "slug", "number"), name="franchise_catalog_version_once"
            ),
            models.CheckConstraint(
                name="franchise_catalog_version_counts_from_one", condition=Q(number__gte=1)
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.slug} {self.number}"


def _slug_is_plain(table: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=f"franchise_{table}_slug_is_plain", condition=Q(slug__regex=f"^{SLUG}$")
    )


class Sold(models.Model):
    """What every thing of the catalog has. The Arabic words may be missing: then the English."""

    slug = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    name_ar = models.CharField(max_length=80, blank=True, default="")
    summary = models.CharField(max_length=240, blank=True, default="")
    summary_ar = models.CharField(max_length=240, blank=True, default="")
    sort = models.PositiveIntegerField(default=100, help_text="the smaller, the earlier")
    active = models.BooleanField(default=True, help_text="may be bought")
    version = models.ForeignKey(CatalogVersion, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The name in the reader's language."""
        return self.name_ar if _arabic() and self.name_ar else self.name

    @property
    def words(self) -> str:
        """The summary in the reader's language."""
        if _arabic() and self.summary_ar:
            return self.summary_ar
        return _(self.summary) if self.summary else ""


def _arabic() -> bool:
    return str(get_language() or "").startswith("ar")


class PlanKind(models.TextChoices):
    FIXED = "fixed", lazy("Fixed")
    METERED = "metered", lazy("Metered")


class Plan(Sold):
    """What an Organization may use per month; of a metered one these are the figures of a unit."""

    kind = models.CharField(max_length=8, choices=PlanKind.choices, default=PlanKind.FIXED)
    vcpu = models.PositiveIntegerField()
    memory_mb = models.PositiveIntegerField()
    disk_gb = models.PositiveIntegerField(help_text="0 for a metered one: as much as is needed")
    most_units = models.PositiveIntegerField(
        null=True, blank=True, help_text="of a metered one: how many units one may buy"
    )
    popular = models.BooleanField(default=False)
    features = models.JSONField(default=list, help_text='[{"en": …, "ar": …}]')

    class Meta:
        db_table = "franchise_plan"
        ordering = ("sort", "slug")
        constraints = (
            _slug_is_plain("plan"),
            models.CheckConstraint(
                name="franchise_plan_has_a_size",
                condition=Q(vcpu__gt=0, memory_mb__gt=0)
                & (
                    Q(kind=PlanKind.FIXED, disk_gb__gt=0, most_units__isnull=True)
                    # NOT NULL said: what is unknown passes a CHECK (PostgreSQL §5.5.1).
                    | Q(
                        kind=PlanKind.METERED,
                        most_units__isnull=False,
                        most_units__gt=0,
                        most_units__lte=MOST_UNITS,
                    )
                ),
            ),
        )

    @property
    def metered(self) -> bool:
        return self.kind == PlanKind.METERED

    @property
    def promises(self) -> list[str]:
        """The features in the reader's language."""
        first = "ar" if _arabic() else "en"
        return [each.get(first) or each["en"] for each in self.features]


class AddOn(Sold):
    """Something beside a Plan. `included`: it comes with every Plan and costs nothing."""

    category = models.CharField(max_length=40, blank=True, default="")
    included = models.BooleanField(default=False)

    class Meta:
        db_table = "franchise_add_on"
        ordering = ("sort", "slug")
        constraints = (_slug_is_plain("add_on"),)


class OfferKind(models.TextChoices):
    APPLICATION = "application", lazy("Application")
    SERVICE = "service", lazy("Backing service")
    PLATFORM = "platform", lazy("Platform")


class Offer(Sold):
    """A Blueprint as it is sold here; its slug is the Blueprint's id.

    `included`: it costs nothing beside the Plan. `depends`: None means what its Blueprint says.
    """

    kind = models.CharField(max_length=11, choices=OfferKind.choices, default=OfferKind.APPLICATION)
    category = models.CharField(max_length=40, blank=True, default="")
    listed = models.BooleanField(default=True, help_text="shown in the grid")
    coming_soon = models.BooleanField(default=False, help_text="shown, not to be bought yet")
    included = models.BooleanField(default=False)
    shareable = models.BooleanField(default=False, help_text="one copy serves several Apps")
    memory_mb = models.PositiveIntegerField()
    cpu_milli = models.PositiveIntegerField(help_text="thousandths of a core")
    disk_gb = models.PositiveIntegerField()
    depends = models.JSONField(null=True, blank=True)

    class Meta:
        db_table = "franchise_offer"
        ordering = ("sort", "slug")
        constraints = (_slug_is_plain("offer"),)

    @property
    def can_be_chosen(self) -> bool:
        """By itself, now. A backing service comes along with what needs it."""
        return self.active and not self.coming_soon and self.kind == OfferKind.APPLICATION


class Bundle(Sold):
    """Apps together, for a discount on the Plan and on these Apps."""

    apps = models.ManyToManyField(Offer, related_name="bundles", db_table="franchise_bundle_app")
    discount_bp = models.PositiveIntegerField(help_text="basis points: 1000 are 10 %")
    recommended_plan = models.ForeignKey(
        Plan, on_delete=models.PROTECT, null=True, blank=True, related_name="bundles"
    )

    class Meta:
        db_table = "franchise_bundle"
        ordering = ("sort", "slug")
        constraints = (
            _slug_is_plain("bundle"),
            models.CheckConstraint(
                name="franchise_bundle_is_never_free",
                condition=Q(discount_bp__gt=0, discount_bp__lt=WHOLE_BP),
            ),
        )


class Industry(Sold):
    """A kind of business, and the Apps that suit it."""

    apps = models.ManyToManyField(
        Offer, related_name="industries", db_table="franchise_industry_app"
    )

    class Meta:
        db_table = "franchise_industry"
        ordering = ("sort", "slug")
        constraints = (_slug_is_plain("industry"),)


class Price(models.Model):
    """From `valid_from` on, until a later row: per month (a metered Plan: per unit and month).

    No `minor`: not sold in this currency any more. Of two that begin together the later row counts.
    """

    currency = models.CharField(max_length=3, choices=CURRENCIES)
    minor = models.BigIntegerField(null=True, blank=True)
    valid_from = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True

    @property
    def amount(self) -> Money | None:
        return None if self.minor is None else Money(self.minor, self.currency)


def _price_rules(table: str) -> tuple[models.CheckConstraint, ...]:
    return (
        models.CheckConstraint(
            name=f"franchise_{table}_price_is_never_zero",
            condition=Q(minor__isnull=True) | Q(minor__gt=0, minor__lte=MOST_PRICE_MINOR),
        ),
        models.CheckConstraint(
            name=f"franchise_{table}_price_has_a_currency",
            condition=Q(currency__in=tuple(EXPONENTS)),
        ),
    )


def _newest(table: str) -> models.Index:
    return models.Index(
        F("thing"), F("currency"), F("valid_from").desc(), F("id").desc(),
        name=f"franchise_{table}_newest",
    )  # fmt: skip


class PlanPrice(Price):
    thing = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="prices")

    class Meta:
        db_table = "franchise_plan_price"
        constraints = _price_rules("plan")
        indexes = (_newest("plan_price"),)


class AddOnPrice(Price):
    thing = models.ForeignKey(AddOn, on_delete=models.PROTECT, related_name="prices")

    class Meta:
        db_table = "franchise_add_on_price"
        constraints = _price_rules("add_on")
        indexes = (_newest("add_on_price"),)


class OfferPrice(Price):
    thing = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="prices")

    class Meta:
        db_table = "franchise_offer_price"
        constraints = _price_rules("offer")
        indexes = (_newest("offer_price"),)
