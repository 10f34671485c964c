"""What exists at Hetzner for one Deployment, by its label and by what hangs on it. Reads only.

Kubernetes makes volumes, load balancers and machines in the project without our label; they are
found by the network they are in and the servers they hang on, and listed apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx

from catalyst.vault.secret import Secret
from sovereign_wizard.catalog.client import Hetzner
from sovereign_wizard.catalog.project import LABEL
from sovereign_wizard.handover import prices
from sovereign_wizard.handover.items import NOUNS, Inventory, Item, Json
from sovereign_wizard.handover.prices import PriceList

# Few at a time: the API counts requests per project, not per connection.
READERS = 4
# Of images only those a project made; the vendor's own are the same for everybody.
QUERIES = {"image": {"type": ["snapshot", "backup"]}}

Found = dict[str, list[Json]]


class _At(Hetzner):
    """The API at an address of the caller's."""

    def __init__(self, endpoint: str, token: Secret) -> None:
        super().__init__(token)
        self._http.base_url = httpx.URL(endpoint.rstrip("/"))


def look(
    *, token: Secret, deployment_id: str, endpoint: str, known: Iterable[Item] = ()
) -> Inventory:
    """Everything of this Deployment in the token's project, with prices.

    `known`: `also_found` of an earlier look. A volume that hung on a deleted server hangs on
    nothing now; it is still listed as long as it exists. Raises TokenRefused, RateLimited,
    HetznerAway.
    """
    with _At(endpoint, token) as api, ThreadPoolExecutor(READERS) as readers:
        asked = {
            kind: readers.submit(list, api.every(f"{kind}s", **QUERIES.get(kind, {})))
            for kind in NOUNS
        }
        pricing = api.read("/pricing")["pricing"]
        found = {kind: future.result() for kind, future in asked.items()}
    lists = prices.read(pricing), prices.read(pricing, prices.HOURLY)
    ours = _ours(found, deployment_id)
    tied = _tied(found, ours, {item.key: item.why for item in known})
    return Inventory(
        looked_at=datetime.now(UTC),
        currency=lists[0].currency,
        items=tuple(_item(kind, thing, why, *lists) for kind, thing, why in ours),
        also_found=tuple(_item(kind, thing, why, *lists) for kind, thing, why in tied),
    )


Reason = tuple[str, Json, str]


def _ours(found: Found, deployment_id: str) -> list[Reason]:
    """Labelled things, and the addresses that are deleted together with labelled servers."""
    ours = [
        (kind, thing, "carries our label")
        for kind, things in found.items()
        for thing in things
        if thing.get("labels", {}).get(LABEL) == deployment_id
    ]
    servers = {thing["id"]: thing["name"] for kind, thing, _ in ours if kind == "server"}
    known = {(kind, thing["id"]) for kind, thing, _ in ours}
    for address in found.get("primary_ip", ()):
        owner = servers.get(address.get("assignee_id"))
        if owner and address["auto_delete"] and ("primary_ip", address["id"]) not in known:
            ours.append(("primary_ip", address, f"goes with server {owner}"))
    return ours


def _tied(found: Found, ours: list[Reason], known: dict[str, str]) -> list[Reason]:
    """What is not ours by label but hangs on what is, or was seen to do so earlier."""
    counted = {(kind, thing["id"]) for kind, thing, _ in ours}
    networks = {thing["id"]: thing["name"] for kind, thing, _ in ours if kind == "network"}
    servers = {thing["id"]: thing["name"] for kind, thing, _ in ours if kind == "server"}
    tied = []
    for kind, things in found.items():
        for thing in things:
            if (kind, thing["id"]) in counted:
                continue
            why = _ties(kind, thing, networks, servers) or known.get(f"{kind}:{thing['id']}", "")
            if why:
                tied.append((kind, thing, why))
    return tied


def _ties(kind: str, thing: Json, networks: dict[int, str], servers: dict[int, str]) -> str:
    """What it hangs on, in words; empty for what has nothing to do with this Deployment."""
    if kind in ("server", "load_balancer"):
        for attachment in thing.get("private_net") or ():
            if attachment["network"] in networks:
                return f"in network {networks[attachment['network']]}"
    if kind == "load_balancer":
        for target in thing.get("targets") or ():
            if (server := target.get("server") or {}).get("id") in servers:
                return f"sends traffic to server {servers[server['id']]}"
    holder = {"volume": "server", "floating_ip": "server", "primary_ip": "assignee_id"}.get(kind)
    if holder and thing.get(holder) in servers:
        return f"attached to server {servers[thing[holder]]}"
    origin = thing.get("created_from") or {}
    if kind == "image" and origin.get("id") in servers:
        return f"snapshot of server {servers[origin['id']]}"
    return ""


def _item(kind: str, thing: Json, why: str, month: PriceList, hour: PriceList) -> Item:
    location = _location(thing)
    price = getattr(month, kind, None)
    an_hour = getattr(hour, kind) if kind in prices.PRICED_BY_THE_HOUR else None
    created = thing.get("created")
    return Item(
        kind=kind,
        id=int(thing["id"]),
        name=str(thing.get("name") or thing.get("description") or thing.get("ip") or thing["id"]),
        why=why,
        created=datetime.fromisoformat(created).astimezone(UTC) if created else None,
        location=location,
        monthly_net=price(thing, location) if price else None,
        hourly_net=an_hour(thing, location) if an_hour else None,
        details=_details(kind, thing),
        protected=bool((thing.get("protection") or {}).get("delete")),
    )


def _location(thing: Json) -> str:
    place = (
        thing.get("location")
        or thing.get("home_location")
        or (thing.get("datacenter") or {}).get("location")
    )
    return str(place["name"]) if place else ""


def _details(kind: str, thing: Json) -> Json:
    """What OpenTofu's resource of this kind must be told so that taking it over changes nothing."""
    match kind:
        case "server":
            image = thing.get("image") or {}
            return {
                "server_type": thing["server_type"]["name"],
                "image": str(image.get("name") or image.get("id") or ""),
            }
        case "volume":
            return {"size": int(thing["size"])}
        case "load_balancer":
            return {"load_balancer_type": thing["load_balancer_type"]["name"]}
        case "primary_ip" | "floating_ip":
            return {"type": thing["type"], "ip": thing["ip"]}
        case "image":
            return {"server_id": (thing.get("created_from") or {}).get("id") or 0}
    return {}
