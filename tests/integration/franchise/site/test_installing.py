"""Apps that were bought: installed once, when they are paid for; and another one on a later day.

Git and cluster are named and not there: what is wanted is written down, a worker would follow it.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

import franchise.tasks  # noqa: F401 - the topics' handlers
from catalyst.work import outbox
from catalyst.work.models import OutboxItem
from franchise.applications.models import App, Backing
from franchise.billing.models import Order
from franchise.billing.orders import services as orders
from franchise.catalog.models import Offer
from franchise.organizations.models import Membership, Organization
from franchise.site import installing
from tests.integration.franchise.site.conftest import act

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unlimited", "with_apps")]
NEW = "/organizations/acme/apps/new/"


@pytest.fixture
def with_apps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of a Sovereign that has Apps."""
    told = {"gitea_url": "https://git.invalid", "kubernetes_url": "https://kubernetes.invalid",
            "sovereign_fqdn": "omantel.example"}  # fmt: skip
    monkeypatch.setattr(settings, "CATALYST", settings.CATALYST.model_copy(update=told))


def promised() -> list[str]:
    return list(OutboxItem.objects.filter(topic=installing.TOPIC).values_list("key", flat=True))


@pytest.fixture
def bought(customer: Client, acme: Organization, give, order):  # type: ignore[no-untyped-def]
    """An order for Plan M with these Apps, paid by credit."""

    def make(*apps: str) -> Order:
        give(50_000)
        act(customer, "plan:m", "/plans")
        for each in apps:
            assert act(customer, f"add-app:{each}").status_code == 302
        assert order(customer, organization=str(acme.pk)).status_code == 302
        return Order.objects.latest("pk")

    return make


def test_given_apps_bought_when_paid_then_each_is_installed_once_with_what_it_rests_on(
    bought, customer: Client
) -> None:
    paid = bought("miniflux", "radicale")
    assert promised() == [paid.number]
    page = customer.get(f"/organizations/acme/checkout/{paid.number}/").text
    assert "about to be installed" in page
    installing.install(number=paid.number)
    installing.install(number=paid.number)
    assert sorted(App.objects.values_list("name", flat=True)) == [
        "miniflux", "postgres", "radicale"
    ]  # fmt: skip
    page = customer.get(f"/organizations/acme/checkout/{paid.number}/").text
    assert "/organizations/acme/apps/acme-prod-radicale/" in page
    assert "about to be installed" not in page


def test_given_a_card_when_nobody_has_paid_yet_then_nothing_is_installed(
    customer: Client, acme: Organization, till, order
) -> None:
    act(customer, "plan:m", "/plans")
    act(customer, "add-app:radicale")
    order(customer, organization=str(acme.pk))
    awaits = Order.objects.get()
    assert promised() == []
    orders.paid(
        order_id=awaits.pk, reference="pi_1", amount=awaits.money("card"), event="evt_1"
    )  # fmt: skip
    assert promised() == [awaits.number]


def test_given_an_app_that_cannot_be_when_installing_then_the_others_are_and_the_page_says_why(
    bought, customer: Client
) -> None:
    paid = bought("radicale", "gitea")
    Offer.objects.filter(slug="gitea").update(active=False)
    installing.install(number=paid.number)
    assert App.objects.get().name == "radicale"
    page = customer.get(f"/organizations/acme/checkout/{paid.number}/").text
    assert "cannot be installed here" in page


def test_given_an_app_without_a_chart_when_in_the_shop_then_coming_soon_and_refused(
    visitor: Client,
) -> None:
    page = visitor.get("/apps").text
    assert "Add Ghost" not in page and "Add Radicale" in page
    refused = act(visitor, "add-app:ghost")
    assert refused.status_code == 422 and "coming soon" in refused.text


def install_form(acme: Organization, **changes: Any) -> dict[str, str]:
    return {"environment": str(acme.environments.get().pk), "name": "", **changes}


@pytest.fixture
def with_plan(bought) -> Order:  # type: ignore[no-untyped-def]
    return bought()


def test_given_a_day_later_when_installing_another_then_shared_or_of_its_own_as_chosen(
    customer: Client, acme: Organization, with_plan
) -> None:
    assert "Miniflux" in customer.get(NEW).text
    page = customer.get(f"{NEW}miniflux/").text
    assert "Share the Environment’s" in page
    first = customer.post(f"{NEW}miniflux/", install_form(acme, name="news"))
    assert first["Location"] == "/organizations/acme/apps/acme-prod-news/", first.text
    second = customer.post(
        f"{NEW}miniflux/", install_form(acme, name="own", **{"need-postgres": "dedicated"})
    )
    assert second.status_code == 302
    third = customer.post(f"{NEW}miniflux/", install_form(acme, name="more"))
    assert third.status_code == 302
    kinds = {row.app.name: (row.service.name, row.dedicated) for row in Backing.objects.all()}
    assert kinds["news"] == kinds["more"] == ("postgres", False)
    assert kinds["own"][1] is True and kinds["own"][0] != "postgres"
    assert customer.get(first["Location"]).status_code == 200


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [({"name": "a--b"}, 422, "single hyphens"), ({"environment": ""}, 422, "Choose an Environment"),
     ({"environment": "99999999"}, 422, "Choose an Environment"),
     ({"need-postgres": "stolen"}, 422, "stolen"),
     ({"config-poll_minutes": "x"}, 422, "number")],
)  # fmt: skip
def test_given_odd_values_when_installing_then_beside_the_field_and_nothing_is_installed(
    customer: Client, acme: Organization, with_plan, changes: dict[str, str], status: int,
    words: str,
) -> None:  # fmt: skip
    page = customer.post(f"{NEW}miniflux/", install_form(acme, **changes))
    assert page.status_code == status
    assert words in page.text and 'aria-invalid="true"' in page.text
    assert not App.objects.exists()


def test_given_a_name_that_is_taken_when_installing_then_409_with_what_was_typed(
    customer: Client, acme: Organization, with_plan
) -> None:
    customer.post(f"{NEW}radicale/", install_form(acme, name="diary"))
    page = customer.post(f"{NEW}radicale/", install_form(acme, name="diary"))
    assert page.status_code == 409
    assert "There is “diary” already" in page.text and 'value="diary"' in page.text
    assert App.objects.count() == 1


def test_given_no_plan_when_installing_then_409_in_words(
    customer: Client, acme: Organization
) -> None:
    page = customer.post(f"{NEW}radicale/", install_form(acme))
    assert page.status_code == 409
    assert "Choose a Plan first" in page.text


def test_given_a_viewer_when_installing_then_refused(
    customer: Client, acme: Organization, owner, with_plan
) -> None:
    Membership.objects.create(organization=acme, email="boss@acme.example", role="owner")
    Membership.objects.filter(user=owner).update(role="viewer")
    assert customer.get(NEW).status_code == 403
    assert customer.post(f"{NEW}radicale/", install_form(acme)).status_code == 403
    assert not App.objects.exists()


def test_given_the_outbox_when_a_worker_drains_it_then_it_knows_the_topic() -> None:
    assert installing.TOPIC in outbox._handlers
