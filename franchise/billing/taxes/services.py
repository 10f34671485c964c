"""Rates by country and day. A rate that was used is never edited: a new one begins on a day."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.problem import Conflict, Invalid, NotFound
from catalyst.work.clock import database_now
from franchise.billing.taxes.arithmetic import WHOLE, Taxed, taxed
from franchise.billing.taxes.models import TaxRate
from franchise.money import Money


def rate_on(*, country: str, day: date) -> TaxRate | None:
    """The rate that holds on a day, None where there is none yet."""
    rates = TaxRate.objects.filter(country=country, valid_from__lte=day)
    return rates.order_by("-valid_from").first()


def tax(*, amount: Money, country: str, included: bool) -> Taxed:
    """The tax of an amount by today's rate, by the database's clock."""
    rate = rate_on(country=country, day=database_now().date())
    if rate is None:
        return taxed(amount=amount, name="", basis_points=0, included=included)
    return taxed(amount=amount, name=rate.name, basis_points=rate.basis_points, included=included)


def rates() -> list[TaxRate]:
    """All of them, by country, the newest first."""
    return list(TaxRate.objects.order_by("country", "-valid_from"))


def add(
    *, country: str, name: str, basis_points: int, valid_from: date, actor: str,
    request: HttpRequest | None = None,
) -> TaxRate:  # fmt: skip
    """Let a rate begin. Raises Invalid for one that is none or begins in the past, Conflict."""
    country, name = country.strip().upper(), " ".join(name.split())
    if not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise Invalid(_("Write the country with its two letters, like OM."), field="country")
    if not 0 <= basis_points <= WHOLE:
        raise Invalid(_("A rate is between 0 and 100 percent."), field="percent")
    if not name:
        raise Invalid(_("Say what the tax is called, like VAT."), field="name")
    if valid_from < database_now().date():
        raise Invalid(
            _("Invoices of past days keep their rate. Choose today or a later day."),
            field="valid_from",
        )
    try:
        with transaction.atomic():
            rate = TaxRate.objects.create(
                country=country, name=name, basis_points=basis_points, valid_from=valid_from
            )
            record(
                actor=actor, act="franchise.tax-rate-add", object=f"tax:{country}",
                after={"name": name, "basis_points": basis_points,
                       "valid_from": valid_from.isoformat()},
                request=request,
            )  # fmt: skip
    except IntegrityError as error:
        raise Conflict(
            _("There is a rate of this country from that day on. Remove it first."),
            field="valid_from",
        ) from error
    return rate


def remove(*, rate_id: int, actor: str, request: HttpRequest | None = None) -> None:
    """Take back a rate that has not begun. Raises NotFound, Conflict."""
    with transaction.atomic():
        rate = TaxRate.objects.select_for_update().filter(pk=rate_id).first()
        if rate is None:
            raise NotFound(_("There is no such tax rate."))
        if rate.valid_from <= database_now().date():
            raise Conflict(_("This rate has begun. Let a new one follow it."))
        record(
            actor=actor, act="franchise.tax-rate-remove", object=f"tax:{rate.country}",
            before={"name": rate.name, "basis_points": rate.basis_points,
                    "valid_from": rate.valid_from.isoformat()},
            request=request,
        )  # fmt: skip
        rate.delete()
