"""Trying an act out: what it would write, or why it would be refused. Nothing stays."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from catalyst.problem import Problem
from dns.backoffice import services
from dns.backoffice.forms import TrialForm, say
from dns.backoffice.views.shell import actor, by_htmx, page, show

TAB = "dry-run"


@page("GET", "HEAD", "POST")
def dry_run(request: HttpRequest) -> HttpResponse:
    """The form; with POST the plan below it. To HTMX form and plan alone."""
    form = TrialForm(request.POST) if request.method == "POST" else TrialForm()
    plan = None
    if request.method == "POST" and form.is_valid():
        try:
            plan = services.try_out(services.Trial(**form.cleaned_data), actor=actor(request))
        except Problem as problem:
            say(form, problem)
    template = "_trial" if by_htmx(request) else "trial"
    context = {"form": form, "plan": plan}
    return show(request, template, context, tab=TAB, status=422 if form.errors else 200)
