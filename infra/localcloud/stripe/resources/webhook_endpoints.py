"""Who is told of events. The signing secret is shown once, when an endpoint is made."""

from __future__ import annotations

from urllib.parse import urlsplit

from infra.localcloud.stripe.api import Json
from infra.localcloud.stripe.book import new_id, now
from infra.localcloud.stripe.errors import invalid
from infra.localcloud.stripe.listing import page
from infra.localcloud.stripe.world import Call


def create(call: Call) -> Json:
    params = call.params
    url, wanted = _url(params.needed("url")), params.texts("enabled_events")
    if not wanted:
        raise invalid(
            "Missing required param: enabled_events.",
            param="enabled_events",
            code="parameter_missing",
        )
    endpoint: Json = {
        "id": new_id("we_"),
        "object": "webhook_endpoint",
        "api_version": params.text("api_version", call.version),
        "application": None,
        "created": now(),
        "description": params.text("description"),
        "enabled_events": wanted,
        "livemode": False,
        "metadata": params.metadata(),
        "status": "enabled",
        "url": url,
    }
    params.done()
    call.account.add(endpoint)
    secret = new_id("whsec_", 32)
    call.account.endpoint_secrets[endpoint["id"]] = secret
    return {**endpoint, "secret": secret}


def update(call: Call) -> Json:
    params = call.params
    endpoint = call.account.get("webhook_endpoint", call.path["id"])
    changed = {
        "url": _url(params.text("url", endpoint["url"]) or ""),
        "enabled_events": params.texts("enabled_events") or endpoint["enabled_events"],
        "description": params.text("description", endpoint["description"]),
        "metadata": params.metadata(endpoint["metadata"]),
    }
    if "disabled" in params:
        changed["status"] = "disabled" if params.flag("disabled") else "enabled"
    params.done()
    endpoint.update(changed)
    return endpoint


def retrieve(call: Call) -> Json:
    call.params.done()
    return call.account.get("webhook_endpoint", call.path["id"])


def delete(call: Call) -> Json:
    call.params.done()
    endpoint = call.account.get("webhook_endpoint", call.path["id"])
    del call.account.objects[endpoint["id"]]
    call.account.endpoint_secrets.pop(endpoint["id"], None)
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


def listed(call: Call) -> Json:
    found = page(call.params, call.account.all("webhook_endpoint"), "/v1/webhook_endpoints")
    call.params.done()
    return found


def _url(text: str) -> str:
    """Test mode takes http too."""
    if urlsplit(text).scheme not in ("http", "https") or not urlsplit(text).hostname:
        raise invalid("Invalid URL: An explicit scheme must be provided.", param="url")
    return text


ADDRESSES = (
    ("POST", "webhook_endpoints", create),
    ("GET", "webhook_endpoints", listed),
    ("GET", "webhook_endpoints/{id}", retrieve),
    ("POST", "webhook_endpoints/{id}", update),
    ("DELETE", "webhook_endpoints/{id}", delete),
)
