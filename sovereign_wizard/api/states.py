"""A Deployment as the API shows it: State of provisioning §2, plus what our engine knows."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from pydantic import Field

from catalyst.api.shapes import Document
from catalyst.eventlog import services as eventlog
from sovereign_wizard.provisioning.models import (
    WAITS_FOR,
    Deployment,
    DomainMode,
    PhaseState,
    Plan,
    Run,
    State,
)

PAST_THE_END = 2**62


class Summary(Document):
    """One row of the list."""

    id: uuid.UUID
    status: State
    reason: str = Field(description="Why it waits; empty otherwise.")
    waiting_for: str = Field(
        description="`delegation` while a domain of its own is on its way; empty otherwise."
    )
    sovereign_domain_mode: DomainMode
    domain_id: uuid.UUID | None = Field(description="Of a domain of its own, see /domains.")
    started_at: datetime
    finished_at: datetime | None = Field(description="End of the latest run.")
    sovereign_fqdn: str = Field(alias="sovereignFQDN")
    region: str
    console_url: str = Field(alias="consoleURL")
    stream_url: str = Field(alias="streamURL", description="The live log.")


class PhaseShown(Document):
    id: str
    state: PhaseState
    attempts: int
    reason: str
    started_at: datetime | None
    finished_at: datetime | None


class LossShown(Document):
    """One thing that is destroyed, or destroyed and made again empty; its data is lost."""

    action: str = Field(examples=["replaces"])
    address: str = Field(examples=["hcloud_server.worker[0]"])


class PlanShown(Document):
    """What tofu is going to do; approve exactly this file by its hash."""

    sha256: str
    words: str
    changes: dict[str, Any]
    losses: list[LossShown] = Field(description="Each by its address. Read these before approving.")
    approved_by: str
    approved_at: datetime | None


class Result(Document):
    """Addresses, as far as they are known."""

    sovereign_fqdn: str = Field(alias="sovereignFQDN")
    control_plane_ip: str | None = Field(alias="controlPlaneIP")
    load_balancer_ip: str | None = Field(alias="loadBalancerIP")
    load_balancer_ipv6: str | None = Field(alias="loadBalancerIPv6")
    console_url: str = Field(alias="consoleURL")


class Organization(Document):
    """Who runs it, as far as they said."""

    name: str
    email: str
    headquarters: str = ""
    industry: str = ""
    headcount: str = ""
    compliance: list[str] = []


class Shown(Summary):
    """The whole State."""

    organization: Organization
    ha_enabled: bool

    num_events: int = Field(description="Lines of the log so far.")
    error: str | None = Field(description="What went wrong, in words, when it failed.")
    problem: dict[str, Any] | None = Field(description="The same as a problem document.")
    run: int = Field(description="Number of the latest run.")
    run_kind: str
    chosen_components: list[str] = Field(description="Beside those that every Sovereign has.")
    chosen_apps: list[str] = Field(description="In the Sovereign's own catalogue.")
    phases: list[PhaseShown]
    plan: PlanShown | None
    result: Result


def address(deployment: Deployment, rest: str = "") -> str:
    return f"/api/v1/deployments/{deployment.pk}{rest}"


def summary(deployment: Deployment, *, finished_at: datetime | None) -> dict[str, Any]:
    return {
        "id": deployment.pk,
        "status": State(deployment.state),
        "reason": deployment.reason,
        "waiting_for": "delegation" if deployment.waits_for in WAITS_FOR else "",
        "sovereign_domain_mode": DomainMode(deployment.domain_mode),
        "domain_id": deployment.move_id,
        "started_at": deployment.created_at,
        "finished_at": finished_at,
        "sovereign_fqdn": deployment.fqdn,
        "region": deployment.region,
        "console_url": deployment.console_url,
        "stream_url": address(deployment, "/logs"),
    }


def shown(deployment: Deployment) -> Shown:
    """The State now, in five queries."""
    run = deployment.runs.order_by("-number").select_related("plan").defer("plan__content").first()
    log = eventlog.read(deployment.subject, after=PAST_THE_END, limit=1)
    failed = deployment.problem or {}
    return Shown(
        **summary(deployment, finished_at=run.finished_at if run else None),
        organization=Organization(
            name=deployment.organization_name, email=deployment.owner_email, **deployment.profile
        ),
        ha_enabled=deployment.ha_enabled,
        num_events=log.last_seq,
        error=str(failed.get("detail") or failed.get("title") or "") or None,
        problem=failed or None,
        run=run.number if run else 0,
        run_kind=run.kind if run else "",
        chosen_components=deployment.chosen_components,
        chosen_apps=deployment.chosen_apps,
        phases=_phases(run),
        plan=_plan(run),
        result=_result(deployment),
    )


def _phases(run: Run | None) -> list[PhaseShown]:
    return [
        PhaseShown(
            id=row.phase,
            state=PhaseState(row.state),
            attempts=row.attempts,
            reason=row.reason,
            started_at=row.started_at,
            finished_at=row.finished_at,
        )
        for row in (run.phases.all() if run else ())
    ]


def _plan(run: Run | None) -> PlanShown | None:
    plan: Plan | None = getattr(run, "plan", None)
    if plan is None:
        return None
    return PlanShown(
        sha256=plan.sha256,
        words=plan.words,
        changes=plan.changes,
        losses=[LossShown(**loss) for loss in plan.losses],
        approved_by=plan.approved_by,
        approved_at=plan.approved_at,
    )


def _result(deployment: Deployment) -> Result:
    facts = deployment.facts
    return Result(
        sovereign_fqdn=deployment.fqdn,
        control_plane_ip=facts.get("control_plane_ip") or None,
        load_balancer_ip=facts.get("load_balancer_ip") or None,
        load_balancer_ipv6=facts.get("load_balancer_ipv6") or None,
        console_url=deployment.console_url,
    )
