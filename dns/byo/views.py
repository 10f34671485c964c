"""Pages of a domain on its way: the propagation panel, looking at once, going on, going back.

GET says what an act does; only POST acts. Each works without JavaScript.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalyst.identity.models import User
from catalyst.identity.permissions import requires
from catalyst.identity.step_up import recently_proved
from catalyst.limits.gate import limited
from catalyst.problem import Problem
from dns.byo import services, shown
from dns.byo.forms import GoOnForm, RestoreForm
from dns.byo.problems import NeedsAcknowledgement
from dns.byo.values import Panel


@requires("domain.bring")
@require_GET
@never_cache
def moves(request: HttpRequest) -> HttpResponse:
    """Every domain this person brought, newest first."""
    found = services.moves_of(_person(request).account)
    rows = [{"status": one, "look": shown.LOOKS[one.state]} for one in found]
    return render(request, "dns/byo/moves.html", {"rows": rows})


@requires("domain.bring")
@require_GET
@never_cache
def move(request: HttpRequest, move_id: uuid.UUID) -> HttpResponse:
    """One domain, wherever it is on its way."""
    return _page(request, _panel(request, move_id))


@requires("domain.bring")
@require_GET
@never_cache
def panel(request: HttpRequest, move_id: uuid.UUID) -> HttpResponse:
    """The panel alone; nothing when it looks as it did (`?seen=`)."""
    found = _panel(request, move_id)
    if request.GET.get("seen") == found.version:
        return HttpResponse(status=204)
    context = {**shown.context(found), "next": request.GET.get("next", "")}
    return render(request, "dns/byo/_panel.html", context)


@requires("domain.bring")
@limited("domain-look")
@require_POST
@never_cache
def check_now(request: HttpRequest, move_id: uuid.UUID) -> HttpResponse:
    """Have a worker look now instead of at its next turn."""
    found = _panel(request, move_id)
    try:
        services.check_now(move_id=move_id, actor=str(request.user))
    except Problem as problem:
        return _page(request, found, problem=problem, status=problem.status)
    return _back(request, move_id)


@requires("domain.bring")
@recently_proved
@limited("registrar", methods=("POST",))
@require_http_methods(["GET", "POST"])
@never_cache
def resume(request: HttpRequest, move_id: uuid.UUID) -> HttpResponse:
    """Go on with what stopped; with credentials where the registrar is asked again."""
    found = _panel(request, move_id)
    form = GoOnForm(
        request.POST if request.method == "POST" else None,
        registrar=_asks(found),
        losing=found.status.problem.get("type") == NeedsAcknowledgement.type,
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.resume(
                move_id=move_id,
                actor=str(request.user),
                credentials=form.credentials,
                acknowledgement=form.cleaned_data.get("acknowledgement", ""),
            )
            return _back(request, move_id)
        except Problem as problem:
            _refuse(form, problem)
    return _act(request, "resume", found, form)


@requires("domain.bring")
@recently_proved
@limited("registrar", methods=("POST",))
@require_http_methods(["GET", "POST"])
@never_cache
def restore(request: HttpRequest, move_id: uuid.UUID) -> HttpResponse:
    """Bring the old name servers back, as the snapshot has them; the name is typed to confirm."""
    found = _panel(request, move_id)
    form = RestoreForm(request.POST if request.method == "POST" else None, registrar=_asks(found))
    if request.method == "POST" and form.is_valid():
        try:
            services.restore(
                move_id=move_id,
                actor=str(request.user),
                confirm=form.cleaned_data["confirm"],
                credentials=form.credentials,
            )
            return _back(request, move_id)
        except Problem as problem:
            _refuse(form, problem)
    return _act(request, "restore", found, form)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _panel(request: HttpRequest, move_id: uuid.UUID) -> Panel:
    """Raises NotFound for what is not there or not theirs: no hints."""
    services.must_see(_person(request), move_id)
    return services.panel(move_id=move_id)


def _asks(found: Panel) -> str:
    """The registrar whose credentials are needed again; empty when none are."""
    return found.status.registrar if found.wants_credentials else ""


def _refuse(form: GoOnForm, problem: Problem) -> None:
    """Beside its field; one without a field of this form goes on top."""
    field = str(problem.extra.get("field", ""))
    words = f"{problem.title}. {problem.detail}".strip()
    form.add_error(field if field in form.fields else None, words)


def _back(request: HttpRequest, move_id: uuid.UUID) -> HttpResponse:
    """To where the person came from: the Sovereign's page, or the domain's own."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return redirect(wanted)
    return redirect("move", move_id)


def _page(request: HttpRequest, found: Panel, *, status: int = 200, **more: Any) -> HttpResponse:
    return render(request, "dns/byo/move.html", {**shown.context(found), **more}, status=status)


def _act(request: HttpRequest, name: str, found: Panel, form: GoOnForm) -> HttpResponse:
    context = {**shown.context(found), "form": form, "next": request.POST.get("next", "")}
    return render(request, f"dns/byo/{name}.html", context, status=422 if form.errors else 200)
