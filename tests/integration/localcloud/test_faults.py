"""What goes wrong on demand goes wrong exactly as often as asked, and shows its hits."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hcloud import APIException, Client
from hcloud.actions import ActionFailedException
from hcloud.images import Image
from hcloud.locations import Location
from hcloud.server_types import ServerType

from infra.localcloud.hetzner import document
from tests.integration.localcloud.running import LocalCloud
from tests.integration.localcloud.test_refusals import ssh_public_key

SIZE, OS, PLACE = ServerType(name="cx23"), Image(name="debian-12"), Location(name="hel1")
Break = Callable[..., int]


@pytest.fixture
def project(cloud: LocalCloud) -> int:
    return cloud.project()


@pytest.fixture
def token(cloud: LocalCloud, project: int) -> str:
    return cloud.token(project)


@pytest.fixture
def make_fault(cloud: LocalCloud, project: int) -> Break:
    """Orders a fault for this project only; returns its id."""

    def order(kind: str, *, match: dict[str, Any] | None = None, **rest: Any) -> int:
        wish = {"kind": kind, "match": {"project": project, **(match or {})}, **rest}
        made = cloud.ask_admin("POST", "/faults", json=wish)
        assert made.status_code == 201, made.text
        return int(made.json()["id"])

    return order


def hits(cloud: LocalCloud, fault: int) -> int:
    listed = cloud.ask_admin("GET", "/faults").json()["faults"]
    return int(next(entry for entry in listed if entry["id"] == fault)["hits"])


def test_given_two_times_503_when_asked_three_times_then_the_third_answers(
    cloud: LocalCloud, token: str, make_fault: Break
) -> None:
    fault = make_fault(
        "status", match={"method": "GET", "path": "^/v1/networks$"}, times=2,
        status=503, code="unavailable", message="try again",
    )  # fmt: skip

    statuses = [cloud.call("GET", "/networks", token=token) for _ in range(3)]
    other = cloud.call("GET", "/servers", token=token)

    assert [answer.status_code for answer in statuses] == [503, 503, 200]
    assert statuses[0].json() == {"error": {"code": "unavailable", "message": "try again"}}
    assert other.status_code == 200
    assert hits(cloud, fault) == 2


def test_given_latency_when_asked_then_the_answer_takes_that_long_once(
    cloud: LocalCloud, token: str, make_fault: Break
) -> None:
    fault = make_fault("latency", seconds=0.3)

    began = time.monotonic()
    cloud.call("GET", "/networks", token=token)
    taken = time.monotonic() - began
    cloud.call("GET", "/networks", token=token)

    assert taken >= 0.3
    assert hits(cloud, fault) == 1


def test_given_a_lost_answer_when_a_key_is_made_then_no_answer_comes_and_the_key_is_there(
    cloud: LocalCloud, token: str, client: Client, make_fault: Break
) -> None:
    make_fault("lost_answer", match={"method": "POST", "path": "^/v1/ssh_keys$"})
    wish = {"name": "made", "public_key": ssh_public_key()}

    with pytest.raises(httpx.RemoteProtocolError):
        cloud.call("POST", "/ssh_keys", token=token, json=wish)

    assert [key.name for key in client.ssh_keys.get_all()] == ["made"]


def test_given_a_failing_create_then_its_action_ends_in_error_and_the_server_can_be_removed(
    client: Client, make_fault: Break
) -> None:
    make_fault(
        "action_failure", match={"path": "^/v1/servers$", "method": "POST"}, code="oops",
        message="no host",
    )  # fmt: skip
    made = client.servers.create(name="a", server_type=SIZE, image=OS, location=PLACE)

    with pytest.raises(ActionFailedException) as failed:
        made.action.wait_until_finished()

    assert failed.value.action.error == {"code": "oops", "message": "no host"}
    server = client.servers.get_by_id(made.server.id)
    assert server.status == "off"
    client.servers.delete(server).wait_until_finished()
    assert client.servers.get_all() == []


def test_given_a_failing_action_then_what_it_should_have_changed_is_as_before(
    client: Client, make_fault: Break
) -> None:
    network = client.networks.create(name="n", ip_range="10.0.0.0/16")
    make_fault("action_failure", match={"path": "/actions/change_protection$"})

    with pytest.raises(ActionFailedException):
        client.networks.change_protection(network, delete=True).wait_until_finished()

    assert client.networks.get_by_id(network.id).protection == {"delete": False}
    client.networks.change_protection(network, delete=True).wait_until_finished()
    assert client.networks.get_by_id(network.id).protection == {"delete": True}


def test_given_a_type_sold_out_then_the_lists_say_so_and_an_order_is_refused_once(
    cloud: LocalCloud, token: str, client: Client, make_fault: Break
) -> None:
    fault = make_fault("sold_out", server_type="cx23", location="hel1", times=1)
    offer = client.server_types.get_by_name("cx23")
    assert offer is not None
    shown = cloud.call("GET", f"/server_types/{offer.id}", token=token).json()["server_type"]
    places = {place["name"]: place["available"] for place in shown["locations"]}
    centres = cloud.call("GET", "/datacenters", token=token).json()["datacenters"]
    with pytest.raises(APIException) as refused:
        client.servers.create(name="a", server_type=SIZE, image=OS, location=PLACE)

    assert places == {"fsn1": True, "nbg1": True, "hel1": False}
    sold_in = {
        centre["location"]["name"]
        for centre in centres
        if offer.id in centre["server_types"]["available"]
    }
    assert sold_in == {"fsn1", "nbg1"}
    assert refused.value.code == "resource_unavailable"
    assert hits(cloud, fault) == 1
    client.servers.create(name="a", server_type=SIZE, image=OS, location=PLACE)


def test_given_a_rate_limit_when_asked_then_429_with_the_headers_and_the_documents_envelope(
    cloud: LocalCloud, token: str, make_fault: Break
) -> None:
    make_fault("rate_limit", remaining=0, reset=17, times=1)

    answer = cloud.call("GET", "/servers", token=token)

    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "rate_limit_exceeded")
    assert answer.headers["RateLimit-Remaining"] == "0"
    assert 15 <= int(answer.headers["RateLimit-Reset"]) - time.time() <= 18
    schema = document.answer_schema("GET", "/servers", 429)
    assert schema is not None and document.problems(schema, answer.json()) == {}
    assert cloud.call("GET", "/servers", token=token).status_code == 200


def test_given_a_fault_that_is_deleted_then_nothing_goes_wrong_any_more(
    cloud: LocalCloud, token: str, make_fault: Break
) -> None:
    fault = make_fault("status", status=500, times=None)
    assert cloud.call("GET", "/servers", token=token).status_code == 500

    assert cloud.ask_admin("DELETE", f"/faults/{fault}").status_code == 204

    assert cloud.call("GET", "/servers", token=token).status_code == 200
    assert cloud.ask_admin("DELETE", f"/faults/{fault}").status_code == 404


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"kind": "flood"}, "kind"),
        ({"kind": "latency"}, "seconds"),
        ({"kind": "status", "status": 500, "speed": 1}, "speed"),
        ({"kind": "lost_answer", "match": {"path": "("}}, "match.path"),
        ({"kind": "lost_answer", "times": 0}, "times"),
    ],
)
def test_given_a_fault_that_makes_no_sense_when_ordered_then_the_field_is_named(
    cloud: LocalCloud, wish: dict[str, Any], field: str
) -> None:
    answer = cloud.ask_admin("POST", "/faults", json=wish)

    named = [entry["name"] for entry in answer.json()["error"]["details"]["fields"]]
    assert (answer.status_code, named) == (422, [field])
