"""What a project may have and ask is set at the admin port, and kept to."""

from __future__ import annotations

from typing import Any

import pytest
from hcloud import APIException

from infra.localcloud.hetzner import document
from tests.integration.localcloud.running import LocalCloud


@pytest.fixture
def project(cloud: LocalCloud) -> int:
    return cloud.project()


def set_limits(cloud: LocalCloud, project: int, **limits: Any) -> int:
    path = f"/projects/{project}/limits"
    return cloud.ask_admin("PUT", path, json=limits).status_code


def test_given_a_limit_of_one_network_when_two_are_made_then_the_second_exceeds_it(
    cloud: LocalCloud, project: int
) -> None:
    assert set_limits(cloud, project, network=1) == 200
    client = cloud.client(cloud.token(project))
    first = client.networks.create(name="a", ip_range="10.0.0.0/16")

    with pytest.raises(APIException) as refused:
        client.networks.create(name="b", ip_range="10.0.0.0/16")

    assert refused.value.code == "resource_limit_exceeded"
    client.networks.delete(first)
    client.networks.create(name="b", ip_range="10.0.0.0/16")


def test_given_a_rate_when_it_is_used_up_then_429_says_when_it_is_full_again(
    cloud: LocalCloud, project: int
) -> None:
    token = cloud.token(project)
    set_limits(cloud, project, requests_per_hour=3)

    answers = [cloud.call("GET", "/locations", token=token) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert {answer.headers["RateLimit-Limit"] for answer in answers} == {"3"}
    error = answers[-1].json()
    assert error["error"]["code"] == "rate_limit_exceeded"
    schema = document.answer_schema("GET", "/locations", 429)
    assert schema is not None and document.problems(schema, error) == {}


@pytest.mark.parametrize("limits", [{"house": 1}, {"server": -1}, {"server": "many"}])
def test_given_a_limit_that_makes_no_sense_when_set_then_it_is_refused(
    cloud: LocalCloud, project: int, limits: dict[str, Any]
) -> None:
    assert set_limits(cloud, project, **limits) == 422


def test_given_a_kind_the_local_cloud_does_not_play_when_asked_then_it_says_so(
    cloud: LocalCloud, project: int
) -> None:
    answer = cloud.call("GET", "/zones", token=cloud.token(project))

    assert (answer.status_code, answer.json()["error"]["code"]) == (501, "unsupported_error")


@pytest.mark.parametrize(
    "query", ["sort=age", "sort=name:up", "status=odd", "page=0", "label_selector=a=b=c"]
)
def test_given_a_list_asked_for_nonsense_then_the_parameter_is_named(
    cloud: LocalCloud, project: int, query: str
) -> None:
    answer = cloud.call("GET", f"/servers?{query}", token=cloud.token(project))

    fields = [field["name"] for field in answer.json()["error"]["details"]["fields"]]
    assert (answer.status_code, fields) == (422, [query.partition("=")[0]])
