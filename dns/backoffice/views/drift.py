"""What the name servers say that no row wants: look, put right, and against the safety stop only
with words typed about the very report that was read.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from dns.backoffice import selectors, services
from dns.backoffice.forms import PhraseForm
from dns.backoffice.views.shell import actor, by_htmx, page, show
from dns.drift.models import DriftReport

TAB = "drift"
ASKED = "A worker looks at all zones now."


@page()
def drift(request: HttpRequest) -> HttpResponse:
    """The newest report; to HTMX the report alone, while a look is under way."""
    return _page(request)


@page("POST")
def look(request: HttpRequest) -> HttpResponse:
    services.ask_for_look(actor=actor(request))
    messages.success(request, f"{ASKED} Nothing is changed.")
    return redirect("drift")


@page("POST")
def repair(request: HttpRequest) -> HttpResponse:
    services.ask_for_look(actor=actor(request), repair=True)
    messages.success(request, f"{ASKED} It puts right what the safety stop lets through.")
    return redirect("drift")


@page("POST")
def force(request: HttpRequest) -> HttpResponse:
    return _with_words(request, "force_form", repair=True)


@page("POST")
def orphans(request: HttpRequest) -> HttpResponse:
    return _with_words(request, "orphans_form", orphans=True)


def _with_words(request: HttpRequest, name: str, **wish: bool) -> HttpResponse:
    form = _forms(selectors.drift_report(), **{name: request.POST}).get(name)
    if form is None or not form.is_valid():
        return _page(request, **({name: form} if form else {}))
    services.ask_for_look(actor=actor(request), force=True, seen=form.cleaned_data["seen"], **wish)
    messages.success(request, f"{ASKED} You have lifted the safety stop for this once.")
    return redirect("drift")


def _forms(report: DriftReport | None, **posted: Any) -> dict[str, PhraseForm]:
    """The typed confirmations that the newest report gives a reason for."""
    if report is None:
        return {}
    wanted = {
        "force_form": (f"repair {report.broken}", bool(report.refused and report.broken)),
        "orphans_form": (f"remove {report.orphaned}", bool(report.orphaned)),
    }
    return {
        name: PhraseForm(
            posted.get(name), phrase=phrase, seen=report.pk, prefix=name.removesuffix("_form")
        )
        for name, (phrase, offered) in wanted.items()
        if offered
    }


def _page(request: HttpRequest, **forms: Any) -> HttpResponse:
    report = selectors.drift_report()
    context = {
        "report": report,
        "earlier": selectors.drift_reports_before(report) if report else [],
        "wish": selectors.drift_wish(),
        **_forms(report),
        **forms,
    }
    wrong = any(form.errors for form in forms.values())
    template = "_drift" if by_htmx(request) else "drift"
    return show(request, template, context, tab=TAB, status=422 if wrong else 200)
