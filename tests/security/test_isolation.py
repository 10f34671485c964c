"""Proof 17 (spec franchise §10), rows: a member of one Organization asks for another's at every
address that names one. Made from the URL map: a new address is in it by itself.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from catalyst.identity.models import Role
from franchise.organizations.models import Membership, Organization
from tests.security.test_every_address import address, every, methods
from tests.security.things import client_of, common_things, things_of, unknown_things

pytestmark = pytest.mark.django_db
A_CUSTOMERS = re.compile(r"^/(?:api/)?organizations/<")


def told(client: Client, method: str, where: str) -> dict[str, Any]:
    """All but the id of the request."""
    answer = client.generic(method, where, headers={"Accept": "application/json"})
    said = answer.json() if "json" in answer.get("Content-Type", "") else {}
    return {**said, "status": answer.status_code, "instance": ""}


def facts(slug: str) -> list[Any]:
    rows = Organization.objects.filter(slug=slug)
    return [*rows.values(), *Membership.objects.filter(organization__in=rows).values()]


@pytest.mark.parametrize("conf", ["zero", "sovereign"])
def test_proof_17_given_a_member_of_a_when_asking_for_b_then_404_as_if_there_were_none(
    conf: str, person
) -> None:
    member = person("a@example.com", Role.MEMBER)
    common = common_things()
    things_of(member, domain="a.example")
    foreign = {**common, **things_of(person("b@example.com", Role.MEMBER), domain="b.example")}
    unknown = {**foreign, **unknown_things()}
    theirs = client_of(member)
    before = facts(foreign["organization"])
    wrong, asked = [], 0
    for route in every(conf):
        if route.kind == "socket" or not A_CUSTOMERS.match(route.path):
            continue
        for method in methods(route):
            said = [told(theirs, method, address(route, values)) for values in (foreign, unknown)]
            asked += 1
            if said[0]["status"] not in (404, 405) or said[0] != said[1]:
                wrong.append(f"{method} {route.path}: {said}")
    assert not wrong, "\n".join(wrong)
    assert asked > 15
    assert facts(foreign["organization"]) == before
