"""What holders do with a name, and what operators see of a pool.

Acts change rows only; a worker tells the name servers. 202 says that they do not know yet: the same
request again is always fine.
"""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from catalyst.api.document import problems
from catalyst.api.pages import SIZE, Limit
from catalyst.problem import Invalid
from catalyst.vault.secret import Secret
from dns.api.compatible import DEFAULT_WAIT, Prefer, compatible, patience, warning
from dns.api.pool import Sub, with_token
from dns.api.shapes import (
    AllocationFreed,
    AllocationFreedPending,
    AllocationHeld,
    AllocationPending,
    AllocationShown,
    AllocationsListed,
    DryRun,
    NameCommit,
    NameEvent,
    NameHeld,
    NameHistory,
    NamePlan,
    NameRelease,
    planned,
    shown,
)
from dns.api.who import AUTH, caller
from dns.pools import plan, selectors, services
from dns.pools.patience import wait_settled
from dns.pools.problems import InvalidAddress
from dns.tokens.models import Scope

router = Router(tags=["pool"], by_alias=True, auth=AUTH)
router.add_decorator(compatible, mode="view")


@router.post(
    "/{domain}/renew",
    response=AllocationHeld,
    summary="Hold a reservation for another hour",
    openapi_extra=problems(410),
)
def renew(request: HttpRequest, domain: str, body: NameHeld) -> Any:
    """No reservation is held for longer than the longest lease in all."""
    caller(request, Scope.RESERVE, domain=domain)
    held = selectors.newest_of(pool=domain, label=body.subdomain)
    return with_token(services.renew(allocation_id=held.pk, token=Secret(body.reservation_token)))


@router.post(
    "/{domain}/commit",
    response={200: AllocationShown | NamePlan, 202: AllocationPending},
    summary="Publish a name",
    openapi_extra=problems(410),
)
def commit(
    request: HttpRequest, domain: str, body: NameCommit, prefer: Prefer, dry_run: DryRun = False
) -> Any:
    """200 once the name servers answer with it, 202 when they do not within the wait.

    403 `token-mismatch`; 404; 409 `already-active` (with another address); 410
    `reservation-expired`; 422 `invalid-address`.
    """
    return committed(request, domain=domain, body=body, prefer=prefer, dry_run=dry_run)


@router.delete(
    "/{domain}/release",
    response={200: AllocationFreed | NamePlan, 202: AllocationFreedPending},
    summary="Give a name back",
)
def release(
    request: HttpRequest,
    domain: str,
    prefer: Prefer,
    body: NameRelease | None = None,
    sub: Sub = "",
    dry_run: DryRun = False,
) -> Any:
    """By its token, or by whoever reserved it (same program or person, same `createdBy`).

    202 while the name servers still know it. The same again is fine; another's name is 403.
    """
    who = caller(request, Scope.RELEASE, domain=domain)
    asked = body or NameRelease()
    held = selectors.newest_of(pool=domain, label=asked.subdomain or sub)
    shows = Secret(asked.reservation_token) if asked.reservation_token else None
    holder = services.Holder(who.owner, asked.created_by.strip() or who.actor)

    def act() -> Any:
        return services.release(
            allocation_id=held.pk, token=shows or holder, actor=who.actor
        ).allocation_id

    if dry_run:
        return planned(plan.of(act))
    act()
    # The parent has to stop vouching first, which takes its TTL: nobody waits unless asked to.
    now = wait_settled(allocation_id=held.pk, seconds=patience(prefer, default=0))
    row = selectors.get(held.pk)
    if now.settled:
        return AllocationFreed(freed=AllocationShown(**shown(row)))
    return Status(202, AllocationFreedPending(freed=AllocationShown(**shown(row)), **warning(row)))


@router.get("/{domain}/list", response=AllocationsListed, summary="List the names that are held")
def listing(
    request: HttpRequest,
    domain: str,
    response: HttpResponse,
    limit: Limit = SIZE,
    cursor: Annotated[str, Query(max_length=100, description="From the `Link` header.")] = "",
) -> Any:
    """Newest first; `Link: rel=next` leads on. Tokens are never shown."""
    caller(request, Scope.LIST, domain=domain)
    pool = selectors.any_pool(domain)
    rows, after = selectors.held_in(pool=pool, before=cursor, limit=limit)
    if after:
        query = request.GET.copy()
        query["cursor"] = after
        response["Link"] = f'<{request.path}?{query.urlencode()}>; rel="next"'
    return AllocationsListed(
        pool_domain=pool.domain, allocations=[AllocationShown(**shown(row)) for row in rows]
    )


@router.get("/{domain}/events", response=NameHistory, summary="The history of a name")
def events(request: HttpRequest, domain: str, sub: Sub) -> Any:
    """What happened to a name under all its holders, newest first, at most 200."""
    caller(request, Scope.LIST, domain=domain)
    row = selectors.newest_of(pool=domain, label=sub)
    found = [
        NameEvent(
            at=each.at,
            actor=each.actor,
            kind=each.kind,
            detail=each.detail,
            generation=each.allocation.generation,
        )
        for each in selectors.events_of_name(row)
    ]
    return NameHistory(sovereign_fqdn=row.fqdn, events=found)


def committed(
    request: HttpRequest, *, domain: str, body: NameCommit, prefer: str, dry_run: bool
) -> Any:
    """The answer to a commit, whatever path it came by."""
    who = caller(request, Scope.COMMIT, domain=domain)
    held = selectors.newest_of(pool=domain, label=body.subdomain)
    if body.sovereign_fqdn and body.sovereign_fqdn.rstrip(".").lower() != held.fqdn:
        raise Invalid(f"The name that is held is {held.fqdn}.", field="sovereignFQDN")
    if not body.load_balancer_ip:
        raise MissingAddress("Send the load balancer's IPv4 address.", field="loadBalancerIP")

    def act() -> Any:
        return services.commit(
            allocation_id=held.pk,
            token=Secret(body.reservation_token),
            address_v4=body.load_balancer_ip,
            address_v6=body.load_balancer_ipv6,
            actor=who.actor,
        ).allocation_id

    if dry_run:
        return planned(plan.of(act))
    act()
    seconds = patience(prefer, default=DEFAULT_WAIT)
    now = wait_settled(allocation_id=held.pk, seconds=seconds)
    row = selectors.get(held.pk)
    if now.settled:
        return AllocationShown(**shown(row))
    return Status(202, AllocationPending(**shown(row), **warning(row)))


class MissingAddress(InvalidAddress):
    type = "missing-lb-ip"
    title = "An address is needed"
