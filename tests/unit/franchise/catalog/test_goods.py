"""The goods that come with Catalyst are those of the specification (§5.2 to 5.5)."""

from __future__ import annotations

from collections import Counter

from franchise.catalog.seed.goods import Good, goods

GOODS = goods()


def of(kind: str) -> dict[str, Good]:
    return {each.slug: each for each in GOODS if each.kind == kind}


def test_given_the_specification_then_there_is_as_much_of_each() -> None:
    assert Counter(each.kind for each in GOODS) == {
        "app": 32, "plan": 5, "add-on": 9, "bundle": 3, "industry": 10,
    }  # fmt: skip
    assert sum(not each.row["coming_soon"] for each in of("app").values()) == 18


def test_given_the_plans_then_price_and_size_are_those_agreed() -> None:
    told = {
        slug: (str(plan.price), plan.row["vcpu"], plan.row["memory_mb"], plan.row["disk_gb"])
        for slug, plan in of("plan").items()
    }
    assert told == {
        "s": ("OMR 5.000", 2, 4_096, 25),
        "m": ("OMR 9.000", 4, 8_192, 50),
        "l": ("OMR 16.000", 8, 16_384, 100),
        "xl": ("OMR 30.000", 16, 32_768, 200),
        "flexi": ("OMR 2.000", 1, 2_048, 0),
    }
    assert [slug for slug, plan in of("plan").items() if plan.row["popular"]] == ["m"]


def test_given_the_add_ons_then_four_are_included_and_say_so() -> None:
    free = {slug for slug, each in of("add-on").items() if each.price is None}
    assert free == {"custom-domain", "waf", "ips", "vuln-scan"}
    assert all(of("add-on")[slug].row["included"] for slug in free)


def test_given_bundles_and_industries_then_every_app_in_them_is_sold() -> None:
    apps = {slug for slug, each in of("app").items() if each.row["kind"] == "application"}
    for each in (*of("bundle").values(), *of("industry").values()):
        assert set(each.apps) <= apps and len(set(each.apps)) == len(each.apps)
    assert all(len(each.apps) == 5 for each in of("industry").values())
    assert {slug: each.row["discount_bp"] for slug, each in of("bundle").items()} == {
        "starter-pack": 1_000, "comms-hub": 1_500, "business-suite": 2_000,
    }  # fmt: skip


def test_given_what_people_read_then_it_is_there_in_arabic_too() -> None:
    for each in GOODS:
        if each.kind in {"add-on", "bundle", "industry"}:
            assert each.row["name_ar"], each.slug
    for plan in of("plan").values():
        assert all(feature["en"] and feature["ar"] for feature in plan.row["features"])
