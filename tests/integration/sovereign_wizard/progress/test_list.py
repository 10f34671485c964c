"""The list of Deployments: found, filtered, by pages, with what each costs, as a file."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from catalyst.identity.models import Role
from sovereign_wizard.handover import sweep
from sovereign_wizard.handover.items import Inventory, Item
from sovereign_wizard.progress import listing
from sovereign_wizard.provisioning.models import Deployment, State
from tests.security.things import deployment_of

pytestmark = pytest.mark.django_db
HOME = "/sovereign/"


@pytest.fixture
def owner(person):
    return person()


def costs(amount: str, *, ago: int = 0) -> Inventory:
    item = Item("server", 1, "cp-1", "ours", monthly_net=Decimal(amount))
    return Inventory(looked_at=timezone.now() - timedelta(minutes=ago), items=(item,))


def names(page) -> list[str]:
    text = page.content.decode()
    return [one.fqdn for one in Deployment.objects.order_by("-created_at") if one.fqdn in text]


def test_given_chips_then_each_shows_its_states_and_how_many(owner, browser) -> None:
    ready, failed = deployment_of(owner), deployment_of(owner)
    Deployment.objects.filter(pk=ready.pk).update(state=State.READY)
    Deployment.objects.filter(pk=failed.pk).update(state=State.FAILED)
    client = browser(owner)

    found = listing.find(owner, chip="ready")

    assert {chip.id: chip.count for chip in found.chips} == {
        "": 2, "work": 0, "waiting": 0, "failed": 1, "ready": 1, "destroyed": 0,
    }  # fmt: skip
    assert names(client.get(HOME, {"state": "ready"})) == [ready.fqdn]
    assert names(client.get(HOME, {"state": "failed"})) == [failed.fqdn]
    assert len(names(client.get(HOME, {"state": "no such"}))) == 2


def test_given_every_state_then_exactly_one_chip_has_it() -> None:
    behind = [state for _, states in listing.CHIPS.values() for state in states]

    assert sorted(behind) == sorted(State)


def test_given_words_then_names_organizations_and_for_operators_owners_are_found(
    owner, person, browser
) -> None:
    one = deployment_of(owner, "Omantel LLC")
    other = deployment_of(person("other@example.com"), "Somebody")
    operator = browser(person("op@example.com", Role.OPERATOR))
    mine = browser(owner)

    assert names(mine.get(HOME, {"q": "omanTEL"})) == [one.fqdn]
    assert names(mine.get(HOME, {"q": one.fqdn[1:9]})) == [one.fqdn]
    assert names(mine.get(HOME, {"q": str(one.pk)})) == [one.fqdn]
    assert names(operator.get(HOME, {"q": "other@"})) == [other.fqdn]
    # One's own address is in every row one sees: nothing is found by it, and nobody else's ever.
    assert names(mine.get(HOME, {"q": "other@"})) == []
    assert "No Sovereign is like that" in mine.get(HOME, {"q": "%"}).content.decode()


def test_given_more_than_a_page_then_the_key_leads_on_and_nothing_is_lost_or_doubled(
    owner, browser, monkeypatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    made = [deployment_of(owner) for _ in range(5)]
    # Some of one moment: the id tells them apart.
    Deployment.objects.filter(pk__in=[one.pk for one in made[:3]]).update(created_at=timezone.now())

    seen, before = [], ""
    while True:
        page = listing.find(owner, before=before)
        seen += [row.deployment.pk for row in page.rows]
        deployment_of(owner)  # one that is made meanwhile moves no row
        before = page.older
        if not before:
            break

    assert len(seen) == len(set(seen)) and set(seen) == {one.pk for one in made}
    assert 'rel="next"' in browser(owner).get(HOME).content.decode()
    assert browser(owner).get(HOME, {"before": "no cursor"}).status_code == 200


def test_given_looks_then_the_newest_says_what_it_costs(owner, browser) -> None:
    one, gone, unseen = (deployment_of(owner) for _ in range(3))
    sweep.note(deployment=one, inventory=costs("11.00", ago=60), occasion="before")
    Deployment.objects.filter(pk=one.pk).update(
        facts={sweep.FACT: costs("22.00", ago=30).as_dict()}
    )
    sweep.note(deployment=gone, inventory=costs("33.00"), occasion="before")
    Deployment.objects.filter(pk=gone.pk).update(state=State.DESTROYED)

    found = {row.deployment.pk: row.cost for row in listing.find(owner).rows}
    newer = sweep.note(deployment=one, inventory=costs("12.50"), occasion="later").inventory
    page = browser(owner).get(HOME).content.decode()

    assert found[one.pk] is not None and found[one.pk].amount == Decimal("22.00")
    assert found[gone.pk] is None and found[unseen.pk] is None
    assert "€12.50" in page and newer.monthly_net == Decimal("12.50")
    assert "€33.00" not in page and "€22.00" not in page


def test_given_the_file_then_it_has_every_row_that_was_found_and_no_formula(
    owner, browser, person, monkeypatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    made = [deployment_of(owner, "=cmd()") for _ in range(3)]
    deployment_of(person("other@example.com"))

    answer = browser(owner).get(f"{HOME}sovereigns.csv", {"q": "cmd"})
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))

    assert answer["Content-Type"].startswith("text/csv")
    assert [row["name"] for row in rows] == [one.fqdn for one in reversed(made)]
    assert {row["organization"] for row in rows} == {"'=cmd()"}


def test_given_htmx_then_only_the_rows_come(owner, browser) -> None:
    one = deployment_of(owner)

    part = browser(owner).get(HOME, {"q": ""}, headers={"HX-Request": "true"}).content.decode()

    assert one.fqdn in part and "<html" not in part


def test_given_a_page_of_rows_then_the_queries_are_as_many_as_for_one(
    owner, django_assert_max_num_queries
) -> None:
    for _ in range(5):
        sweep.note(deployment=deployment_of(owner), inventory=costs("1"), occasion="x")

    with django_assert_max_num_queries(3):
        assert all(row.cost for row in listing.find(owner).rows)
