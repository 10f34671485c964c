"""The page of a redemption with an App: who sees it, how far it is, and giving the code back.

Git and cluster are named and not there: what is wanted is written down, a worker would follow it.
"""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from catalyst.identity.models import User
from franchise.applications.models import App, Change
from franchise.catalog import services as catalog
from franchise.ledger import services as ledger
from franchise.organizations.models import Organization
from franchise.vouchers.codes import grouped
from franchise.vouchers.models import Redemption
from franchise.vouchers.services import Issued
from tests.integration.franchise.looking import looked_at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unlimited", "with_apps")]


@pytest.fixture
def with_apps(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of a Sovereign that has Apps."""
    catalog.seed()
    told = {"gitea_url": "https://git.invalid", "kubernetes_url": "https://kubernetes.invalid",
            "sovereign_fqdn": "omantel.example"}  # fmt: skip
    monkeypatch.setattr(settings, "CATALYST", settings.CATALYST.model_copy(update=told))


def filled(issued: Issued, **changes: str) -> dict[str, str]:
    return {
        "code": grouped(issued.code), "email": "fatma@acme.example", "blueprint": "radicale",
        "organization_name": "Acme", "organization_slug": "",
        "idempotency_key": str(uuid.uuid4()), **changes,
    }  # fmt: skip


@pytest.fixture
def redeemed(issue):  # type: ignore[no-untyped-def]
    """Somebody redeemed with an App: their browser, and the page."""

    def make() -> tuple[Client, str]:
        visitor = Client()
        moved = visitor.post("/redeem", filled(issue(max_redemptions=2)))
        assert moved.status_code == 302, moved.text
        return visitor, moved["Location"]

    return make


def owner() -> Client:
    user = User.objects.create(subject="fatma@acme.example", email="fatma@acme.example")
    client = Client()
    client.force_login(user)
    return client


def test_given_apps_here_when_redeeming_then_a_choice_of_the_first_one(issue) -> None:
    page = Client().get("/redeem").text
    assert '<option value="radicale">' in page and "None yet" in page
    assert "/login/?next=/redeem" in page
    assert '<option value="ghost"' not in page  # no chart of it


def test_given_no_app_chosen_when_redeemed_then_as_before(issue) -> None:
    moved = Client().post("/redeem", filled(issue(), blueprint=""))
    assert moved["Location"] == "/redeem/done"
    assert not App.objects.exists()


def test_given_an_app_chosen_when_redeemed_then_the_page_shows_its_steps_and_looks_again(
    redeemed,
) -> None:
    visitor, place = redeemed()
    assert place == f"/redeem/progress/{Redemption.objects.get().pk}"
    page = visitor.get(place).text
    for words in ("is being set up", "OMR 12.345", "Commit what is wanted", "left",
                  "https://acme-prod-radicale.omantel.example", "Log in as"):  # fmt: skip
        assert words in page
    assert "data-log" not in page  # the log is for members
    assert '<noscript><meta http-equiv="refresh"' in page and "?seen=" in page
    seen = looked_at(visitor, place, page)
    Change.objects.update(words="Waiting for Git.")
    part = visitor.get(f"{place}?seen={seen}", headers={"HX-Request": "true"})
    assert "Waiting for Git." in part.text and "<html" not in part.text


def test_given_another_browser_when_opened_then_404_but_the_owner_sees_it_with_the_log(
    redeemed, log_in
) -> None:
    _visitor, place = redeemed()
    for stranger in (Client(), log_in("member")):
        assert stranger.get(place).status_code == 404
        assert stranger.get("/redeem/progress/0").status_code == 404
    assert log_in("member").post(f"{place}/give-back").status_code == 404
    page = owner().get(place).text
    assert f'data-log="app:{App.objects.get().pk}"' in page


def test_given_it_stopped_when_opened_then_its_words_retry_and_the_way_back(redeemed) -> None:
    visitor, place = redeemed()
    App.objects.update(state="failed")
    Change.objects.update(
        state="failed", ended_at=timezone.now(), problem={"title": "No.", "detail": "Image lost."}
    )
    page = owner().get(place).text
    assert "Image lost." in page and "/apps/acme-prod-radicale/retry" in page
    assert "Give the code back" in page
    anonymous = visitor.get(place).text
    assert "Image lost." in anonymous and "/retry" not in anonymous


def test_given_nothing_was_used_when_given_back_then_the_credit_is_gone_and_the_code_is_free(
    redeemed,
) -> None:
    _visitor, place = redeemed()
    mine = owner()
    done = mine.post(f"{place}/give-back")
    assert done["Location"] == place
    page = mine.get(place).text
    assert "The code was given back" in page and "can be used again" in page
    organization = Organization.objects.get()
    assert ledger.available(organization_id=organization.pk, currency="OMR").minor == 0
    assert Redemption.objects.get().state == Redemption.State.RELEASED


def test_given_the_app_answered_when_given_back_then_409_in_words_and_all_stays(redeemed) -> None:
    _visitor, place = redeemed()
    App.objects.update(state="ready", proved_at=timezone.now())
    mine = owner()
    assert "Give the code back" not in mine.get(place).text
    refused = mine.post(f"{place}/give-back")
    assert refused.status_code == 409
    assert "The credit of this code was used" in refused.text
    assert Redemption.objects.get().state != Redemption.State.RELEASED


def test_given_a_code_worth_too_little_when_an_app_is_chosen_then_said_and_nothing_happened(
    issue,
) -> None:
    from franchise.money import Money

    sent: Any = Client().post("/redeem", filled(issue(credit=Money(1_000, "OMR"))))
    assert sent.status_code in (409, 422)
    assert 'value="Acme"' in sent.text and '<option value="radicale" selected' in sent.text
    assert not Organization.objects.exists()


def test_given_an_app_that_is_not_offered_when_forced_then_422(issue) -> None:
    sent = Client().post("/redeem", filled(issue(), blueprint="ghost"))
    assert sent.status_code == 422
    assert not Organization.objects.exists()
