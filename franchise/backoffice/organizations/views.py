"""The Organizations as staff see them. Whoever may manage one may manage all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from catalyst.identity import step_up, visits
from catalyst.identity.permissions import requires
from catalyst.language.words import lazy
from catalyst.problem import Conflict, Invalid, Problem
from catalyst.web import csv_file
from franchise.backoffice.organizations.forms import SearchForm, SuspendForm, VisitForm
from franchise.ledger.services import balances, history
from franchise.organizations import services
from franchise.organizations.ending import deletion
from franchise.organizations.environments import services as environments
from franchise.organizations.forms import DeleteForm
from franchise.organizations.members import services as members
from franchise.organizations.models import Organization
from franchise.organizations.quotas.limits import Limits
from franchise.organizations.states import Cause, State
from franchise.paging import as_file, before, pager

PREDICATE = "organization.manage"
MOST_AT_ONCE = 200
ACTS = (("suspend", lazy("Suspend")), ("resume", lazy("Resume")))


@require_safe
@requires(PREDICATE)
def moved(request: HttpRequest) -> HttpResponse:
    """Where the list is now."""
    return redirect("backoffice-organizations", permanent=True)


@require_safe
@requires(PREDICATE)
def listed(request: HttpRequest) -> HttpResponseBase:
    """Found by name, short name or anybody's e-mail; `?format=csv` is all of them as a file."""
    if request.GET.get("format") == "csv":
        return _csv(SearchForm(request.GET).filter())
    return _list(request)


@require_POST
@requires(PREDICATE)
@step_up.recently_proved
def bulk(request: HttpRequest) -> HttpResponse:
    """Suspend or resume those that are ticked, each by itself; who could not is said."""
    chosen = [int(key) for key in request.POST.getlist("chosen") if key.isdecimal()][:MOST_AT_ONCE]
    act, words = request.POST.get("act", ""), request.POST.get("reason", "")
    if not chosen or act not in dict(ACTS):
        return _list(request, error=_("Tick at least one Organization."))
    if act == "suspend" and not words.strip():
        return _list(request, error=_("Say why, in up to 500 characters."), ticked=chosen)
    failed = 0
    for pk in chosen:
        try:
            if act == "suspend":
                _suspend(request, pk, words)
            else:
                _resume(request, pk)
        except Problem:
            failed += 1
    done = len(chosen) - failed
    words_done = ngettext("%(n)s Organization done.", "%(n)s Organizations done.", done)
    messages.success(request, words_done % {"n": done})
    if failed:
        words_failed = ngettext(
            "%(n)s could not be changed.", "%(n)s could not be changed.", failed
        )
        messages.warning(request, words_failed % {"n": failed})
    return redirect("backoffice-organizations")


@require_safe
@requires(PREDICATE)
def detail(request: HttpRequest, organization_id: int) -> HttpResponse:
    """Its people, credit, what happened to it, and what can be done."""
    return _detail(request, services.get(organization_id=organization_id))


@require_POST
@requires(PREDICATE)
@step_up.recently_proved
def suspend(request: HttpRequest, organization_id: int) -> HttpResponse:
    """By hand; what billing holds is another cause beside it."""
    form = SuspendForm(request.POST)
    if form.is_valid():
        try:
            _suspend(request, organization_id, form.cleaned_data["words"])
        except Invalid as problem:
            form.add_error("words", problem.detail)
        else:
            messages.success(request, _("It is suspended: its members can only look."))
            return redirect("backoffice-organization", organization_id)
    return _detail(request, services.get(organization_id=organization_id), suspend_form=form)


@require_POST
@requires(PREDICATE)
def resume(request: HttpRequest, organization_id: int) -> HttpResponse:
    """Lifts what was suspended by hand; never what billing holds."""
    if _resume(request, organization_id):
        messages.success(request, _("It is active again."))
    else:
        messages.warning(request, _("Something else holds it still."))
    return redirect("backoffice-organization", organization_id)


@require_POST
@requires(PREDICATE)
@step_up.recently_proved
def delete(request: HttpRequest, organization_id: int) -> HttpResponse:
    """Begin the grace period."""
    form = DeleteForm(request.POST)
    if form.is_valid():
        try:
            deletion.schedule(
                organization_id=organization_id,
                typed=form.cleaned_data["typed"],
                actor=str(request.user),
                request=request,
            )
        except Invalid as problem:
            form.add_error("typed", problem.detail)
        else:
            return redirect("backoffice-organization", organization_id)
    return _detail(request, services.get(organization_id=organization_id), delete_form=form)


