"""Check 15 (peers.md §5.2): every address × every role × own, foreign and unknown objects.

Made from the URL map of both roles of an installation: a new address is in it by itself, must name
its predicate, and a new kind of object must be known to `things.py`.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pytest
from django.http import HttpResponse, JsonResponse
from django.test import Client
from django.urls import path

from catalyst.identity.models import Role, User
from catalyst.identity.permissions import PREDICATES, names
from catalyst.identity.routes import Route, closed, routes
from catalyst.limits.actions import LIMITS
from catalyst.limits.services import forgive
from catalyst.routing import websocket_urlpatterns
from tests.security.things import (
    OF_ORGANIZATIONS,
    PEOPLE,
    client_of,
    common_things,
    things_of,
    unknown_things,
)

pytestmark = pytest.mark.django_db
CONFS = {"zero": "catalyst.urls_zero", "sovereign": "catalyst.urls_sovereign"}
# Said a second time on purpose: a predicate that grows wider is to be noticed here.
PASSES = {
    "anyone": {"nobody", "without a role", *Role},
    "signed-in": {"without a role", *Role},
    "log.read": {"without a role", *Role},
    "audit.read": {"without a role", *Role},
    "sovereign.provision": {Role.OPERATOR, Role.MEMBER},
    "name.check": {Role.OPERATOR, Role.MEMBER},
    "domain.bring": {Role.OPERATOR, Role.MEMBER},
    "registrar.use": {Role.OPERATOR, Role.MEMBER},
    "operate": {Role.OPERATOR},
    "voucher.manage": {Role.OPERATOR, Role.SOVEREIGN_ADMIN},
    "catalog.manage": {Role.OPERATOR, Role.SOVEREIGN_ADMIN},
    "organization.manage": {Role.OPERATOR, Role.SOVEREIGN_ADMIN},
    "billing.manage": {Role.OPERATOR, Role.SOVEREIGN_ADMIN},
    "brand.manage": {Role.OPERATOR, Role.SOVEREIGN_ADMIN},
    "franchise.see": {Role.OPERATOR, Role.SOVEREIGN_ADMIN},
    "machine": set(),
    "service-token": set(),
    "acme-key": set(),
    "issuer": set(),
    "webhook": set(),
    "metrics": set(),
}
OWNED = {
    "approval_id", "deployment_id", "draft_id", "filter_id", "move_id", "subject", "job_id",
    "execution_id", "organization", "redemption_id",
}  # fmt: skip
REFUSED = {401, 403, 404, 405}
# Where a wish is read before the object is looked up: a good one.
BODIES: dict[str, dict[str, Any]] = {
    "destroy": {"confirmFQDN": "canary.example"},
    "approve": {"planSha256": "0" * 64},
    "restore": {"confirm": "canary.example"},
}
# The address answers a machine of its own: nothing of a person's session counts.
ANSWERS_PROGRAMS = {"acme-key", "issuer", "metrics", "webhook"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One question and what came back, as a failing test shows it."""

    who: str
    whose: str
    method: str
    address: str
    status: int
    location: str

    @property
    def is_refused(self) -> bool:
        return self.status in REFUSED or self.location.startswith("/login/")


def parameters(route: Route) -> list[str]:
    return re.findall(r"<(?:\w+:)?(\w+)>", route.path)


def address(route: Route, values: dict[str, Any]) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), route.path)


def every(conf: str) -> list[Route]:
    return routes(import_module(CONFS[conf]).urlpatterns, websocket_urlpatterns)


def over_http(conf: str) -> list[Route]:
    """Each once: the API's other mounts are the same operations (tested below)."""
    prefixes = ("/sovereign/api/v1/", "/v1/")
    return [
        route
        for route in every(conf)
        if route.kind != "socket" and not route.path.startswith(prefixes)
    ]


def ask(client: Client, who: str, whose: str, route: Route, method: str, values) -> Asked:  # type: ignore[no-untyped-def]
    where = address(route, values)
    body = BODIES.get(route.name, {})
    if route.kind == "api":
        answer = client.generic(
            method,
            where,
            JsonResponse(body).content,
            "application/json",
            headers={"Idempotency-Key": uuid.uuid4().hex},
        )
    else:
        answer = getattr(client, method.lower())(where, body)
    return Asked(who, whose, method, where, answer.status_code, answer.get("Location", ""))


def methods(route: Route) -> tuple[str, ...]:
    return route.methods or ("GET", "POST")


@pytest.fixture
def people(person) -> dict[str, tuple[User | None, Client]]:
    made = {
        name: None if roles is None else person(f"{number}@example.com", *roles)
        for number, (name, roles) in enumerate(PEOPLE.items())
    }
    return {name: (user, client_of(user)) for name, user in made.items()}


@pytest.fixture(autouse=True)
def nothing_counted(people) -> Iterator[None]:
    """Limits are not the promise here; what these people and this address used up is forgotten."""
    yield
    keys = ["address:127.0.0.1", *(f"person:{user.pk}" for user, _ in people.values() if user)]
    for action in LIMITS:
        for key in keys:
            forgive(action=action, key=key)


