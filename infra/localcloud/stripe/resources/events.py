"""Events, as the API shows what webhooks told."""

from __future__ import annotations

from infra.localcloud.stripe.api import Json
from infra.localcloud.stripe.listing import created, page
from infra.localcloud.stripe.world import Call


def retrieve(call: Call) -> Json:
    call.params.done()
    return {**call.account.get("event", call.path["id"]), "api_version": call.version}


def listed(call: Call) -> Json:
    params = call.params
    types = [*params.texts("types"), *filter(None, [params.text("type")])]
    rows = [row for row in call.account.all("event") if not types or row["type"] in types]
    found = page(params, created(params, rows), "/v1/events")
    params.done()
    return found


ADDRESSES = (
    ("GET", "events", listed),
    ("GET", "events/{id}", retrieve),
)
