"""What a choice costs: exact sums, discounts that are applied, nothing free by accident."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from franchise.catalog.models import AddOn, Bundle, Offer, Plan, PlanPrice
from franchise.catalog.services import NotSold, PriceChanged, limits_of, quote, seed
from franchise.money import Money

pytestmark = pytest.mark.django_db


def omr(text: str) -> Money:
    return Money.parse(text, "OMR")


def refused(**choice) -> NotSold:
    with pytest.raises(NotSold) as caught:
        quote(**{"currency": "OMR", "plan": "s", **choice})
    return caught.value


@pytest.mark.parametrize(("plan", "price"), [("s", "5"), ("m", "9"), ("l", "16"), ("xl", "30")])
def test_given_a_plan_when_quoted_then_its_price(plan: str, price: str) -> None:
    found = quote(currency="OMR", plan=plan, apps=["wordpress"])
    assert found.total == omr(price)
    assert [line.kind for line in found.lines] == ["plan", "app"]
    assert found.services == ("mysql",)


def test_given_add_ons_when_quoted_then_paid_ones_are_added_and_included_ones_say_so() -> None:
    found = quote(currency="OMR", plan="m", addons=["daily-backup", "waf", "dedicated-ip"])
    assert found.total == omr("17")
    assert {line.slug: line.included for line in found.lines} == {
        "m": False, "daily-backup": False, "waf": True, "dedicated-ip": False,
    }  # fmt: skip


def test_given_a_thing_twice_when_quoted_then_it_is_bought_once() -> None:
    once = quote(currency="OMR", plan="s", addons=["daily-backup"], apps=["ghost"])
    twice = quote(currency="OMR", plan="s", addons=["daily-backup"] * 2, apps=["ghost"] * 2)
    assert once == twice


@pytest.mark.parametrize(
    ("pack", "plan", "price"),
    [("starter-pack", "s", "4.500"), ("comms-hub", "m", "7.650"), ("business-suite", "l", "12.8")],
)
def test_given_a_bundle_when_quoted_then_its_discount_is_really_taken_off(
    pack: str, plan: str, price: str
) -> None:
    found = quote(currency="OMR", plan=plan, bundle=pack, addons=["waf"])
    assert found.total == omr(price)
    assert found.lines[-2].unit.minor < 0


def test_given_a_bundle_when_quoted_then_add_ons_and_other_apps_cost_what_they_cost() -> None:
    with_more = quote(currency="OMR", plan="s", bundle="starter-pack", addons=["daily-backup"])
    assert with_more.total == omr("7.500")


def test_given_a_bundle_with_apps_that_are_not_there_yet_then_they_are_named_and_not_sold() -> None:
    found = quote(currency="OMR", plan="s", bundle="starter-pack", apps=["umami"])
    assert [line.slug for line in found.lines if line.kind == "app"] == [
        "cal-com", "umami", "wordpress",
    ]  # fmt: skip
    assert found.later == ("chatwoot", "stalwart-mail")


def test_given_a_bundle_of_which_nothing_is_there_yet_then_it_is_not_sold() -> None:
    Bundle.objects.get(slug="starter-pack").apps.set(Offer.objects.filter(slug="chatwoot"))
    assert refused(bundle="starter-pack").extra["field"] == "bundle"


@pytest.mark.parametrize(
    ("choice", "field"),
    [
        ({"plan": "no-such"}, "plan"),
        ({"plan": ""}, "plan"),
        ({"addons": ["no-such"]}, "addons"),
        ({"addons": ["waf", "Waf"]}, "addons"),
        ({"apps": ["no-such"]}, "apps"),
        ({"bundle": "no-such"}, "bundle"),
        ({"currency": "XXX"}, "currency"),
        ({"currency": "EUR"}, "plan"),
        ({"units": 1}, "units"),
        ({"apps": ["mysql"]}, "apps"),
        ({"apps": ["rocket-chat"]}, "apps"),
    ],
)
def test_w16_given_what_is_not_sold_when_quoted_then_refused_beside_its_field(
    choice, field: str
) -> None:
    assert refused(**choice).extra["field"] == field


@pytest.mark.parametrize("units", [None, 0, -1, 65, True, 1.0, "2"])
def test_w16_given_flexi_when_it_has_no_good_quantity_then_refused(units) -> None:
    assert refused(plan="flexi", units=units).extra["field"] == "units"


def test_w16_given_flexi_when_it_has_a_quantity_then_each_unit_is_paid_for() -> None:
    found = quote(currency="OMR", plan="flexi", units=7)
    assert found.total == omr("14")
    assert found.capacity.given.cpu_milli == 7_000
    assert found.capacity.given.memory_mb == 14_336


@pytest.mark.parametrize(("table", "field", "choice"), [
    (Plan, "plan", {"plan": "m"}),
    (AddOn, "addons", {"addons": ["waf"]}),
    (Offer, "apps", {"apps": ["ghost"]}),
    (Bundle, "bundle", {"bundle": "comms-hub"}),
])  # fmt: skip
def test_w16_given_what_was_taken_out_of_sale_when_quoted_then_refused(
    table, field: str, choice
) -> None:
    (slug,) = [each[0] if isinstance(each, list) else each for each in choice.values()]
    assert table.objects.filter(slug=slug).update(active=False)
    assert refused(**choice).extra["field"] == field


def test_w16_given_an_add_on_that_is_not_included_and_has_no_price_then_it_is_not_free() -> None:
    AddOn.objects.filter(slug="waf").update(included=False)
    assert refused(addons=["waf"]).extra["field"] == "addons"


@pytest.mark.parametrize("minor", [0, -1])
def test_w16_given_a_price_of_nothing_when_written_then_the_database_refuses(minor: int) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanPrice.objects.create(thing=Plan.objects.get(slug="s"), currency="OMR", minor=minor)


def test_given_a_price_that_was_withdrawn_when_quoted_then_not_sold_in_that_currency() -> None:
    PlanPrice.objects.create(thing=Plan.objects.get(slug="s"), currency="OMR", minor=None)
    assert refused().extra["field"] == "plan"


def test_given_a_price_of_tomorrow_when_quoted_today_then_the_one_of_today() -> None:
    plan = Plan.objects.get(slug="s")
    PlanPrice.objects.create(
        thing=plan, currency="OMR", minor=6_000, valid_from=Now() + timedelta(days=1)
    )
    assert quote(currency="OMR", plan="s").total == omr("5")


def test_given_two_currencies_when_quoted_then_each_at_its_own_price() -> None:
    PlanPrice.objects.create(thing=Plan.objects.get(slug="s"), currency="EUR", minor=1_190)
    found = quote(currency="EUR", plan="s", apps=["ghost"], addons=["waf"])
    assert str(found.total) == "EUR 11.90"


def test_given_two_apps_of_one_database_when_sized_then_the_database_counts_once() -> None:
    found = quote(currency="OMR", plan="s", apps=["wordpress", "ghost"])
    # 256 + 256 MiB for them, 256 MiB for one MariaDB (spec §5.2).
    assert (found.capacity.needed.memory_mb, found.capacity.needed.cpu_milli) == (768, 700)
    assert found.services == ("mysql",) and found.capacity.fits


def test_given_more_apps_than_a_plan_carries_then_it_does_not_fit() -> None:
    found = quote(currency="OMR", plan="s", apps=["nextcloud", "gitea", "nocodb"])
    assert found.capacity.needed.disk_gb == 40 and not found.capacity.fits


def test_proof_15_given_the_same_catalog_when_quoted_again_then_the_fingerprint_matches() -> None:
    choice = {"currency": "OMR", "plan": "s", "addons": ["daily-backup"], "apps": ["ghost"]}
    quote(**choice).must_match(quote(**choice).fingerprint)


def test_proof_15_given_a_new_price_between_review_and_pay_then_the_new_total_is_shown() -> None:
    seen = quote(currency="OMR", plan="s")
    PlanPrice.objects.create(thing=Plan.objects.get(slug="s"), currency="OMR", minor=5_500)
    now = quote(currency="OMR", plan="s")
    with pytest.raises(PriceChanged) as caught:
        now.must_match(seen.fingerprint)
    assert caught.value.quote == now and caught.value.extra["total"] == 5_500
    assert caught.value.extra["fingerprint"] == now.fingerprint
    assert "OMR 5.500" in caught.value.detail


def test_proof_15_given_an_add_on_that_vanishes_between_review_and_pay_then_refused() -> None:
    choice = {"currency": "OMR", "plan": "s", "addons": ["daily-backup"]}
    assert quote(**choice).total == omr("8")
    AddOn.objects.filter(slug="daily-backup").update(active=False)
    assert refused(addons=["daily-backup"]).extra["name"] == "daily-backup"


def test_proof_15_given_a_smaller_plan_for_the_same_price_then_that_is_a_drift_too() -> None:
    seen = quote(currency="OMR", plan="s")
    Plan.objects.filter(slug="s").update(disk_gb=20)
    with pytest.raises(PriceChanged):
        quote(currency="OMR", plan="s").must_match(seen.fingerprint)


def test_proof_15_given_a_corrected_word_when_compared_then_nobody_is_asked_again() -> None:
    seen = quote(currency="OMR", plan="s")
    Plan.objects.filter(slug="s").update(name="Small", summary="New words.")
    quote(currency="OMR", plan="s").must_match(seen.fingerprint)


def test_given_a_quote_when_kept_then_it_is_plain_facts_with_the_versions_bought() -> None:
    found = quote(currency="OMR", plan="m", apps=["ghost"], bundle="comms-hub")
    told = found.facts()
    assert (
        told["total_minor"]
        == found.total.minor
        == sum(line["total_minor"] for line in told["lines"])
    )
    assert [line["version"] for line in told["lines"]] == list(found.versions)
    assert all(dataclasses.astuple(line) for line in found.lines)


def test_given_a_plan_when_its_limits_are_asked_then_units_count() -> None:
    assert limits_of(plan="l").memory_mb == 16_384
    assert limits_of(plan="flexi", units=3).vcpu == 3
    assert limits_of(plan="flexi").vcpu == 64
    with pytest.raises(NotSold):
        limits_of(plan="no-such")


def test_given_a_catalog_that_people_changed_when_seeded_again_then_nothing_is_forced_back() -> (
    None
):
    Plan.objects.filter(slug="s").update(name="Small")
    assert seed() is False
    assert Plan.objects.get(slug="s").name == "Small"
