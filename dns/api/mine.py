"""One name as its holder sees it, so that a program can compare it with what it wants.

It changes nothing: whoever observes in a loop (Crossplane) may do so. It shows the token again to
the same program with the same `createdBy`. No token is kept for that: the rows have its hash, and
it is derived anew (`dns.pools.tokens`). A reserve repeated with its key would do, but provider-http
sends no second POST once it has seen the name here: a lost answer would be lost for good.
"""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from dns.api.compatible import compatible
from dns.api.shapes import AllocationHeld, shown
from dns.api.who import AUTH, caller
from dns.names import MAX_NAME
from dns.pools import selectors
from dns.pools.models import LIVE
from dns.pools.problems import UnknownAllocation
from dns.pools.tokens import reservation_token
from dns.tokens.models import Scope

router = Router(tags=["pool"], by_alias=True, auth=AUTH)
router.add_decorator(compatible, mode="view")


@router.get("/{domain}/held", response=AllocationHeld, summary="A name that you hold")
def held(
    request: HttpRequest,
    domain: str,
    response: HttpResponse,
    sub: Annotated[str, Query(max_length=MAX_NAME)],
    created_by: Annotated[
        str, Query(alias="createdBy", max_length=254, description="As at the reserve.")
    ] = "",
) -> Any:
    """404 unless it is reserved or active for this program or person and this `createdBy`.

    So another holder of the name, or an earlier one, never looks like yours.
    """
    who = caller(request, Scope.RESERVE, domain=domain)
    row = selectors.newest_of(pool=domain, label=sub)
    holder = (who.owner, created_by.strip() or who.actor)
    if row.state not in LIVE or (row.owner, row.created_by) != holder:
        raise UnknownAllocation(f"You do not hold {row.fqdn}.")
    response["Cache-Control"] = "no-store"
    token = reservation_token(allocation_id=row.pk, generation=row.generation)
    return AllocationHeld(**shown(row), reservation_token=token.reveal())