@require_POST
@requires(PREDICATE)
def keep(request: HttpRequest, organization_id: int) -> HttpResponse:
    """Undo the deletion."""
    deletion.undo(organization_id=organization_id, actor=str(request.user), request=request)
    messages.success(request, _("The Organization stays. Nothing was lost."))
    return redirect("backoffice-organization", organization_id)


@require_POST
@requires(PREDICATE)
@step_up.recently_proved
def visit(request: HttpRequest, organization_id: int, membership_id: int) -> HttpResponse:
    """See its pages as one of its members: audited, short, only looking."""
    organization = services.get(organization_id=organization_id)
    row = members.one(organization=organization, membership_id=membership_id)
    form = VisitForm(request.POST)
    if form.is_valid():
        try:
            if row.user is None:
                raise Conflict(_("They have not logged in yet, so there is nobody to be."))
            visits.begin(
                request,
                person=row.user,
                place=reverse("organization", args=[organization.slug]),
                back=reverse("backoffice-organization", args=[organization.pk]),
                object=services.subject(organization),
                predicate=PREDICATE,
                why=form.cleaned_data["why"],
            )
        except Problem as problem:
            form.add_error("why", f"{problem.title}. {problem.detail}")
        else:
            return redirect("organization", organization.slug)
    return _detail(request, organization, visit_form=form)


def _suspend(request: HttpRequest, pk: int, words: str) -> None:
    services.suspend(
        organization_id=pk, because=Cause.STAFF, words=words, actor=str(request.user),
        request=request,
    )  # fmt: skip


def _resume(request: HttpRequest, pk: int) -> bool:
    return services.resume(
        organization_id=pk, because=Cause.STAFF, actor=str(request.user), request=request
    )


def _list(
    request: HttpRequest, *, error: str = "", ticked: list[int] | None = None
) -> HttpResponse:
    form = SearchForm(request.GET)
    found = services.page(**form.filter(), before=before(request))
    ids = [row.pk for row in found.rows]
    credit, counts = (
        balances(organization_ids=ids),
        members.count_by_organization(organization_ids=ids),
    )
    context = {
        "form": form,
        "is_filtered": any(form.filter().values()),
        "rows": [
            {
                "organization": row,
                "credit": credit.get(row.pk, []),
                "members": counts.get(row.pk, 0),
            }
            for row in found.rows
        ],
        "pager": pager(request, found.next_before),
        "ticked": ticked or [],
        "csv": as_file(request),
        "bulk": {
            "url": reverse("backoffice-organizations-bulk"),
            "acts": ACTS,
            "reason": _("Why"),
            "reason_typed": request.POST.get("reason", ""),
            "error": error,
        },
    }
    where = "franchise/backoffice/organizations/list.html"
    return render(request, where, context, status=422 if error else 200)


def _csv(wanted: dict[str, Any]) -> HttpResponseBase:
    def rows() -> Iterator[tuple[object, ...]]:
        last: int | None = None
        while True:
            found = services.page(**wanted, before=last, limit=500)
            ids = [row.pk for row in found.rows]
            credit = balances(organization_ids=ids)
            counts = members.count_by_organization(organization_ids=ids)
            for row in found.rows:
                yield (
                    row.slug, row.name, row.state, row.owner_email, row.plan,
                    counts.get(row.pk, 0), " + ".join(map(str, credit.get(row.pk, []))),
                    row.created_at.isoformat(),
                )  # fmt: skip
            last = found.next_before
            if last is None:
                return

    header = ("slug", "name", "state", "owner", "plan", "members", "credit", "made")
    return csv_file.answer("organizations.csv", header, rows())


def _detail(
    request: HttpRequest,
    organization: Organization,
    *,
    suspend_form: SuspendForm | None = None,
    delete_form: DeleteForm | None = None,
    visit_form: VisitForm | None = None,
) -> HttpResponse:
    pk = organization.pk
    forms = (suspend_form, delete_form, visit_form)
    context = {
        "organization": organization,
        "subject": services.subject(organization),
        "people": members.of_organization(organization_id=pk),
        "environments": environments.of_organization(organization_id=pk),
        "credit": balances(organization_ids=[pk]).get(pk, []),
        "history": history(organization_id=pk, limit=10).rows,
        "limits": Limits.read(organization.limits),
        "causes": [
            (Cause(cause).label, words) for cause, words in organization.suspended_because.items()
        ],
        "is_held_by_staff": Cause.STAFF in organization.suspended_because,
        "is_deleted": organization.state == State.DELETED,
        "suspend_form": suspend_form or SuspendForm(),
        "delete_form": delete_form or DeleteForm(),
        "visit_form": visit_form or VisitForm(),
    }
    where = "franchise/backoffice/organizations/detail.html"
    refused = any(form is not None and form.errors for form in forms)
    return render(request, where, context, status=422 if refused else 200)