@pytest.fixture(params=sorted(CONFS))
def conf(request, settings) -> str:
    settings.ROOT_URLCONF = CONFS[request.param]
    return request.param


def test_given_the_table_when_compared_then_both_sides_know_the_same_predicates() -> None:
    assert set(PASSES) == set(PREDICATES)
    for name, passing in PASSES.items():
        assert PREDICATES[name].without_login or "nobody" not in passing
        # Alike; once they are not, each has to walk.
        alike = {PREDICATES[name].passes(User(roles=[role])) for role in OF_ORGANIZATIONS}
        assert len(alike) == len({role in passing for role in OF_ORGANIZATIONS}) == 1


@pytest.mark.parametrize("name", sorted(CONFS))
def test_given_every_address_when_walked_then_each_names_its_predicate(name: str) -> None:
    found = every(name)
    assert [route for route in found if not route.predicates] == []
    assert {predicate for route in found for predicate in route.predicates} <= set(PREDICATES)
    assert "socket" in {route.kind for route in found} and len(found) > 15


def test_given_the_other_mounts_of_the_api_when_walked_then_the_same_guards() -> None:
    def below(prefix: str) -> set[tuple[Any, ...]]:
        return {
            (route.path.removeprefix(prefix), route.methods, route.predicates)
            for route in every("zero")
            if route.path.startswith(prefix) and route.kind == "api"
        }

    assert below("/api/v1/") and below("/api/v1/") == below("/v1/") == below("/sovereign/api/v1/")


def test_given_an_address_without_a_predicate_when_mounted_then_closed_to_everybody(
    settings, people
) -> None:
    def forgotten(request):  # type: ignore[no-untyped-def]
        return HttpResponse("secret")

    @names("anyone")
    def named(request):  # type: ignore[no-untyped-def]
        return HttpResponse("open")

    class Conf:
        urlpatterns = closed([path("forgotten", forgotten), path("named", named)])

    settings.ROOT_URLCONF = Conf
    assert [route.predicates for route in routes(Conf.urlpatterns)] == [(), ("anyone",)]
    _, operator = people[Role.OPERATOR]
    assert operator.get("/forgotten", headers={"Accept": "application/json"}).status_code == 403
    assert operator.get("/named").text == "open"


def test_given_every_address_when_a_role_does_not_pass_then_refused(conf, people, person) -> None:
    values = {**common_things(), **things_of(person("owner@example.com", Role.MEMBER))}
    wrong, asked = [], 0
    for route in over_http(conf):
        assert set(parameters(route)) <= set(values), f"{route.path}: teach things.py its objects"
        for who, (_, client) in people.items():
            if any(who in PASSES[name] for name in route.predicates):
                continue
            found = [
                ask(client, who, "somebody's", route, method, values) for method in methods(route)
            ]
            asked += len(found)
            if all(one.status == 405 for one in found):  # then the predicate was never asked
                wrong += found
            if not ANSWERS_PROGRAMS & set(route.predicates):
                wrong += [one for one in found if not one.is_refused]
    assert not wrong, "\n".join(map(str, wrong))
    assert asked > (20 if conf == "sovereign" else 300)


def test_given_every_object_when_it_is_foreign_then_as_if_there_were_none(people, person) -> None:
    foreign = {**common_things(), **things_of(person("owner@example.com", Role.MEMBER))}
    unknown = {**foreign, **unknown_things()}
    wrong, asked = [], 0
    for route in over_http("zero"):
        if not OWNED & set(parameters(route)):
            continue
        for who, (_, client) in people.items():
            if who == Role.OPERATOR or not any(who in PASSES[n] for n in route.predicates):
                continue
            for method in methods(route):
                one = ask(client, who, "foreign", route, method, foreign)
                other = ask(client, who, "unknown", route, method, unknown)
                asked += 1
                if not one.is_refused or one.status != other.status:
                    wrong.append((one, other))
    assert not wrong, "\n".join(map(str, wrong))
    assert asked > 30


def test_given_every_address_when_it_is_ones_own_then_it_opens(conf, people) -> None:
    """The other side of the two above: refusing everybody would pass those."""
    member, _ = people[Role.MEMBER]
    operator, _ = people[Role.OPERATOR]
    assert member and operator
    of_member = {**common_things(), **things_of(member)}
    wrong, asked = [], 0
    for route in over_http(conf):
        if "GET" not in methods(route):
            continue
        passing = [who for who in people if any(who in PASSES[n] for n in route.predicates)]
        if not passing:
            continue
        who = Role.MEMBER if Role.MEMBER in passing else passing[0]
        found = ask(people[who][1], who, "own", route, "GET", of_member)
        asked += 1
        if found.status in {401, 403} or found.location.startswith("/login/"):
            wrong.append(found)
    assert not wrong, "\n".join(map(str, wrong))
    assert asked > 10
