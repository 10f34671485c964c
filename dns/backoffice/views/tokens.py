"""Service tokens: made here and shown once, then known by what they may do and when last used."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from catalyst.identity import step_up
from catalyst.problem import Problem
from dns.backoffice import selectors
from dns.backoffice.forms import TokenForm, say
from dns.backoffice.views.shell import actor, page, show
from dns.tokens import services
from dns.tokens.values import Issued

TAB = "service-tokens"


@page()
def tokens(request: HttpRequest) -> HttpResponse:
    return show(request, "tokens", {"rows": selectors.token_rows()}, tab=TAB)


@page("GET", "HEAD", "POST")
@step_up.recently_proved
def new_token(request: HttpRequest) -> HttpResponse:
    """The form; POST answers with the token itself, which is nowhere after that answer."""
    form = (
        TokenForm(request.POST)
        if request.method == "POST"
        else TokenForm(initial=step_up.typed(request, many=("scopes", "pools")))
    )
    if request.method == "POST" and form.is_valid():
        try:
            issued = _issue(form, actor=actor(request))
        except Problem as problem:
            say(form, problem)
        else:
            shown = {"issued": issued, "secret": issued.secret.reveal()}
            return show(request, "token_issued", shown, tab=TAB, status=201)
    return show(request, "token_new", {"form": form}, tab=TAB, status=422 if form.errors else 200)


@page("POST")
def revoke(request: HttpRequest, token_id: uuid.UUID) -> HttpResponse:
    services.revoke(token_id=token_id, actor=actor(request))
    messages.success(request, "The token is revoked. The names it holds stay held.")
    return redirect("service-tokens")


def _issue(form: TokenForm, *, actor: str) -> Issued:
    data = form.cleaned_data
    return services.issue(
        name=data["name"],
        scopes=data["scopes"],
        pools=data["pools"],
        networks=data["networks"],
        life=timedelta(days=data["days"]),
        idle_limit=timedelta(days=data["idle_days"]) if data["idle_days"] else None,
        names_limit=data["names_limit"],
        actor=actor,
    )
