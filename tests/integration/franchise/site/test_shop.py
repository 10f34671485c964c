"""The shop without a log-in and without a script: what is chosen, refused, and what it costs."""

from __future__ import annotations

import pytest
from django.test import Client

from franchise.catalog.models import Industry, Offer, Plan
from franchise.site.models import Cart
from tests.integration.franchise.site.conftest import act

pytestmark = pytest.mark.django_db
PAGES = ("/plans", "/apps", "/addons", "/review", "/checkout")


@pytest.mark.parametrize("page", [*PAGES, "/app/ghost"])
def test_given_a_visitor_when_only_looking_then_a_page_and_no_cart(
    visitor: Client, page: str
) -> None:
    answer = visitor.get(page)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert not Cart.objects.exists()
    assert "OMR 9.000" in answer.text  # the popular plan, before anybody chose


def test_given_a_sovereign_when_its_bare_name_is_opened_then_the_front_page(
    visitor: Client, settings
) -> None:
    settings.ROOT_URLCONF = "catalyst.urls_sovereign"
    page = visitor.get("/")
    assert page.status_code == 200
    for place in ("/plans", "/apps", "/redeem"):
        assert f'href="{place}"' in page.text


def test_given_the_consoles_own_name_when_opened_then_the_way_to_the_console(
    visitor: Client, settings
) -> None:
    settings.ROOT_URLCONF = "catalyst.urls_sovereign"
    ours = {"public_url": "https://console.omantel.example", "sovereign_fqdn": "omantel.example"}
    settings.CATALYST = settings.CATALYST.model_copy(update=ours)
    settings.ALLOWED_HOSTS = [".omantel.example"]
    console = visitor.get("/", headers={"Host": "console.omantel.example"})
    assert (console.status_code, console["Location"]) == (302, "/home/")
    assert visitor.get("/", headers={"Host": "omantel.example"}).status_code == 200


def test_given_an_app_when_added_then_it_is_first_and_the_sum_has_it(visitor: Client) -> None:
    moved = act(visitor, "add-app:nextcloud")
    assert (moved.status_code, moved["Location"]) == (302, "/apps")
    page = visitor.get("/apps").text
    first = page.index('id="can-title"')
    assert page.index("Take out Nextcloud", first) < page.index("Add ", first)
    assert "Nextcloud is added." in page
    assert "PostgreSQL" in visitor.get("/addons").text  # it comes along


