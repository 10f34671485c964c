"""The life of a PoolAllocation against the real API: held, published, observed, given back, and
every fault of dns.md §1.8 on the way.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from dns.pools import services, worker
from dns.pools.models import Allocation
from tests.contract.dns_composition.provider_http import Answer, Controller, Sent
from tests.integration.dns.asking import POOL
from tests.integration.dns.conftest import ttl_passes

pytestmark = pytest.mark.django_db
Make = Callable[..., Controller]
Holders = Callable[[], list[tuple[str, str]]]


def acts(controller: Controller) -> list[str]:
    return [sent.action for sent in controller.sent]


def last(controller: Controller) -> dict[str, object]:
    found: dict[str, object] = json.loads(controller.status["response"]["body"])
    return found


def token(controller: Controller) -> str:
    (secret,) = controller.secrets.values()
    return secret["token"]


def work() -> None:
    """The worker's look at every name, with all time passed that it may wait for."""
    for row in Allocation.objects.exclude(state="released"):
        worker.sync(allocation_id=row.pk)
    ttl_passes()
    for row in Allocation.objects.filter(state="releasing"):
        worker.sync(allocation_id=row.pk)


def test_given_a_claim_when_reconciled_then_held_published_and_left_alone(
    controller: Make, holders: Holders, label: str, address: str
) -> None:
    mine = controller("published", uid="2f0c1a44-0000-4000-8000-000000000001")
    mine.reconcile()
    assert acts(mine) == ["OBSERVE", "CREATE"]
    by = "catalyst-api/deployment-7/2f0c1a44-0000-4000-8000-000000000001"
    assert holders() == [("reserved", by)]

    mine.reconcile()
    assert acts(mine)[2:] == ["OBSERVE", "UPDATE"]
    row = Allocation.objects.get(label=label)
    assert (row.state, row.address_v4, row.address_v6) == ("active", address, "2a01:4f8::7")
    assert row.owner == "service:crossplane"

    work()
    for _ in range(3):
        mine.reconcile()
    assert acts(mine)[4:] == ["OBSERVE"] * 3, "a name that is right is written again"
    assert last(mine)["dnsPhase"] == "published"
    assert last(mine)["sovereignFQDN"] == f"{label}.{POOL}"


def test_given_a_life_when_all_that_is_kept_is_read_then_the_token_is_in_the_secret_only(
    controller: Make,
) -> None:
    mine = controller("published")
    for _ in range(3):
        mine.reconcile()
    assert len(token(mine)) == 43
    assert token(mine) not in json.dumps(mine.status)
    urls = " ".join(sent.url for sent in mine.sent)
    assert token(mine) not in urls


def test_given_a_secret_that_was_lost_when_reconciled_then_it_comes_back_before_publishing(
    controller: Make, holders: Holders
) -> None:
    mine = controller("published")
    mine.reconcile()
    mine.secrets.clear()
    mine.reconcile()
    assert acts(mine)[2:] == ["OBSERVE", "UPDATE"] and len(token(mine)) == 43
    assert [state for state, _ in holders()] == ["active"]


def test_given_no_answer_with_a_token_when_reconciled_then_nothing_can_be_published(
    controller: Make, api: Callable[[Sent], Answer], holders: Holders
) -> None:
    def silent(sent: Sent) -> Answer:
        answer = api(sent)
        document = json.loads(answer.text)
        document.pop("reservationToken", None)
        return Answer(answer.code, json.dumps(document))

    mine = controller("published", send=silent)
    for _ in range(3):
        mine.reconcile()
    assert [state for state, _ in holders()] == ["reserved"]


def test_given_a_create_whose_answer_was_lost_when_tried_again_then_it_is_the_same_name(
    controller: Make, api: Callable[[Sent], Answer], holders: Holders
) -> None:
    lost: list[Sent] = []

    def losing(sent: Sent) -> Answer:
        answer = api(sent)
        if sent.action == "CREATE" and not lost:
            lost.append(sent)
            return Answer(502, "")
        return answer

    mine = controller("published", send=losing)
    for _ in range(3):
        mine.reconcile()
    assert lost and [state for state, _ in holders()] == ["active"]


