"""What a PoolAllocation composes, and what its status says: the faults of dns.md §1.8."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.check import compose
from infra.check.compose import Case, Composed
from infra.check.crossplane import Body
from tests.infra_check.crossplane_cases import FAMILY, claim

READY = "gotemplating.fn.crossplane.io/ready"
UID = FAMILY.composite(claim("pool-allocation"))["metadata"]["uid"]
SECRET = f"pool-allocation-{UID}"
KEPT = f"{{{{{SECRET}:crossplane-system:token}}}}"


def seen(code: int, body: Any, cache: Any = None) -> dict[str, Any]:
    """What Crossplane observed of the Request: its last answer, and its last good one."""
    text = body if isinstance(body, str) else json.dumps(body)
    status: Body = {"response": {"statusCode": code, "body": text}}
    if cache is not None:
        status["cache"] = {"response": {"statusCode": 200, "body": json.dumps(cache)}}
    return {"allocation": {"resource": {"status": status}}}


def answer(state: str, phase: str, **more: Any) -> Body:
    return {
        "state": state, "dnsPhase": phase, "sovereignFQDN": "omantel.omani.works",
        "allocationId": "7", "generation": 3, "expiresAt": None, "lastError": "", **more,
    }  # fmt: skip


HELD = answer("reserved", "delegated", reservationToken=KEPT, expiresAt="2026-11-26T03:00:00Z")
LIVE = answer("active", "published")
TAKEN = {"type": "name-taken", "title": "This name is taken", "detail": "omantel is taken."}
WAITING = claim("pool-allocation-waiting")
FULL = claim("pool-allocation")
CASES = {
    "new": Case(FULL),
    "held": Case(FULL, seen(201, HELD)),
    "pending": Case(FULL, seen(202, answer("active", "delegated", warning="dns-pending"))),
    "live": Case(FULL, seen(200, LIVE)),
    "taken": Case(FULL, seen(409, TAKEN)),
    "outage": Case(FULL, seen(503, "<html>no</html>", cache=LIVE)),
    "list": Case(FULL, seen(200, [1, 2])),
    "waiting": Case(WAITING),
    "waiting-held": Case(WAITING, seen(201, HELD)),
    "other-asker": Case(claim("pool-allocation", createdBy="somebody-else")),
    "other-uid": Case(FULL | {"metadata": {"name": "other", "namespace": "catalyst-system"}}),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Composed]:
    return compose.compose(FAMILY, CASES, tmp_path_factory.mktemp("pool") / "chart")


def asked(composed: Composed) -> Body:
    (request,) = composed.resources.values()
    found: Body = request["spec"]["forProvider"]
    return found


def mapping(composed: Composed, action: str) -> Body:
    (found,) = [each for each in asked(composed)["mappings"] if each["action"] == action]
    return dict(found)


@pytest.mark.parametrize("name", CASES)
def test_given_a_claim_when_composed_then_it_is_one_request_that_the_schemas_take(
    made: dict[str, Composed], name: str
) -> None:
    (request,) = made[name].resources.values()
    assert request["kind"] == "Request" and FAMILY.faults(request) == []


def test_given_an_asker_when_composed_then_the_api_is_told_and_no_two_claims_are_alike(
    made: dict[str, Composed],
) -> None:
    def by(name: str) -> str:
        return str(json.loads(asked(made[name])["payload"]["body"])["createdBy"])

    assert by("new") == f"catalyst-api/deployment-7/{UID}"
    assert by("waiting").startswith("crossplane/")
    assert by("other-asker") == f"somebody-else/{UID}"
    assert by("other-uid").startswith("catalyst-api/deployment-7/") and by("other-uid") != by("new")


def test_given_a_claim_when_composed_then_what_publishes_shows_the_token_of_the_answer(
    made: dict[str, Composed],
) -> None:
    update = mapping(made["new"], "UPDATE")
    assert update["url"].endswith('"/commit")') and KEPT in update["body"]
    assert "commit" not in json.dumps(mapping(made["new"], "CREATE"))
    (kept,) = asked(made["new"])["secretInjectionConfigs"]
    assert kept["secretRef"] == {"name": SECRET, "namespace": "crossplane-system"}
    (key,) = kept["keyMappings"]
    # The provider's default takes the key away whenever an answer has no token.
    assert key == {
        "secretKey": "token",
        "responseJQ": ".body.reservationToken",
        "missingFieldStrategy": "preserve",
    }


def test_given_no_address_when_composed_then_the_name_is_renewed_and_not_published(
    made: dict[str, Composed],
) -> None:
    assert mapping(made["waiting"], "UPDATE")["url"].endswith('"/renew")')
    assert "loadBalancerIP" not in json.dumps(made["waiting"].resources["allocation"])


@pytest.mark.parametrize("name", CASES)
def test_given_any_answer_when_composed_then_no_token_is_in_the_status(
    made: dict[str, Composed], name: str
) -> None:
    assert "oken" not in json.dumps(made[name].status) and KEPT not in json.dumps(made[name].status)
    (version,) = FAMILY.xrds["XPoolAllocation"]["spec"]["versions"]
    properties = version["schema"]["openAPIV3Schema"]["properties"]["status"]["properties"]
    assert set(made[name].status) <= set(properties) and "reservationToken" not in properties


def test_given_a_claim_when_composed_then_observing_posts_nothing_and_needs_no_secret(
    made: dict[str, Composed],
) -> None:
    # After a POST that failed the provider takes the next failing OBSERVE for gone; and a Secret
    # that is garbage collected first must not keep a name.
    observe, remove = mapping(made["new"], "OBSERVE"), mapping(made["new"], "REMOVE")
    assert observe["method"] == "GET" and "body" not in observe
    assert remove["method"] == "DELETE" and SECRET not in json.dumps([observe, remove])
    assert asked(made["new"])["expectedResponseCheck"]["logic"].startswith(
        ".response.statusCode != 200 or "
    )


def test_given_answers_when_composed_then_ready_is_what_the_name_servers_say(
    made: dict[str, Composed],
) -> None:
    ready = {
        name: made[name].resources["allocation"]["metadata"]["annotations"][READY]
        for name in ("new", "held", "pending", "live", "taken", "outage", "waiting-held", "list")
    }
    assert ready == {
        "new": "False", "held": "False", "pending": "False", "live": "True", "taken": "False",
        "outage": "True", "waiting-held": "True", "list": "False",
    }  # fmt: skip


def test_given_answers_when_composed_then_the_status_says_how_it_is_and_why_not(
    made: dict[str, Composed],
) -> None:
    assert made["new"].status == {"problem": ""}
    assert made["held"].status["expiresAt"] == "2026-11-26T03:00:00Z"
    assert made["live"].status == {
        "problem": "", "state": "active", "dnsPhase": "published", "allocationID": "7",
        "sovereignFQDN": "omantel.omani.works", "generation": 3, "expiresAt": "", "lastError": "",
    }  # fmt: skip
    assert made["taken"].status == {"problem": "omantel is taken."}
    # What was known before the outage stays known.
    assert made["outage"].status["state"] == "active"
