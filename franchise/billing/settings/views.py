"""Billing settings: the seller, taxes, numbers, retries, and the keys of the payment provider."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from catalyst.identity import step_up
from catalyst.identity.permissions import requires
from catalyst.problem import Conflict, Invalid
from franchise.billing.settings import services
from franchise.billing.settings.forms import SettingsForm, TaxRateForm
from franchise.billing.settings.models import BillingSecret
from franchise.billing.taxes import services as taxes

PREDICATE = "billing.manage"
# The form's name of a field whose value a service refused.
FIELDS = {str(key): name for name, key in SettingsForm.KEYS.items()}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@requires(PREDICATE)
def billing(request: HttpRequest) -> HttpResponseBase:
    """As it is; POST changes what differs, and keeps the keys that are given."""
    if request.method == "POST":
        return _change(request)
    return _page(request, SettingsForm.of(services.current(), step_up.typed(request)))


@step_up.recently_proved
def _change(request: HttpRequest) -> HttpResponse:
    form = SettingsForm(request.POST)
    if form.is_valid():
        try:
            services.change(
                actor=str(request.user), changes=form.changes(), secrets=form.keys(),
                request=request,
            )  # fmt: skip
        except Invalid as problem:
            form.add_error(FIELDS[problem.extra["field"]], problem.detail)
        else:
            messages.success(request, _("The settings are kept. Keys left blank are as before."))
            return redirect("backoffice-billing")
    return _page(request, form)


@require_POST
@requires(PREDICATE)
@step_up.recently_proved
def remove_key(request: HttpRequest, billing_key: str) -> HttpResponse:
    """Forget a key: no card can be taken, or no event is believed, until there is another."""
    services.remove_secret(name=billing_key, actor=str(request.user), request=request)
    messages.success(request, _("The key is forgotten."))
    return redirect("backoffice-billing")


@require_POST
@requires(PREDICATE)
@step_up.recently_proved
def add_rate(request: HttpRequest) -> HttpResponse:
    """A tax rate begins."""
    form = TaxRateForm(request.POST)
    if form.is_valid():
        try:
            taxes.add(**form.values(), actor=str(request.user), request=request)
        except (Invalid, Conflict) as problem:
            form.add_error(problem.extra["field"], problem.detail)
        else:
            messages.success(request, _("The rate is kept. Invoices follow it from that day on."))
            return redirect("backoffice-billing")
    return _page(request, SettingsForm.of(services.current(), {}), form)


@require_POST
@requires(PREDICATE)
@step_up.recently_proved
def remove_rate(request: HttpRequest, tax_rate_id: int) -> HttpResponse:
    """One that has not begun."""
    taxes.remove(rate_id=tax_rate_id, actor=str(request.user), request=request)
    messages.success(request, _("The rate is taken back."))
    return redirect("backoffice-billing")


def _page(
    request: HttpRequest, form: SettingsForm, rate_form: TaxRateForm | None = None
) -> HttpResponse:
    row = services.current()
    known = services.secrets()
    context = {
        "form": form, "row": row, "rates": taxes.rates(),
        "rate_form": rate_form or TaxRateForm(initial={"country": row.country}),
        "keys": [
            (label, name, known.get(name))
            for name, label in (
                (BillingSecret.Name.API_KEY.value, form.fields["stripe_api_key"].label),
                (BillingSecret.Name.WEBHOOK.value, form.fields["stripe_webhook"].label),
            )
        ],
    }  # fmt: skip
    refused = form.errors or (rate_form and rate_form.errors)
    return render(
        request, "franchise/billing/settings/page.html", context, status=422 if refused else 200
    )
