"""Customers. One that was deleted stays visible as `deleted`."""

from __future__ import annotations

from infra.localcloud.stripe.api import Json
from infra.localcloud.stripe.book import Account, new_id, now
from infra.localcloud.stripe.errors import missing
from infra.localcloud.stripe.listing import created, page
from infra.localcloud.stripe.world import Call

_TEXTS = ("description", "email", "name", "phone")


def living(account: Account, id: str, param: str = "customer") -> Json:
    """Raises StripeError 404 for a deleted one too."""
    found = account.get("customer", id, param)
    if found.get("deleted"):
        raise missing("customer", id, param)
    return found


def create(call: Call) -> Json:
    customer: Json = {
        "id": new_id("cus_", 14),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": now(),
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "discount": None,
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
    }
    _change(call, customer)
    call.params.done()
    call.account.add(customer)
    call.tell("customer.created", customer)
    return customer


def update(call: Call) -> Json:
    found = living(call.account, call.path["id"], "id")
    changed = {**found, "invoice_settings": dict(found["invoice_settings"])}
    _change(call, changed)
    call.params.done()
    found.update(changed)
    call.tell("customer.updated", found)
    return found


def retrieve(call: Call) -> Json:
    call.params.done()
    found = call.account.get("customer", call.path["id"])
    if found.get("deleted"):
        return {"id": found["id"], "object": "customer", "deleted": True}
    return found


def delete(call: Call) -> Json:
    call.params.done()
    found = living(call.account, call.path["id"], "id")
    call.tell("customer.deleted", found)
    found["deleted"] = True
    return {"id": found["id"], "object": "customer", "deleted": True}


def listed(call: Call) -> Json:
    params = call.params
    rows = call.account.all("customer", email=params.text("email"))
    rows = created(params, [row for row in rows if not row.get("deleted")])
    found = page(params, rows, "/v1/customers")
    params.done()
    return found


def payment_methods(call: Call) -> Json:
    params = call.params
    found = living(call.account, call.path["id"], "id")
    rows = call.account.all("payment_method", customer=found["id"], type=params.text("type"))
    answer = page(params, rows, f"/v1/customers/{found['id']}/payment_methods")
    params.done()
    return answer


def _change(call: Call, customer: Json) -> None:
    params = call.params
    for name in _TEXTS:
        if name in params or name not in customer:
            customer[name] = params.text(name)
    languages = params.texts("preferred_locales")
    customer["preferred_locales"] = languages or customer["preferred_locales"]
    settings = params.within("invoice_settings")
    method = settings.text("default_payment_method")
    if method is not None:
        name = settings.name("default_payment_method")
        call.account.get("payment_method", method, name)
        customer["invoice_settings"]["default_payment_method"] = method
    customer["metadata"] = params.metadata(customer.get("metadata"))


ADDRESSES = (
    ("POST", "customers", create),
    ("GET", "customers", listed),
    ("GET", "customers/{id}", retrieve),
    ("POST", "customers/{id}", update),
    ("DELETE", "customers/{id}", delete),
    ("GET", "customers/{id}/payment_methods", payment_methods),
)
