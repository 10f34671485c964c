"""The editors: lists, forms that change what was sent, refusals beside the field, out of sale."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from catalyst.identity.models import Role
from franchise.catalog.models import AddOn, Bundle, CatalogVersion, Industry, Offer, Plan
from franchise.catalog.services import quote

pytestmark = pytest.mark.django_db
HOME = "/backoffice/catalog/"
SHELVES = ["plans", "apps", "add-ons", "bundles", "industries"]
ONE = {"plans": "s", "apps": "ghost", "add-ons": "waf", "bundles": "comms-hub",
       "industries": "retail"}  # fmt: skip
NAMED = r'[^>]*name="([^"]+)"[^>]*>'


def fields(page: str) -> dict[str, list[str]]:
    """What a browser would send of the page's first form, as it stands."""
    form = re.search(r'<form method="post" action="[^"]*catalog[^"]*".*?</form>', page, re.DOTALL)
    assert form
    sent: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form[0]):
        named = re.search(r'name="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if named and ("checkbox" not in tag or " checked" in tag):
            sent.setdefault(named[1], []).append(value[1] if value else "")
    for name, text in re.findall(
        r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form[0], re.S
    ):
        sent[name] = [text]
    for name, options in re.findall(
        r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form[0], re.S
    ):
        chosen = re.search(r'value="([^"]*)" selected', options)
        sent[name] = [chosen[1] if chosen else ""]
    sent.pop("csrfmiddlewaretoken", None)
    return sent


@pytest.mark.parametrize("shelf", SHELVES)
def test_given_a_shelf_when_opened_then_its_things_are_there_and_each_has_a_page(
    seller: Client, shelf: str
) -> None:
    page = seller.get(f"{HOME}{shelf}/")
    assert f'href="{HOME}{shelf}/{ONE[shelf]}/"' in page.text
    assert seller.get(f"{HOME}{shelf}/{ONE[shelf]}/").status_code == 200
    assert seller.get(f"{HOME}{shelf}/new/").status_code == 200


@pytest.mark.parametrize("shelf", SHELVES)
def test_w24_given_a_form_when_it_is_sent_as_it_stands_then_nothing_changes_at_all(
    seller: Client, shelf: str
) -> None:
    where = f"{HOME}{shelf}/{ONE[shelf]}/"
    before = CatalogVersion.objects.count()
    answer = seller.post(where, fields(seller.get(where).text))
    assert answer.status_code == 302
    assert CatalogVersion.objects.count() == before


@pytest.mark.parametrize("shelf", SHELVES)
def test_w24_given_one_field_when_only_it_is_sent_then_only_it_changes(
    seller: Client, shelf: str
) -> None:
    answer = seller.post(f"{HOME}{shelf}/{ONE[shelf]}/", {"name": "Another"})
    assert answer.status_code == 302
    new = CatalogVersion.objects.latest("id")
    old = CatalogVersion.objects.get(kind=new.kind, slug=new.slug, number=1)
    assert new.facts == {**old.facts, "name": "Another"}
    assert new.created_by.startswith("sovereign-admin")


@pytest.mark.parametrize("field", ["memory_mb", "cpu_milli", "disk_gb", "category"])
def test_w24_given_an_app_then_its_size_and_category_can_be_edited(seller, field: str) -> None:
    value = "ai" if field == "category" else "777"
    assert seller.post(f"{HOME}apps/ghost/", {field: value}).status_code == 302
    assert str(getattr(Offer.objects.get(slug="ghost"), field)) == value


def test_w24_given_two_people_when_both_save_then_what_each_changed_is_kept(seller) -> None:
    where = f"{HOME}plans/s/"
    mine, theirs = (fields(seller.get(where).text) for _ in range(2))
    assert seller.post(where, {**mine, "name": "Small", "price_OMR": "6"}).status_code == 302
    assert seller.post(where, {**theirs, "vcpu": "3", "price_EUR": "11.5"}).status_code == 302
    plan = Plan.objects.get(slug="s")
    assert (plan.name, plan.vcpu) == ("Small", 3)
    assert quote(currency="OMR", plan="s").total.minor == 6_000
    assert quote(currency="EUR", plan="s").total.minor == 1_150


def test_given_two_people_who_change_the_same_price_then_the_second_is_told_in_the_form(
    seller,
) -> None:
    where = f"{HOME}plans/s/"
    mine = fields(seller.get(where).text)
    seller.post(where, {**mine, "price_OMR": "6"})
    page = seller.post(where, {**mine, "price_OMR": "7"})
    assert page.status_code == 422 and "Look at what it is now" in page.text
    assert 'value="7"' in page.text
    assert quote(currency="OMR", plan="s").total.minor == 6_000


def test_given_a_price_when_it_is_emptied_then_the_plan_is_not_sold_in_it(seller) -> None:
    seller.post(f"{HOME}plans/s/", {"price_OMR": ""})
    assert "no price" in seller.get(f"{HOME}plans/").text


def test_given_a_price_for_later_then_the_page_says_from_when(seller) -> None:
    seller.post(f"{HOME}plans/s/", {"price_OMR": "6", "prices_from": "2099-01-31"})
    page = seller.get(f"{HOME}plans/s/")
    assert "From 2099-01-31: OMR 6.000" in page.text
    assert 'name="price_OMR"' in page.text and 'value="5.000"' in page.text
    # And sent as it stands it is left alone.
    assert seller.post(f"{HOME}plans/s/", fields(page.text)).status_code == 302
    assert CatalogVersion.objects.filter(kind="plan", slug="s").count() == 2


@pytest.mark.parametrize(
    ("shelf", "sent", "field"),
    [
        ("plans", {"price_OMR": "0"}, "price_OMR"),
        ("plans", {"price_OMR": "1.2345"}, "price_OMR"),
        ("plans", {"price_OMR": "9" * 20}, "price_OMR"),
        ("plans", {"vcpu": "0"}, "vcpu"),
        ("plans", {"prices_from": "2001-01-01", "price_OMR": "6"}, "prices_from"),
        ("plans", {"features": "| عربي"}, "features"),
        ("plans", {"name": ""}, "name"),
        ("apps", {"depends": "mysql ^^1"}, "depends"),
        ("apps", {"depends": "oracle"}, "depends"),
        ("bundles", {"discount_bp": "100"}, "discount_bp"),
        ("bundles", {"recommended_plan": "no-such"}, "recommended_plan"),
        ("bundles", {"apps": ""}, "apps"),
    ],
)
def test_given_an_odd_value_when_sent_then_422_beside_its_field_and_it_is_kept(
    seller, shelf: str, sent: dict[str, str], field: str
) -> None:
    before = CatalogVersion.objects.count()
    page = seller.post(f"{HOME}{shelf}/{ONE[shelf]}/", sent)
    assert page.status_code == 422
    assert f'id="id_{field}-error"' in page.text
    assert CatalogVersion.objects.count() == before


def test_given_an_edit_then_the_page_tells_who_changed_what(seller) -> None:
    seller.post(f"{HOME}bundles/comms-hub/", {"discount_bp": "12.5", "apps": ["ghost", ""]})
    assert Bundle.objects.get(slug="comms-hub").discount_bp == 1_250
    page = seller.get(f"{HOME}bundles/comms-hub/").text
    assert re.search(r"Discount in percent: .*?15.*?→.*?12\.5", page)
    assert "Version 2" in page and "sovereign-admin" in page


def test_given_a_new_plan_when_added_then_it_is_on_the_shelf_and_sold(seller) -> None:
    form = {"slug": "xxl", "name": "XXL", "kind": "fixed", "vcpu": "32", "memory_mb": "65536",
            "disk_gb": "400", "price_OMR": "55", "sort": "60", "popular": "no"}  # fmt: skip
    page = seller.post(f"{HOME}plans/new/", form, follow=True)
    assert page.redirect_chain == [(f"{HOME}plans/xxl/", 302)]
    assert quote(currency="OMR", plan="xxl").total.minor == 55_000
    again = seller.post(f"{HOME}plans/new/", form)
    assert again.status_code == 422 and 'id="id_slug-error"' in again.text


@pytest.mark.parametrize("slug", ["New Plan", "new", "-x", "x--y", "x\n", "é", "x" * 41])
def test_given_an_odd_short_name_when_adding_then_422(seller, slug: str) -> None:
    page = seller.post(f"{HOME}industries/new/", {"slug": slug, "name": "N", "apps": "ghost"})
    assert page.status_code == 422
    assert not Industry.objects.filter(name="N").exists()


def test_given_an_add_on_when_taken_out_of_sale_then_shown_so_and_back_again(seller) -> None:
    where = f"{HOME}add-ons/waf/"
    seller.post(f"{where}sale", {"sell": "no"})
    assert not AddOn.objects.get(slug="waf").active
    assert "Not sold" in seller.get(where).text
    seller.post(f"{where}sale", {"sell": "yes"})
    assert AddOn.objects.get(slug="waf").active


def test_given_an_app_in_use_then_its_page_says_where_and_a_needed_service_stays(seller) -> None:
    page = seller.get(f"{HOME}apps/mysql/").text
    assert "cannot be without it" in page and ">wordpress<" in page
    answer = seller.post(f"{HOME}apps/mysql/sale", {"sell": "no"})
    assert answer.status_code == 409 and Offer.objects.get(slug="mysql").active


@pytest.mark.parametrize(
    ("query", "there", "away"),
    [("q=word", "wordpress", "ghost"), ("state=coming-soon", "dify", "ghost"),
     ("state=on-sale", "ghost", "dify"), ("after=ghost", "wordpress", "bookstack"),
     ("q=%00", "ghost", "nothing"), ("state=odd", "ghost", "nothing")],
)  # fmt: skip
def test_given_a_search_then_just_what_fits(seller, query: str, there: str, away: str) -> None:
    page = seller.get(f"{HOME}apps/?{query}").text
    assert f"{HOME}apps/{there}/" in page and f"{HOME}apps/{away}/" not in page


def test_given_a_blueprint_that_asks_something_then_its_form_is_shown(seller) -> None:
    page = seller.get(f"{HOME}apps/mysql/").text
    assert 'name="config-replicas"' in page and 'max="5"' in page
    assert "What customers can set" not in seller.get(f"{HOME}apps/ghost/").text


def test_given_nothing_found_then_a_way_back_is_offered(seller) -> None:
    page = seller.get(f"{HOME}plans/?q=zzz").text
    assert "Nothing found" in page and "Show all" in page


def test_given_more_than_a_page_then_the_next_one_follows_by_key(seller) -> None:
    plan = Plan.objects.get(slug="s")
    for number in range(50):
        Plan.objects.create(
            slug=f"p-{number:02}", name=f"P {number}", vcpu=1, memory_mb=1, disk_gb=1, sort=500,
            version=plan.version,
        )  # fmt: skip
    first = seller.get(f"{HOME}plans/").text
    found = re.search(r'rel="next" href="(\?[^"]+)"', first)
    assert found
    rest = seller.get(f"{HOME}plans/{found[1]}").text
    assert f"{HOME}plans/p-49/" in rest and f"{HOME}plans/p-49/" not in first
    assert f"{HOME}plans/s/" not in rest


@pytest.mark.parametrize("path", ["nowhere/", "plans/no-such/", "nowhere/new/", "nowhere/s/"])
def test_given_an_unknown_place_then_404(seller, path: str) -> None:
    assert seller.get(f"{HOME}{path}").status_code == 404


def test_given_an_unknown_version_when_sent_then_404(seller) -> None:
    answer = seller.post(f"{HOME}plans/s/", {"name": "X", "based_on": "999"})
    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["", "plans/", "plans/s/", "plans/new/"])
def test_given_a_member_then_403(log_in, path: str) -> None:
    assert log_in(Role.MEMBER).get(f"{HOME}{path}").status_code == 403
