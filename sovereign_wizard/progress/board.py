"""The pages beside the progress of a Deployment: jobs, timeline, graph, what exists, its domain.

Each works without JavaScript; while a run is at work, HTMX asks for the changing part again and is
told 204 when it would look the same.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from catalyst.identity.permissions import requires
from catalyst.problem import NotFound
from catalyst.web import csv_file
from sovereign_wizard.handover.services import token_is_kept
from sovereign_wizard.progress import (
    domain_panel,
    executions,
    flow,
    infrastructure,
    jobs,
    linking,
    pages,
    timeline,
)
from sovereign_wizard.progress.job_table import ATTENTION, HEADER, JobsForm, batch_words, line
from sovereign_wizard.progress.jobs import Job
from sovereign_wizard.provisioning.machine import IN_WORK
from sovereign_wizard.provisioning.models import Deployment

View = Callable[..., HttpResponseBase]
LINES = 200


def guarded(view: View) -> View:
    """What all of these have in common."""
    return requires("sovereign.provision")(never_cache(require_GET(view)))


@guarded
def job_list(request: HttpRequest, deployment_id: uuid.UUID) -> HttpResponseBase:
    """Every job with its state, found and sorted as asked."""
    found = pages.find(request, deployment_id)
    every = list(jobs.of(found))
    form = JobsForm(request.GET, batches=(job.batch for job in every))
    rows = form.shown(every)
    context = {
        "form": form,
        "jobs": [(job, batch_words(job.batch)) for job in rows],
        "total": len(every),
        "query": _query(request),
    }
    return _tab(request, found, "jobs", context, seen=[_state(job) for job in rows])


@guarded
def job_csv(request: HttpRequest, deployment_id: uuid.UUID) -> HttpResponseBase:
    """The same rows as a file."""
    found = pages.find(request, deployment_id)
    every = list(jobs.of(found))
    form = JobsForm(request.GET, batches=(job.batch for job in every))
    return csv_file.answer(f"{found.fqdn}-jobs.csv", HEADER, map(line, form.shown(every)))


@guarded
def job(request: HttpRequest, deployment_id: uuid.UUID, job_name: str) -> HttpResponseBase:
    """One job: how it is, what it needs, what needs it, what it said last."""
    found = pages.find(request, deployment_id)
    every = {one.name: one for one in jobs.of(found)}
    this = every.get(job_name)
    if this is None:
        raise NotFound(_("This Sovereign has no such job."))
    lines = executions.newest(this.row, limit=LINES) if this.began_at else []
    needs = [every[name] for name in this.needs if name in every]
    needed_by = [one for one in every.values() if job_name in one.needs]
    context = {
        "job": this,
        "batch": batch_words(this.batch),
        "needs": needs,
        "needed_by": needed_by,
        "lines": lines,
        "most": LINES,
        "here": this.title,
    }
    others = [_state(one) for one in (*needs, *needed_by)]
    last = lines[-1]["seq"] if lines else 0
    return _tab(request, found, "job", context, seen=[_state(this), others, last])


@guarded
def bars(request: HttpRequest, deployment_id: uuid.UUID) -> HttpResponseBase:
    """When each job ran; the table beside it says the same."""
    found = pages.find(request, deployment_id)
    every = list(jobs.of(found))
    batches = list(dict.fromkeys(one.batch for one in every if one.began_at))
    runs = [batch for batch in batches if batch != jobs.RELEASES]
    asked = request.GET.get("run", "")
    chosen = asked if asked in runs else (runs[-1] if runs else "")
    # What Flux installed belongs to the run that made the cluster, whichever that was.
    inside = [one for one in every if one.batch == chosen or (one.is_release and chosen)]
    begun = [one for one in inside if one.began_at]
    chart = timeline.draw(begun, now=timezone.now())
    context = {
        "chart": chart,
        "rows": [(bar.of, bar.after) for bar in chart.bars] if chart else [],
        "legend": _legend(begun),
        "pending": [one for one in inside if not one.began_at],
        "runs": [(batch, batch_words(batch)) for batch in runs],
        "chosen": chosen,
        "query": _query(request),
    }
    return _tab(request, found, "timeline", context, seen=[_state(one) for one in inside])


@guarded
def graph(request: HttpRequest, deployment_id: uuid.UUID) -> HttpResponseBase:
    """What needs what, in layers; the list beside it says the same."""
    found = pages.find(request, deployment_id)
    every = {one.name: one for one in linking.newest(list(jobs.of(found)))}
    needs = linking.joined(every)
    circle, drawing = "", None
    try:
        drawing = flow.draw(needs)
    except flow.Cycle as problem:
        circle = str(problem)
    context = {
        "drawing": drawing,
        "circle": circle,
        "nodes": [(node, every[node.name]) for node in drawing.nodes] if drawing else [],
        "edges": [(edge, every[edge.needed].state) for edge in drawing.edges] if drawing else [],
        "jobs": [
            (one, [every[name] for name in needs[one.name]])
            for one in (_downwards(every, drawing) if drawing else every.values())
        ],
        "legend": _legend(every.values()),
        "width": flow.WIDTH,
        "height": flow.HEIGHT,
    }
    seen = [_state(one) for one in every.values()]
    return _tab(request, found, "flow", context, seen=seen)


@guarded
def exists(request: HttpRequest, deployment_id: uuid.UUID) -> HttpResponseBase:
    """What exists at Hetzner and its price, as far as rows know."""
    found = pages.find(request, deployment_id)
    known = infrastructure.of(found)
    context = {"known": known, "token_is_kept": token_is_kept(found)}
    return _tab(request, found, "infrastructure", context, seen=known.version)


@guarded
def domain(request: HttpRequest, deployment_id: uuid.UUID) -> HttpResponseBase:
    """Names, delegation, certificate."""
    found = pages.find(request, deployment_id)
    known = domain_panel.of(found)
    context = {"known": known} | domain_panel.move_of(found)
    return _tab(request, found, "domain", context, seen=known.version)


def _tab(
    request: HttpRequest, found: Deployment, name: str, context: dict[str, Any], *, seen: Any
) -> HttpResponse:
    """The page of a tab, or its changing part; 422 for a question that is none."""
    plain = json.dumps([found.state, seen], default=str)
    version = hashlib.sha256(plain.encode()).hexdigest()[:16]
    form = context.get("form")
    live = found.state in IN_WORK
    htmx = getattr(request, "htmx", False)
    if htmx and live and request.GET.get("seen") == version:
        return HttpResponse(status=204)  # focus and selection stay where they are
    template = f"sovereign_wizard/progress/{'_' if htmx else ''}{name}.html"
    frame = {"deployment": found, "tab": name, "version": version, "live": live}
    status = 422 if form is not None and form.errors else 200
    return render(request, template, frame | context, status=status)


def _legend(shown: Iterable[Job]) -> list[tuple[str, str]]:
    """The states among these, as the house calls them."""
    states = {one.state for one in shown}
    return [(state, state.capitalize()) for state in reversed(ATTENTION) if state in states]


def _downwards(every: dict[str, Job], drawing: flow.Drawing) -> Iterable[Job]:
    """In the order of the drawing, so that the list reads as the graph does."""
    return (every[node.name] for node in sorted(drawing.nodes, key=lambda one: (one.y, one.x)))


def _query(request: HttpRequest) -> str:
    """What was asked, without the mark of what was seen, to go on with."""
    asked = request.GET.copy()
    asked.pop("seen", None)
    return asked.urlencode()


def _state(one: Job) -> tuple[object, ...]:
    return (one.name, one.state, one.said, one.began_at, one.ended_at)
