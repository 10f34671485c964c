"""The service behind the redeem page: one transaction, every state of spec franchise §6.1."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from catalyst.models import AuditEvent
from catalyst.problem import Invalid, Problem
from catalyst.vault.secret import Secret
from franchise.money import Money
from franchise.organizations.models import Organization
from franchise.organizations.services import SlugTaken, preselected
from franchise.organizations.slugs import BadSlug
from franchise.redeem.services import Redeemed, redeem
from franchise.vouchers import services as vouchers
from franchise.vouchers.models import Redemption, VoucherCode
from franchise.vouchers.problems import (
    AlreadyUsed,
    ExhaustedCode,
    ExpiredCode,
    KeyReused,
    PausedCode,
    UnknownCode,
)
from franchise.vouchers.services import Issued, State

pytestmark = pytest.mark.django_db


def use(issued: Issued, **changes: Any) -> Redeemed:
    values: dict[str, Any] = {
        "code": issued.code,
        "email": "fatma@acme.example",
        "organization_name": "Acme",
        "idempotency_key": str(uuid.uuid4()),
    }
    return redeem(**{**values, **changes})


def nothing_was_made() -> bool:
    return not Organization.objects.exists() and not Redemption.objects.exists()


def test_given_a_valid_code_when_redeemed_then_organization_credit_and_audit(issue) -> None:
    issued = issue()
    redeemed = use(issued, email=" Fatma@Acme.example ", organization_name="  Acme   Oman ")

    organization = Organization.objects.get()
    assert redeemed.organization == organization
    assert (organization.name, organization.slug) == ("Acme Oman", "acme-oman")
    assert organization.owner_email == "fatma@acme.example"
    assert redeemed.amount == Money(12_345, "OMR")
    assert vouchers.credit_of(organization_ids=[organization.pk]) == {
        organization.pk: [Money(12_345, "OMR")]
    }
    assert VoucherCode.objects.get().redeemed == 1
    event = AuditEvent.objects.get(act="franchise.redeem")
    assert event.object == f"voucher:{issued.voucher.pk}"
    assert event.after["organization"] == "acme-oman"


def test_given_a_code_typed_carelessly_when_redeemed_then_it_is_found(issue) -> None:
    issued = issue()
    text = issued.code.reveal().lower().replace("0", "o").replace("1", "l")
    assert use(issued, code=Secret(f" {text[:4]} {text[4:8]}-{text[8:]} ")).organization.pk


def test_given_a_code_never_issued_when_redeemed_then_unknown(issue) -> None:
    with pytest.raises(UnknownCode) as caught:
        use(issue(), code=Secret("0000-0000-0000"))
    assert (caught.value.status, caught.value.type) == (404, "voucher-unknown")
    assert nothing_was_made()


def test_given_a_revoked_code_when_redeemed_or_previewed_then_exactly_as_unknown(issue) -> None:
    issued = issue()
    vouchers.revoke(voucher_id=issued.voucher.pk, actor="x")
    with pytest.raises(UnknownCode) as revoked:
        use(issued)
    with pytest.raises(UnknownCode) as unknown:
        use(issued, code=Secret("0000-0000-0000"))
    assert revoked.value.as_dict() == unknown.value.as_dict()
    assert vouchers.preview(code=issued.code) == vouchers.preview(code=Secret("nonsense"))
    assert nothing_was_made()


def test_given_a_paused_code_when_redeemed_then_410_until_resumed(issue) -> None:
    issued = issue()
    vouchers.pause(voucher_id=issued.voucher.pk, actor="x")
    assert vouchers.preview(code=issued.code).state == State.PAUSED
    with pytest.raises(PausedCode) as caught:
        use(issued)
    assert caught.value.status == 410
    assert nothing_was_made()
    vouchers.resume(voucher_id=issued.voucher.pk, actor="x")
    assert use(issued).organization.slug == "acme"


def test_given_a_used_up_code_when_another_redeems_then_410(issue) -> None:
    issued = issue()
    use(issued)
    assert vouchers.preview(code=issued.code).state == State.EXHAUSTED
    with pytest.raises(ExhaustedCode) as caught:
        use(issued, email="other@example.com", organization_name="Other")
    assert caught.value.status == 410
    assert Organization.objects.count() == 1


def test_given_a_code_whose_time_is_over_when_redeemed_then_410(issue) -> None:
    issued = issue()
    VoucherCode.objects.update(expires_at=F("created_at"))
    assert vouchers.preview(code=issued.code).state == State.EXPIRED
    with pytest.raises(ExpiredCode) as caught:
        use(issued)
    assert caught.value.status == 410
    assert nothing_was_made()


def test_given_one_person_when_redeeming_the_same_code_again_then_409_names_the_first(
    issue,
) -> None:
    issued = issue(max_redemptions=5)
    use(issued)
    with pytest.raises(AlreadyUsed) as caught:
        use(issued, organization_name="Acme Two")
    assert (caught.value.status, caught.value.extra["organization"]) == (409, "acme")
    assert Organization.objects.count() == 1


def test_given_the_same_key_and_values_when_sent_again_then_the_same_answer_and_one_use(
    issue,
) -> None:
    issued, key = issue(), str(uuid.uuid4())
    first = use(issued, idempotency_key=key)
    again = use(issued, idempotency_key=key)
    assert again == first
    assert Redemption.objects.count() == Organization.objects.count() == 1
    assert VoucherCode.objects.get().redeemed == 1


@pytest.mark.parametrize("change", [{"email": "other@example.com"}, {"organization_name": "Other"}])
def test_given_the_same_key_and_other_values_when_sent_then_refused(
    issue, change: dict[str, str]
) -> None:
    issued, key = issue(max_redemptions=5), str(uuid.uuid4())
    use(issued, idempotency_key=key)
    with pytest.raises(KeyReused):
        use(issued, idempotency_key=key, **change)
    assert Organization.objects.count() == 1


def test_given_the_key_of_another_voucher_when_sent_then_refused(issue) -> None:
    key = str(uuid.uuid4())
    use(issue(), idempotency_key=key)
    with pytest.raises(KeyReused):
        use(issue(), idempotency_key=key)
    assert Redemption.objects.count() == 1


def test_given_a_taken_short_name_when_redeemed_then_free_ones_are_named_and_work(issue) -> None:
    use(issue())
    issued = issue()
    with pytest.raises(SlugTaken) as caught:
        use(issued, email="b@example.com")
    assert caught.value.extra["suggestions"][0] == "acme-2"
    assert VoucherCode.objects.get(pk=issued.voucher.pk).redeemed == 0
    redeemed = use(issued, email="b@example.com", organization_slug="acme-2")
    assert redeemed.organization.slug == "acme-2"


@pytest.mark.parametrize("name", ["System", "Kube DNS", "Acme Prod", "شركة", "3M"])
def test_given_a_name_that_gives_no_good_short_name_when_redeemed_then_one_is_asked_for(
    issue, name: str
) -> None:
    issued = issue()
    with pytest.raises(BadSlug):
        use(issued, organization_name=name)
    assert nothing_was_made()
    assert use(issued, organization_name=name, organization_slug="acme").organization.name == name


@pytest.mark.parametrize(
    ("field", "change"),
    [("email", {"email": "nobody"}), ("organization_name", {"organization_name": " x "}),
     ("idempotency_key", {"idempotency_key": ""})],
)  # fmt: skip
def test_given_bad_input_when_redeemed_then_the_field_is_named(
    issue, field: str, change: dict[str, str]
) -> None:
    with pytest.raises(Invalid) as caught:
        use(issue(), **change)
    assert caught.value.extra["field"] == field
    assert nothing_was_made()


def test_given_an_issue_when_looked_at_in_the_database_then_the_code_is_not_in_it(issue) -> None:
    code = issue().code.reveal()
    rows = [*VoucherCode.objects.values(), *AuditEvent.objects.values()]
    assert rows
    assert not any(code in str(row) for row in rows)


@pytest.mark.parametrize(
    ("field", "change"),
    [("amount", {"credit": Money(0, "OMR")}), ("max_redemptions", {"max_redemptions": 0}),
     ("expires_on", {"expires_at": timezone.now() - timedelta(seconds=1)})],
)  # fmt: skip
def test_given_a_pointless_voucher_when_issued_then_refused(
    issue, field: str, change: dict[str, Any]
) -> None:
    with pytest.raises(Invalid) as caught:
        issue(**change)
    assert caught.value.extra["field"] == field
    assert not VoucherCode.objects.exists()


def test_given_a_revoked_code_when_resumed_then_refused_and_revoking_again_is_quiet(issue) -> None:
    pk = issue().voucher.pk
    vouchers.revoke(voucher_id=pk, actor="x")
    vouchers.revoke(voucher_id=pk, actor="x")
    assert AuditEvent.objects.filter(act="franchise.voucher-revoked").count() == 1
    with pytest.raises(Problem) as caught:
        vouchers.resume(voucher_id=pk, actor="x")
    assert caught.value.status == 409


def test_given_a_mistaken_program_when_it_counts_past_the_cap_then_the_database_refuses(
    issue,
) -> None:
    issue()
    with pytest.raises(IntegrityError), transaction.atomic():
        VoucherCode.objects.update(redeemed=2)


@pytest.fixture
def chosen_for_this_sovereign(settings) -> None:  # type: ignore[no-untyped-def]
    wanted = ("wordpress", "gone-since", "mysql", "ghost")
    settings.CATALYST = settings.CATALYST.model_copy(update={"preselected_apps": wanted})


@pytest.mark.usefixtures("chosen_for_this_sovereign")
def test_w25_given_apps_of_the_sovereign_then_its_first_organization_finds_them_and_no_other(
    issue,
) -> None:
    first = use(issue()).organization
    second = use(issue(), email="other@acme.example", organization_name="Other").organization

    assert first.preselected_apps == ["wordpress", "ghost"]
    assert [each.title for each in preselected(first)] == ["WordPress", "Ghost"]
    assert second.preselected_apps == []