def test_given_no_address_when_reconciled_then_held_on_and_never_published(
    controller: Make, label: str
) -> None:
    mine = controller("waiting")
    mine.reconcile()
    rows = Allocation.objects.filter(label=label)
    rows.update(expires_at=Now() + timedelta(minutes=1))
    soon = rows.get().expires_at
    mine.reconcile()
    row = rows.get()
    assert row.state == "reserved" and row.expires_at is not None and soon is not None
    assert row.expires_at - soon > timedelta(minutes=50)
    mine.reconcile()
    assert token(mine), "an answer without a token took it away"


def test_given_a_lease_that_ran_out_when_reconciled_then_taken_again_and_the_loop_ends(
    controller: Make, label: str, holders: Holders
) -> None:
    mine = controller("published")
    mine.reconcile()
    first = token(mine)
    Allocation.objects.filter(label=label).update(expires_at=Now() - timedelta(minutes=1))
    services.expire()
    mine.reconcile()
    # While the name is still being given back somebody has to wait, and is told so.
    assert mine.status["response"]["statusCode"] == 409 and last(mine)["type"] == "name-taken"
    work()
    for _ in range(2):
        mine.reconcile()
    assert [state for state, _ in holders()] == ["released", "active"]
    assert token(mine) != first
    work()
    mine.reconcile()
    assert acts(mine)[-1] == "OBSERVE" and last(mine)["state"] == "active"


@pytest.fixture
def rival(label: str) -> Callable[[], services.Reservation]:
    def take() -> services.Reservation:
        return services.reserve(
            pool=POOL, label=label, owner="deployment:rival", actor="test", idempotency_key="r"
        )

    return take


def test_given_a_quicker_rival_when_reconciled_or_deleted_then_the_rival_keeps_the_name(
    controller: Make, label: str, holders: Holders, rival: Callable[[], services.Reservation]
) -> None:
    mine = controller("published")
    mine.reconcile()
    Allocation.objects.filter(label=label).update(expires_at=Now() - timedelta(minutes=1))
    rival()
    for _ in range(2):
        mine.reconcile()
    assert last(mine)["type"] == "name-taken" and "UPDATE" not in acts(mine)
    assert mine.reconcile(deleting=True) is False
    assert "REMOVE" not in acts(mine)
    assert holders()[-1] == ("reserved", "deployment:rival")


def test_given_a_claim_when_deleted_then_the_name_is_given_back_even_without_its_secret(
    controller: Make, holders: Holders
) -> None:
    mine = controller("published")
    for _ in range(2):
        mine.reconcile()
    work()
    mine.secrets.clear()
    assert mine.reconcile(deleting=True) is True
    assert [state for state, _ in holders()] == ["releasing"]
    assert mine.reconcile(deleting=True) is False
    assert acts(mine)[-1] == "OBSERVE", "it was given back twice"


def test_given_two_claims_of_one_asker_when_one_is_deleted_then_the_other_keeps_its_name(
    controller: Make, holders: Holders
) -> None:
    mine, other = controller("published"), controller("published")
    mine.reconcile()
    other.reconcile()
    assert last(other)["type"] == "name-taken"
    assert other.reconcile(deleting=True) is False
    assert [state for state, _ in holders()] == ["reserved"]


def test_given_an_outage_when_observed_then_nothing_is_posted_and_nothing_counts_as_gone(
    controller: Make, api: Callable[[Sent], Answer], holders: Holders
) -> None:
    up = [True]

    def flaky(sent: Sent) -> Answer:
        return api(sent) if up[0] else Answer(503, '{"detail": "back soon"}')

    mine = controller("published", send=flaky)
    for _ in range(3):
        mine.reconcile()
    before = len(mine.sent)
    up[0] = False
    for _ in range(3):
        mine.reconcile()
    assert acts(mine)[before:] == ["OBSERVE"] * 3
    for _ in range(3):
        assert mine.reconcile(deleting=True) is True, "an outage was taken for gone: a name leaks"
    up[0] = True
    assert mine.reconcile(deleting=True) is True
    assert [state for state, _ in holders()] == ["releasing"]
    assert mine.reconcile(deleting=True) is False


def test_given_an_address_that_is_not_ours_to_publish_when_reconciled_then_refused_and_told(
    controller: Make, holders: Holders
) -> None:
    mine = controller("published")
    wish = json.loads(mine.spec["payload"]["body"])
    mine.spec["payload"]["body"] = json.dumps({**wish, "loadBalancerIP": "10.0.0.1"})
    for _ in range(2):
        mine.reconcile()
    assert mine.status["response"]["statusCode"] == 422
    assert "not a public address" in str(last(mine)["detail"])
    assert [state for state, _ in holders()] == ["reserved"]
