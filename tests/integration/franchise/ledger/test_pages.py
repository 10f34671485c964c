"""The book's pages: who may see them, what they show, corrections by hand, the month's file."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from catalyst.identity import step_up
from catalyst.identity.models import Role
from catalyst.models import AuditEvent
from franchise.ledger import services as ledger
from franchise.ledger.models import Grant, LedgerAccount, LedgerTransaction
from tests.integration.franchise.ledger.conftest import make_organization, omr, spendable

pytestmark = pytest.mark.django_db
LEDGER, ADJUST, SETTLEMENT = (
    "/backoffice/ledger/",
    "/backoffice/ledger/adjust/",
    "/backoffice/settlement/",
)


def typed(whose, **changes: str) -> dict[str, str]:
    values = {
        "organization": whose.slug, "way": "give", "amount": "2.5", "currency": "OMR",
        "ends_on": "", "reason": "The <mail> was late", "once": str(uuid.uuid4()),
    }  # fmt: skip
    return {**values, **changes}


@pytest.mark.parametrize("path", [LEDGER, ADJUST, SETTLEMENT, "/backoffice/settlement/csv"])
def test_given_who_may_not_manage_billing_when_a_page_is_asked_for_then_refused(
    log_in, path: str
) -> None:
    assert Client().get(path)["Location"].startswith("/login/")
    assert log_in(Role.MEMBER).get(path).status_code == 403
    assert log_in(Role.SOVEREIGN_ADMIN).get(path).status_code == 200


def test_given_nothing_booked_when_the_ledger_is_opened_then_it_says_what_will_come(seller) -> None:
    page = seller.get(LEDGER)
    assert "Nothing is booked yet" in page.text
    assert "The ledger was not checked yet" in page.text


def test_given_transactions_when_the_ledger_is_opened_then_newest_first_and_found_by_filters(
    seller, organization, give
) -> None:
    stranger = make_organization()
    give(1_000)
    give(2_000, organization_id=stranger.pk)
    ledger.spend(organization_id=organization.pk, amount=omr(300), source="o:1", actor="test")
    text = seller.get(LEDGER).text
    table = text[text.index("<tbody>") :]
    assert table.index("Credit spent") < table.index("Credit given")
    assert "OMR 0.300" in text and stranger.slug in text
    narrowed = seller.get(LEDGER, {"organization": organization.slug, "kind": "grant"}).text
    assert "OMR 1.000" in narrowed and "OMR 2.000" not in narrowed and stranger.slug not in narrowed
    assert "Nothing found" in seller.get(LEDGER, {"organization": "nobody"}).text


def test_given_many_transactions_when_paged_then_by_key_and_with_the_filter(seller, give) -> None:
    for _ in range(51):
        give(1)
    page = seller.get(LEDGER, {"kind": "grant"})
    older = re.search(r'rel="next" href="([^"]+)"', page.text)
    assert older and "kind=grant" in older[1]
    rest = seller.get(LEDGER + older[1].replace("&amp;", "&"))
    assert rest.text.count("/backoffice/ledger/") and rest.text.count(">Credit given<span") == 1


@pytest.mark.parametrize(
    "query", [{"kind": "nonsense"}, {"before": "x"}, {"organization": "x" * 121}]
)
def test_given_an_odd_filter_when_asked_for_then_422_and_no_crash(seller, query) -> None:
    assert seller.get(LEDGER, query).status_code == 422


def test_given_a_transaction_when_opened_then_its_entries_and_what_takes_it_back(
    seller, organization, give
) -> None:
    give(1_000, campaign="Launch <1>")
    ledger.spend(
        organization_id=organization.pk, amount=omr(300), source="o:1", actor="test", order="A-1"
    )
    ledger.refund(source="o:1", refund_source="r:1", actor="test")
    spent, refunded = (LedgerTransaction.objects.get(kind=kind) for kind in ("commit", "refund"))
    page = seller.get(f"{LEDGER}{spent.pk}/").text
    for shown in (
        "Reserved credit",
        "OMR -0.300",
        "Sales at face value",
        "Launch &lt;1&gt;",
        "A-1",
    ):
        assert shown in page
    assert f"#{refunded.pk}" in page
    assert f"#{spent.pk}" in seller.get(f"{LEDGER}{refunded.pk}/").text
    assert seller.get(f"{LEDGER}{refunded.pk + 100}/").status_code == 404


def test_given_goodwill_when_booked_then_shown_once_with_its_reason_and_end(
    seller, organization
) -> None:
    last_day = (timezone.now() + timedelta(days=30)).date()
    form = typed(organization, ends_on=last_day.isoformat())
    page = seller.post(ADJUST, form, follow=True)
    assert "It is booked." in page.text and "The &lt;mail&gt; was late" in page.text
    grant = Grant.objects.get()
    assert (grant.amount, grant.category) == (omr(2_500), "goodwill")
    assert grant.expires_at.date() == last_day + timedelta(days=1)
    assert seller.post(ADJUST, form, follow=True).status_code == 200
    assert spendable(organization) == 2_500
    event = AuditEvent.objects.get(act="franchise.ledger-adjust")
    assert event.object == f"ledger-transaction:{LedgerTransaction.objects.get().pk}"


def test_given_credit_when_taken_away_then_less_and_never_below_zero(
    seller, organization, give
) -> None:
    give(3_000)
    seller.post(ADJUST, typed(organization, way="take"))
    assert spendable(organization) == 500
    page = seller.post(ADJUST, typed(organization, way="take"))
    assert page.status_code == 422
    assert 'id="id_amount-error"' in page.text and "OMR 0.500" in page.text
    assert spendable(organization) == 500


@pytest.mark.parametrize(
    ("field", "value"),
    [("organization", "nobody"), ("amount", "1,5"), ("amount", "0"), ("reason", "no"),
     ("ends_on", "2001-01-01"), ("currency", "XXX"), ("way", "burn")],
)  # fmt: skip
def test_given_an_odd_value_when_adjusting_then_422_beside_it_and_the_rest_is_kept(
    seller, organization, field: str, value: str
) -> None:
    page = seller.post(ADJUST, typed(organization, **{field: value}))
    assert page.status_code == 422
    assert f'id="id_{field}-error"' in page.text
    kept = "The &lt;mail&gt; was late" if field != "reason" else 'value="2.5"'
    assert kept in page.text
    assert not LedgerTransaction.objects.exists()


def test_given_an_old_proof_when_adjusting_then_asked_again_and_what_was_typed_is_kept(
    seller, organization
) -> None:
    session = seller.session
    session[step_up.PROVED_AT] = (timezone.now() - timedelta(hours=1)).isoformat()
    session.save()
    answer = seller.post(
        ADJUST, typed(organization), headers={"referer": f"http://testserver{ADJUST}"}
    )
    assert answer["Location"].startswith("/account/confirm/")
    assert not LedgerTransaction.objects.exists()
    assert 'value="2.5"' in seller.get(ADJUST).text


def test_given_a_ledger_when_checked_by_hand_then_the_page_says_what_was_found(
    seller, give
) -> None:
    give(1_000)
    page = seller.post("/backoffice/ledger/check", follow=True)
    assert "1 transaction, everything fits" in page.text
    LedgerAccount.objects.filter(kind="credit").update(balance_minor=999)
    page = seller.post("/backoffice/ledger/check", follow=True)
    assert "is not what the ledger says" in page.text
    assert ">999<" in page.text and ">1000<" in page.text
    LedgerAccount.objects.filter(kind="credit").update(balance_minor=1_000)
    assert AuditEvent.objects.filter(act="franchise.ledger-check").count() == 2


def test_given_no_share_when_settled_then_the_base_and_that_none_is_set(
    seller, organization
) -> None:
    pay(organization)
    page = seller.get(SETTLEMENT).text
    assert "OMR 6.280" in page and "CATALYST_FRANCHISOR_SHARE" in page


def test_given_a_month_when_downloaded_then_the_same_figures_as_numbers(
    seller, organization, settings
) -> None:
    settings.CATALYST = settings.CATALYST.model_copy(update={"franchisor_share": Decimal("12.5")})
    for source in ("pi", "pi2"):
        pay(organization, source)
    ledger.record_chargeback(
        organization_id=organization.pk, amount=omr(6_280), source="dp", payment_source="pi"
    )
    ledger.record_card_refund(
        organization_id=organization.pk, amount=omr(1), source="re", payment_source="pi2"
    )
    month = timezone.now().strftime("%Y-%m")
    assert "OMR 0.785" in seller.get(SETTLEMENT, {"month": month}).text
    answer = seller.get("/backoffice/settlement/csv", {"month": month})
    assert answer["Content-Disposition"] == f'attachment; filename="settlement-{month}.csv"'
    header, line = b"".join(answer.streaming_content).decode().splitlines()
    row = dict(zip(header.split(","), line.split(","), strict=True))
    assert (row["month"], row["currency"], row["gross"]) == (month, "OMR", "12.560")
    assert (row["chargebacks"], row["refunds"], row["base"]) == ("6.280", "0.001", "6.279")
    assert (row["wholesale"], row["margin"]) == ("0.785", "5.494")


@pytest.mark.parametrize("month", ["2026-13", "2026", "x", "2026-00", "٢٠٢٦-١١"])
def test_given_no_month_when_settled_then_422_beside_the_field(seller, month: str) -> None:
    page = seller.get(SETTLEMENT, {"month": month})
    assert page.status_code == 422 and 'id="id_month-error"' in page.text
    assert seller.get("/backoffice/settlement/csv", {"month": month}).status_code == 422


def test_given_an_empty_month_when_settled_then_it_says_so(seller) -> None:
    assert "Nothing in this month" in seller.get(SETTLEMENT, {"month": "2020-01"}).text


def pay(organization, source: str = "pi") -> LedgerTransaction:
    return ledger.record_card_payment(
        organization_id=organization.pk, gross=omr(6_280), source=source, order="1"
    )
