"""The rules of a campaign as people give them, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from catalyst.problem import Invalid
from franchise.catalog import services as catalog
from franchise.money import Money

MOST_REDEMPTIONS = 2**31 - 1
# In minor units: a thousand million rials. Above it a mistake is likelier than a campaign.
MOST_MINOR = 10**12
MOST_DAYS = 36_500
LONGEST_NAME = 80
# Numbers of which at least one must be allowed.
COUNTS = ("max_redemptions", "per_organization", "per_person", "per_email_domain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """None: no such limit; `starts_at` None: at once."""

    name: str
    credit: Money
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    max_redemptions: int | None = None
    per_organization: int = 1
    per_person: int = 1
    per_email_domain: int | None = None
    minimum_order: Money | None = None
    plans: tuple[str, ...] = field(default=())
    first_order_only: bool = False
    credit_expires_days: int | None = None
    budget: Money | None = None


def columns(rules: Rules) -> dict[str, Any]:
    """The rules as columns of a `Campaign`. Raises Invalid(field=…)."""
    given = {name: getattr(rules, name) for name in Rules.__dataclass_fields__}
    return checked(given, currency=rules.credit.currency)


def checked(given: dict[str, Any], *, currency: str) -> dict[str, Any]:
    """Columns for those rules that are given, and no others. Raises Invalid(field=…)."""
    kept: dict[str, Any] = {}
    for name, value in given.items():
        if name == "credit":
            kept |= {"credit_minor": _credit(value), "currency": value.currency}
        elif name in ("minimum_order", "budget"):
            kept[f"{name}_minor"] = _money(name, value, currency)
        elif name == "name":
            kept["name"] = _name(value)
        elif name in COUNTS:
            kept[name] = _count(name, value)
        elif name == "credit_expires_days":
            kept[name] = _days(value)
        elif name == "plans":
            kept[name] = _plans(value)
        elif name == "starts_at":
            kept |= {} if value is None else {name: value}
        else:
            kept[name] = value
    return kept


def max_redemptions(value: int) -> int:
    """Raises Invalid: a cap of none, or of less, is never "no cap" (spec §9.1 no. 7)."""
    count = _count("max_redemptions", value)
    if count is None:
        raise Invalid(_("Say how many times it may be used."), field="max_redemptions")
    return count


def because(text: str) -> str:
    """Why something was revoked. Raises Invalid(field="because")."""
    text = " ".join(text.split())
    if not text or len(text) > 200:
        raise Invalid(_("Say in a sentence why. It stays in the audit."), field="because")
    return text


def _credit(credit: Money) -> int:
    if credit.minor <= 0:
        raise Invalid(_("A voucher is worth more than nothing."), field="amount")
    if credit.minor > MOST_MINOR:
        raise Invalid(_("This amount is too large."), field="amount")
    return credit.minor


def _money(name: str, value: Money | None, currency: str) -> int | None:
    if value is None:
        return 0 if name == "minimum_order" else None
    if value.currency != currency:
        raise Invalid(_("Write it in the currency of the credit."), field=name)
    if not 0 <= value.minor <= MOST_MINOR * 1000:
        raise Invalid(_("This amount cannot be used here."), field=name)
    return value.minor


def _name(value: str) -> str:
    name = " ".join(value.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise Invalid(_("A name has 1 to 80 characters."), field="name")
    return name


def _count(name: str, value: int | None) -> int | None:
    if value is None and name in ("max_redemptions", "per_email_domain"):
        return None
    if type(value) is not int or not 1 <= value <= MOST_REDEMPTIONS:
        raise Invalid(_("A voucher can be used once or more."), field=name)
    return value


def _days(value: int | None) -> int | None:
    if value is not None and not 1 <= value <= MOST_DAYS:
        raise Invalid(_("Credit is good for a day or more."), field="credit_expires_days")
    return value


def _plans(value: tuple[str, ...]) -> list[str]:
    plans = list(dict.fromkeys(value))
    for plan in plans:
        try:
            catalog.limits_of(plan=plan)
        except catalog.NotSold as error:
            raise Invalid(
                _("There is no Plan “%(plan)s”. Name it by its short name, like “m”.")
                % {"plan": plan},
                field="plans",
            ) from error
    return plans
