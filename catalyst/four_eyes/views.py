"""What waits for a second person: the list, one of it, yes and no."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalyst.four_eyes import services
from catalyst.four_eyes.acts import known
from catalyst.four_eyes.models import Approval
from catalyst.identity.models import User
from catalyst.identity.permissions import requires
from catalyst.identity.step_up import recently_proved
from catalyst.problem import Problem


@requires("signed-in")
@require_safe
@never_cache
def approvals(request: HttpRequest) -> HttpResponse:
    """What this person may answer, and what they asked for themselves."""
    user = _person(request)
    context = {"waiting": services.waiting_for(user), "asked": services.asked_by(user)}
    return render(request, "catalyst/four_eyes/approvals.html", context)


@requires("signed-in")
@require_safe
@never_cache
def approval(request: HttpRequest, approval_id: uuid.UUID) -> HttpResponse:
    """What exactly is to be done, by whom; yes and no for who may say it."""
    return _page(request, approval_id)


@requires("signed-in")
@recently_proved
@require_POST
@never_cache
def agree(request: HttpRequest, approval_id: uuid.UUID) -> HttpResponseBase:
    """Say yes; the act is not done by it."""
    return _answer(request, approval_id, agree=True)


@requires("signed-in")
@require_POST
@never_cache
def refuse(request: HttpRequest, approval_id: uuid.UUID) -> HttpResponseBase:
    """Say no, or take back what one asked for."""
    return _answer(request, approval_id, agree=False)


def _answer(request: HttpRequest, approval_id: uuid.UUID, *, agree: bool) -> HttpResponse:
    try:
        services.answer(
            approval_id=approval_id, user=_person(request), agree=agree, request=request
        )
    except Problem as problem:
        if problem.status == 404:
            raise
        return _page(request, approval_id, problem)
    return redirect("approval", approval_id)


def _page(
    request: HttpRequest, approval_id: uuid.UUID, problem: Problem | None = None
) -> HttpResponse:
    user = _person(request)
    row = services.find(approval_id=approval_id, user=user)
    context = {
        "approval": row,
        "problem": problem,
        "live": services.is_live(row),
        "mine": row.asked_by_id == user.pk,
        "place": _place(row),
    }
    status = problem.status if problem else 200
    return render(request, "catalyst/four_eyes/approval.html", context, status=status)


def _place(row: Approval) -> str:
    """Where the act is done; empty where this installation has no such act, or no page of it."""
    act = known(row.act)
    try:
        return act.place(row.object) if act else ""
    except NoReverseMatch:
        return ""


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the views are guarded
    return request.user