def test_given_htmx_when_an_act_is_sent_then_only_the_part_comes_back(visitor: Client) -> None:
    part = visitor.post("/apps", {"act": "add-app:ghost"}, headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert "<html" not in part.text and 'id="apps"' in part.text
    assert 'hx-swap-oob="innerHTML"' in part.text and "Ghost is added." in part.text


@pytest.mark.parametrize(
    ("told", "words"),
    [("add-app:twenty", "coming soon"), ("add-app:mysql", "not sold here"),
     ("add-app:nothing", "not sold here"), ("plan:none", "not sold any more"),
     ("add-addon:none", "not sold here"), ("fly:away", "does not know"), ("", "does not know"),
     ("industry:none", "not offered"), ("bundle:none", "not sold"), ("add-app:A'B", "not know")],
)  # fmt: skip
def test_given_what_cannot_be_chosen_when_sent_then_422_and_nothing_is_kept(
    visitor: Client, told: str, words: str
) -> None:
    page = act(visitor, told)
    assert page.status_code == 422
    assert words in page.text
    cart = Cart.objects.first()
    assert cart is None or cart.is_empty


def test_given_an_industry_when_its_template_is_taken_then_beside_what_was_chosen(
    visitor: Client,
) -> None:
    act(visitor, "add-app:gitea")
    act(visitor, "industry", industry="restaurant")
    cart = Cart.objects.get()
    assert "gitea" in cart.apps  # nothing that was chosen is lost
    soon = {each.slug for each in Industry.objects.get(slug="restaurant").apps.all()
            if each.coming_soon}  # fmt: skip
    assert {"wordpress", "cal-com"} <= set(cart.apps)
    assert not soon & set(cart.apps)


def test_given_a_bundle_when_chosen_then_its_discount_is_in_the_sum(visitor: Client) -> None:
    act(visitor, "plan:l", "/plans")
    act(visitor, "bundle:business-suite")
    page = visitor.get("/review").text
    assert "OMR -3.200" in page and "OMR 12.800" in page  # 20 % of OMR 16
    act(visitor, "remove-app:nextcloud")
    cart = Cart.objects.get()
    assert cart.bundle == "" and "nextcloud" not in cart.apps and "bookstack" in cart.apps
    assert "OMR 16.000" in visitor.get("/review").text


def test_given_search_and_category_when_asked_then_only_what_fits(visitor: Client) -> None:
    assert "Nextcloud" not in visitor.get("/apps?q=newsletter").text
    assert "Ghost" in visitor.get("/apps?q=newsletter").text
    only = visitor.get("/apps?category=devtools").text
    assert "Gitea" in only and "Ghost" not in only
    assert "No App here fits that." in visitor.get("/apps?q=zzz").text
    assert visitor.get("/apps?q=%00%27&category=%00").status_code == 200


def test_given_a_metered_plan_when_units_are_set_then_paid_by_the_unit(visitor: Client) -> None:
    act(visitor, "plan:flexi", "/plans")
    act(visitor, "units", "/plans", units="7")
    assert "OMR 14.000" in visitor.get("/review").text
    for odd in ("0", "65", "x", "1.5"):
        assert act(visitor, "units", "/plans", units=odd).status_code == 422
    assert Cart.objects.get().units == 7
    act(visitor, "plan:s", "/plans")
    assert Cart.objects.get().units is None


def test_given_more_apps_than_the_plan_holds_when_reviewed_then_red_and_the_plan_that_fits(
    visitor: Client,
) -> None:
    act(visitor, "plan:s", "/plans")
    Offer.objects.filter(slug="ghost").update(memory_mb=5000)
    act(visitor, "add-app:ghost")
    page = visitor.get("/review").text
    assert "too much" in page and "Take M for OMR 9.000" in page
    Offer.objects.filter(slug="ghost").update(memory_mb=3400)
    page = visitor.get("/review").text
    assert "nearly full" in page and "too much" not in page


def test_given_something_is_no_longer_sold_when_looked_at_then_said_and_taken_out_by_one_click(
    visitor: Client,
) -> None:
    act(visitor, "add-app:ghost")
    Offer.objects.filter(slug="ghost").update(active=False)
    page = visitor.get("/review")
    assert page.status_code == 200
    assert "is not sold here" in page.text and 'value="remove-app:ghost"' in page.text
    act(visitor, "remove-app:ghost", "/review")
    assert "is not sold here" not in visitor.get("/review").text


def test_given_no_plan_is_sold_when_opened_then_it_says_so(visitor: Client) -> None:
    Plan.objects.update(active=False)
    for page in PAGES:
        answer = visitor.get(page)
        assert answer.status_code == 200
        assert "Nothing is sold here yet" in answer.text


def test_given_names_when_typed_then_kept_and_a_taken_one_is_said(visitor: Client, acme) -> None:
    asked = visitor.get("/addons/name", {"slug": "acme"})
    assert "belongs to another Organization" in asked.text and "acme-2" in asked.text
    assert "is free" in visitor.get("/addons/name", {"name": "Blue Fish", "slug": ""}).text
    assert "single hyphens" in visitor.get("/addons/name", {"slug": "a--b"}).text
    moved = visitor.post("/addons", {"act": "name", "name": "Blue <Fish>", "slug": "blue"})
    assert moved["Location"] == "/review"
    assert "Blue &lt;Fish&gt;" in visitor.get("/review").text
    assert visitor.post("/addons", {"act": "name", "slug": "x" * 31}).status_code == 422
