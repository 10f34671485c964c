"""Edits change what was sent and nothing else, leave versions, and break nothing that is sold."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from catalyst.audit.role import append_only
from catalyst.models import AuditEvent
from catalyst.problem import Invalid, NotFound
from franchise.catalog import services
from franchise.catalog.dependencies.graph import DependencyCircle, UnknownDependency
from franchise.catalog.models import Bundle, CatalogVersion, Kind, Offer, Plan
from franchise.catalog.services import CatalogChanged, InUse, NewPrice, SlugTaken, quote

pytestmark = pytest.mark.django_db
SELLER = "seller@omantel.example"


def edit(of: Kind, slug: str, *, based_on: int | None = None, **changes: Any) -> Any:
    return services.edit(kind=of, slug=slug, changes=changes, actor=SELLER, based_on=based_on)


def add(of: Kind, slug: str, **values: Any) -> Any:
    return services.add(kind=of, slug=slug, values=values, actor=SELLER)


def newest(kind: Kind, slug: str) -> CatalogVersion:
    return CatalogVersion.objects.filter(kind=kind, slug=slug).latest("number")


@pytest.mark.parametrize(("kind", "slug"), [
    (Kind.PLAN, "m"), (Kind.ADD_ON, "waf"), (Kind.OFFER, "mysql"), (Kind.BUNDLE, "comms-hub"),
    (Kind.INDUSTRY, "retail"),
])  # fmt: skip
def test_w24_given_one_field_when_edited_then_every_other_stays_as_it_was(kind, slug) -> None:
    before = newest(kind, slug).facts
    edit(kind, slug, name="Another name")
    assert newest(kind, slug).facts == {**before, "name": "Another name"}
    assert newest(kind, slug).number == 2


def test_given_an_edit_then_who_and_what_is_in_the_history_and_in_the_audit() -> None:
    edit(Kind.PLAN, "s", vcpu=3, prices={"OMR": NewPrice(5_500)})
    (change, first), older = services.history(kind=Kind.PLAN, slug="s")
    assert (change.number, change.by, older) == (2, SELLER, None)
    assert change.fields["vcpu"] == (2, 3) and set(change.fields) == {"vcpu", "prices"}
    assert first.by == "system:seed" and not first.fields
    event = AuditEvent.objects.get(act="franchise.catalog-edit")
    assert (event.object, event.actor) == ("catalog:plan/s", SELLER)
    assert event.before["vcpu"] == 2 and event.after["vcpu"] == 3


def test_given_an_edit_when_it_changes_nothing_then_no_version_and_no_audit() -> None:
    edit(Kind.PLAN, "s", vcpu=2, prices={"OMR": NewPrice(5_000)})
    assert newest(Kind.PLAN, "s").number == 1
    assert not AuditEvent.objects.filter(act="franchise.catalog-edit").exists()


def test_given_an_order_when_the_catalog_is_edited_then_what_was_bought_stays() -> None:
    bought = quote(currency="OMR", plan="s", apps=["ghost"])
    edit(Kind.PLAN, "s", vcpu=1, prices={"OMR": NewPrice(9_000)})
    kept = services.versions(ids=bought.versions)
    plan = next(each for each in kept.values() if each.kind == Kind.PLAN)
    assert plan.facts["vcpu"] == 2 and plan.facts["prices"]["OMR"][0]["minor"] == 5_000
    assert quote(currency="OMR", plan="s").total.minor == 9_000


@pytest.mark.parametrize("act", ["update", "delete"])
def test_given_a_version_when_anybody_changes_it_then_the_database_refuses(act: str) -> None:
    rows = CatalogVersion.objects.filter(kind=Kind.PLAN)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(facts={}) if act == "update" else rows._raw_delete("default")


def test_given_the_applications_own_role_then_it_may_only_add_versions() -> None:
    assert CatalogVersion._meta.db_table in append_only()


def test_w24_given_two_people_when_they_change_other_fields_then_both_are_kept() -> None:
    edit(Kind.PLAN, "s", based_on=1, name="Small", prices={"EUR": NewPrice(1_100)})
    edit(Kind.PLAN, "s", based_on=1, vcpu=3, prices={"USD": NewPrice(1_200)})
    told = newest(Kind.PLAN, "s").facts
    assert (told["name"], told["vcpu"], sorted(told["prices"])) == (
        "Small", 3, ["EUR", "OMR", "USD"],
    )  # fmt: skip


@pytest.mark.parametrize("changes", [{"name": "B"}, {"prices": {"OMR": NewPrice(7_000)}}])
def test_given_two_people_when_they_change_the_same_then_the_second_is_told(changes) -> None:
    edit(Kind.PLAN, "s", based_on=1, name="A", prices={"OMR": NewPrice(6_000)})
    with pytest.raises(CatalogChanged) as caught:
        edit(Kind.PLAN, "s", based_on=1, **changes)
    assert caught.value.extra["fields"] == ["name" if "name" in changes else "OMR"]
    assert Plan.objects.get(slug="s").name == "A"


def test_given_a_price_of_next_month_when_set_then_today_is_sold_at_todays() -> None:
    later = timezone.now() + timedelta(days=30)
    edit(Kind.PLAN, "s", prices={"OMR": NewPrice(6_000, later)})
    assert quote(currency="OMR", plan="s").total.minor == 5_000
    assert [each["minor"] for each in newest(Kind.PLAN, "s").facts["prices"]["OMR"]] == [
        5_000, 6_000,
    ]  # fmt: skip


def test_given_a_price_that_begins_in_the_past_when_set_then_it_begins_now() -> None:
    edit(Kind.PLAN, "s", prices={"OMR": NewPrice(6_000, timezone.now() - timedelta(days=9))})
    assert quote(currency="OMR", plan="s").total.minor == 6_000


def test_given_a_price_that_is_taken_back_then_not_sold_in_it_and_the_version_says_so() -> None:
    edit(Kind.PLAN, "s", prices={"OMR": NewPrice(None)})
    assert newest(Kind.PLAN, "s").facts["prices"] == {}
    with pytest.raises(services.NotSold):
        quote(currency="OMR", plan="s")


@pytest.mark.parametrize(
    ("kind", "slug", "changes", "field"),
    [
        (Kind.PLAN, "s", {"vcpu": 0}, "__all__"),
        (Kind.PLAN, "s", {"kind": "metered"}, "__all__"),
        (Kind.PLAN, "flexi", {"most_units": None}, "__all__"),
        (Kind.PLAN, "s", {"name": ""}, "name"),
        (Kind.PLAN, "s", {"name": "x" * 81}, "name"),
        (Kind.BUNDLE, "comms-hub", {"discount_bp": 10_000}, "__all__"),
        (Kind.PLAN, "s", {"prices": {"OMR": NewPrice(0)}}, "price_OMR"),
        (Kind.PLAN, "s", {"prices": {"EUR": NewPrice(10**13)}}, "price_EUR"),
        (Kind.BUNDLE, "comms-hub", {"recommended_plan": "nope"}, "recommended_plan"),
        (Kind.BUNDLE, "comms-hub", {"apps": ["ghost", "nope"]}, "apps"),
    ],
)
def test_given_what_cannot_be_when_edited_then_refused_and_nothing_changes(
    kind, slug, changes, field
) -> None:
    with pytest.raises(Invalid) as caught:
        edit(kind, slug, **changes)
    assert caught.value.extra["field"] == field
    assert newest(kind, slug).number == 1


def test_given_a_field_that_a_thing_has_not_when_edited_then_that_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        edit(Kind.PLAN, "s", colour="red")
    with pytest.raises(NotFound):
        edit(Kind.PLAN, "no-such", name="x")


def test_proof_19_given_an_edit_that_closes_a_circle_then_refused() -> None:
    edit(Kind.OFFER, "mysql", depends=["redis"])
    with pytest.raises(DependencyCircle):
        edit(Kind.OFFER, "redis", depends=["ghost"])
    assert Offer.objects.get(slug="redis").depends is None


def test_proof_19_given_an_edit_when_it_needs_what_there_is_not_then_refused() -> None:
    with pytest.raises(UnknownDependency):
        edit(Kind.OFFER, "ghost", depends=["oracle"])
    with pytest.raises(Invalid):
        edit(Kind.OFFER, "ghost", depends=[{"blueprint": "mysql", "version": "newest"}])


def test_proof_19_given_an_edited_dependency_then_new_quotes_follow_and_old_needs_stay() -> None:
    before = quote(currency="OMR", plan="s", apps=["ghost"])
    edit(Kind.OFFER, "ghost", depends=["mysql", "redis"])
    after = quote(currency="OMR", plan="s", apps=["ghost"])
    assert (before.services, after.services) == (("mysql",), ("mysql", "redis"))
    assert [need.blueprint for need in before.needs["ghost"]] == ["mysql"]


def test_given_a_new_plan_when_added_then_it_is_sold_and_its_first_version_is_whole() -> None:
    add(Kind.PLAN, "xxl", name="XXL", vcpu=32, memory_mb=65_536, disk_gb=400,
        prices={"OMR": NewPrice(55_000)})  # fmt: skip
    assert quote(currency="OMR", plan="xxl").total.minor == 55_000
    assert newest(Kind.PLAN, "xxl").facts["prices"]["OMR"][0]["minor"] == 55_000
    assert Plan.objects.get(slug="xxl").version == newest(Kind.PLAN, "xxl")
    assert AuditEvent.objects.filter(act="franchise.catalog-add", actor=SELLER).exists()


def test_given_a_slug_that_is_taken_when_added_then_refused() -> None:
    with pytest.raises(SlugTaken):
        add(Kind.INDUSTRY, "retail", name="Retail", apps=["ghost"])


def test_given_an_app_that_no_blueprint_is_when_added_then_refused() -> None:
    size = {"memory_mb": 1, "cpu_milli": 1, "disk_gb": 1}
    with pytest.raises(Invalid):
        add(Kind.OFFER, "made-up", name="Made up", **size)
    assert add(Kind.OFFER, "grafana", name="Grafana", kind="platform", **size).version_id


def test_given_a_bundle_when_added_then_its_discount_is_sold() -> None:
    add(Kind.BUNDLE, "two", name="Two", discount_bp=1_250, apps=["ghost", "umami"],
        recommended_plan="m")  # fmt: skip
    assert quote(currency="OMR", plan="m", bundle="two").total.minor == 7_875
    assert Bundle.objects.get(slug="two").recommended_plan.slug == "m"


def test_given_a_service_that_sold_apps_need_when_taken_out_of_sale_then_refused() -> None:
    with pytest.raises(InUse) as caught:
        edit(Kind.OFFER, "mysql", active=False)
    assert "wordpress" in caught.value.extra["uses"]
    assert Offer.objects.get(slug="mysql").active


def test_given_an_app_when_taken_out_of_sale_then_bundles_go_on_without_it_and_back_again() -> None:
    used = services.where_used(kind=Kind.OFFER, slug="umami")
    assert {(each.kind, each.slug) for each in used} >= {
        ("bundle", "starter-pack"), ("industry", "retail"),
    }  # fmt: skip
    edit(Kind.OFFER, "umami", active=False)
    lines = quote(currency="OMR", plan="s", bundle="starter-pack").lines
    assert "umami" not in {line.slug for line in lines}
    edit(Kind.OFFER, "umami", active=True)
    assert quote(currency="OMR", plan="s", apps=["umami"])


def test_given_other_rooms_that_tell_uses_then_they_are_heard() -> None:
    def tell(kind: Kind, slug: str) -> list[services.Use]:
        return [services.Use("subscription", "acme", "Acme")] if slug == "s" else []

    services.on_where_used(tell)
    assert "acme" in {each.slug for each in services.where_used(kind=Kind.PLAN, slug="s")}


@pytest.mark.django_db(transaction=True)
def test_proof_19_given_two_edits_at_once_that_would_close_a_circle_then_one_is_refused() -> None:
    services.seed()
    barrier, refused = threading.Barrier(2), []

    def one(slug: str, other: str) -> None:
        barrier.wait()
        try:
            edit(Kind.OFFER, slug, depends=[other])
        except DependencyCircle:
            refused.append(slug)
        finally:
            connection.close()

    pairs = (("umami", "nocodb"), ("nocodb", "umami"))
    threads = [threading.Thread(target=one, args=pair) for pair in pairs]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(refused) == 1


@pytest.mark.django_db(transaction=True)
def test_w24_given_six_edits_at_once_of_other_fields_then_all_are_kept_without_a_gap() -> None:
    services.seed()
    told = {"name": "A", "name_ar": "ب", "summary": "C", "summary_ar": "د", "sort": 7,
            "category": "f"}  # fmt: skip
    barrier = threading.Barrier(len(told))

    def one(field: str) -> None:
        barrier.wait()
        edit(Kind.ADD_ON, "waf", based_on=1, **{field: told[field]})
        connection.close()

    threads = [threading.Thread(target=one, args=(field,)) for field in told]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert told.items() <= newest(Kind.ADD_ON, "waf").facts.items()
    numbers = CatalogVersion.objects.filter(kind=Kind.ADD_ON, slug="waf").values_list("number")
    assert sorted(number for (number,) in numbers) == list(range(1, 8))
