"""What was one flat code becomes a code in a campaign of its own, and can go back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE, AFTER = ("franchise", "0005_ledger"), ("franchise", "0006_vouchers")
MADE = datetime(2026, 1, 1, tzinfo=UTC)


def migrate(to: tuple[str, str]) -> Any:
    executor = MigrationExecutor(connection)
    executor.migrate([to])
    return executor.loader.project_state([to]).apps


@pytest.fixture
def old() -> Any:
    """The rows as they were; afterwards the newest again, and empty."""
    newest = list(MigrationExecutor(connection).loader.graph.leaf_nodes("franchise"))
    yield migrate(BEFORE)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE franchise_redemption, franchise_voucher_code CASCADE")
    MigrationExecutor(connection).migrate(newest)


def code(old: Any, number: int, **values: Any) -> Any:
    return old.get_model("franchise", "VoucherCode").objects.create(
        code_hash=f"{number:064x}", last4="ABCD", label="Fair" if number == 7 else "",
        sealed_code="6a1e6f0e-0000-4000-8000-000000000000", credit_minor=1_000 * number,
        currency="OMR", expires_at=MADE + timedelta(days=3650), created_by="seller",
        **{"max_redemptions": 5, **values},
    )  # fmt: skip


def redeemed(old: Any, voucher: Any, *emails: str) -> None:
    models = {name: old.get_model("franchise", name) for name in ("Organization", "Redemption")}
    for email in emails:
        tag = f"o{models['Organization'].objects.count()}-a"
        organization = models["Organization"].objects.create(
            slug=tag, name=tag, owner_email=email, state="active"
        )
        models["Redemption"].objects.create(
            voucher=voucher, organization=organization, email=email,
            amount_minor=voucher.credit_minor, currency="OMR", idempotency_key=tag,
        )  # fmt: skip


def test_given_flat_codes_when_migrated_then_each_has_its_campaign_and_can_go_back(
    old: Any,
) -> None:
    used = code(old, 7, redeemed=3, status="paused")
    fresh = code(old, 8, max_redemptions=1)
    redeemed(old, used, "a@acme.example", "a+1@acme.example", "f.m@gmail.com")

    new = migrate(AFTER)
    campaigns, codes, uses = (
        new.get_model("franchise", name) for name in ("Campaign", "VoucherCode", "Redemption")
    )
    first, second = campaigns.objects.order_by("pk")
    assert (first.name, first.credit_minor, first.redeemed, first.spent_minor) == (
        "Fair", 7_000, 3, 21_000,
    )  # fmt: skip
    assert (second.name, second.max_redemptions, second.per_person) == ("…ABCD", None, 1)
    assert first.ends_at == used.expires_at
    kept = codes.objects.get(pk=used.pk)
    assert (kept.campaign_id, kept.status, kept.expires_at) == (first.pk, "paused", None)
    assert (kept.redeemed, kept.max_redemptions) == (3, 5)
    assert list(uses.objects.order_by("pk").values_list("person", "once_per_person")) == [
        ("a@acme.example", True), ("a@acme.example", False), ("fm@gmail.com", True),
    ]  # fmt: skip
    # The next campaign gets a number of its own.
    assert (
        campaigns.objects.create(name="Next", currency="OMR", credit_minor=1, created_by="x").pk
        > second.pk
    )

    campaigns.objects.filter(name="Next").delete()
    back = migrate(BEFORE).get_model("franchise", "VoucherCode")
    assert list(
        back.objects.order_by("pk").values_list("credit_minor", "currency", "expires_at")
    ) == [(7_000, "OMR", used.expires_at), (8_000, "OMR", fresh.expires_at)]
