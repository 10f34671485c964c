"""What we sign for another Sovereign, and what it says of it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from catalyst.models import AuditEvent, SealedSecret
from catalyst.problem import Conflict, Invalid
from franchise.crossing import documents, keys, lists, pairs, services, token
from franchise.crossing.documents import NotTrue
from franchise.crossing.models import OurKey, OurList, Peer, Settled, SignedCampaign, SignedVoucher
from franchise.crossing.services import Terms
from franchise.ledger import services as ledger
from franchise.ledger.models import AccountKind, LedgerAccount
from franchise.money import Money
from tests.integration.franchise.crossing.conftest import HERE, Issuer

pytestmark = pytest.mark.django_db


def terms(peer: Peer, **changes: object) -> Terms:
    values = {
        "name": "Summer",
        "audience_id": peer.pk,
        "credit": Money(5_000, "OMR"),
        "ends_at": timezone.now() + timedelta(days=30),
        "cap": 3,
    }
    return Terms(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture
def campaign(there) -> SignedCampaign:
    return services.create(terms=terms(there.peer), actor="seller")


def signed(campaign: SignedCampaign, count: int = 1) -> list[SignedVoucher]:
    made = services.sign(campaign_id=campaign.pk, count=count, actor="seller")
    rows = SignedVoucher.objects.select_related("campaign__audience", "key")
    return list(rows.filter(pk__in=[each.pk for each in made]).order_by("id"))


def code_of(voucher: SignedVoucher) -> str:
    ((_voucher, code),) = services.written([voucher])
    return code.reveal()


def report(by: Issuer, *uses: dict[str, object], to: str = HERE, of: str = "") -> str:
    return by.signs(documents.SETTLEMENT, {"from": of or by.fqdn, "to": to, "uses": list(uses)})


def use(voucher: SignedVoucher, **changes: object) -> dict[str, object]:
    at = timezone.now().isoformat()
    values = {"serial": voucher.serial, "number": 1, "minor": 5_000, "currency": "OMR", "at": at}
    return {**values, **changes}


def test_given_a_campaign_when_signed_then_the_code_says_what_was_agreed_under_our_key(
    there, campaign
) -> None:
    (voucher,) = signed(campaign)
    read = token.read(code_of(voucher))
    claims = read.claims
    assert (claims.issuer, claims.audience, claims.serial) == (HERE, there.fqdn, voucher.serial)
    assert (claims.amount_minor, claims.currency, claims.uses) == (5_000, "OMR", 1)
    assert claims.ends_at == int(campaign.ends_at.timestamp())
    assert pairs.is_signed(OurKey.objects.get().public, read.message, read.signature)
    assert code_of(voucher) == code_of(voucher)


def test_given_a_cap_when_more_are_signed_then_none_is(campaign) -> None:
    signed(campaign, 2)
    with pytest.raises(Invalid):
        signed(campaign, 2)
    assert SignedVoucher.objects.count() == 2
    signed(campaign)
    with pytest.raises(Invalid):
        signed(campaign)


def test_given_a_new_key_when_signed_then_it_signs_and_codes_of_the_old_one_stay_as_they_were(
    campaign,
) -> None:
    (old,) = signed(campaign)
    before = code_of(old)
    services.rotate(actor="seller")
    (new,) = signed(campaign)
    assert code_of(old) == before
    assert token.read(code_of(new)).claims.key != token.read(before).claims.key
    assert [each.retired_at is None for each in keys.published()] == [True, False]
    assert AuditEvent.objects.filter(act="franchise.crossing-key").count() == 1


def test_given_our_key_when_looked_for_then_its_private_half_is_in_the_vault_only(
    campaign,
) -> None:
    signed(campaign)
    row = OurKey.objects.get()
    kept = SealedSecret.objects.get(pk=row.sealed)
    assert kept.purpose == keys.PURPOSE
    columns = [str(getattr(row, each.attname)) for each in OurKey._meta.concrete_fields]
    assert pairs.name_of(row.public) in columns
    assert len([each for each in columns if len(each) == 44]) == 1  # the public one


def test_given_a_code_taken_back_when_the_list_is_read_then_it_is_on_it_and_signed(
    client, campaign
) -> None:
    kept, gone = signed(campaign, 2)
    services.revoke(voucher_id=gone.pk, because="printed twice", actor="seller")
    document = client.get("/.well-known/catalyst/vouchers/revoked").content.decode()
    (key,) = client.get("/.well-known/catalyst/vouchers/keys").json()["keys"]
    body = documents.unpack(documents.REVOKED, document, public={key["name"]: key["public"]}.get)
    assert (body["issuer"], body["revoked"]) == (HERE, [gone.serial])
    assert kept.serial not in document


def test_given_lists_when_renewed_then_each_has_a_higher_number_and_one_is_kept(campaign) -> None:
    signed(campaign)
    numbers = [json.loads(json.loads(lists.renew())["body"])["number"] for _each in range(3)]
    assert numbers == sorted(set(numbers))
    assert OurList.objects.count() == 1


def test_given_a_report_when_taken_twice_then_it_is_owed_once(there, campaign) -> None:
    one, two = signed(campaign, 2)
    document = report(there, use(one), use(two))
    assert services.take(document=document) == {}
    assert services.take(document=document) == {}
    kinds = dict(LedgerAccount.objects.values_list("kind", "balance_minor"))
    assert kinds == {AccountKind.PAYABLE: 10_000, AccountKind.PROMOTION: -10_000}
    assert [(each.peer, each.we_owe.minor) for each in ledger.between()] == [(there.fqdn, 10_000)]
    assert Settled.objects.count() == 2
    assert ledger.check() == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"serial": "00" * 8}, "unknown"),
        ({"number": 2}, "over-cap"),
        ({"number": 0}, "over-cap"),
        ({"minor": 5_001}, "other-amount"),
        ({"currency": "AED"}, "other-amount"),
    ],
)
def test_given_what_we_did_not_sign_when_reported_then_it_is_refused_and_not_owed(
    there, campaign, changes, why
) -> None:
    (voucher,) = signed(campaign)
    told = use(voucher, **changes)
    answer = services.take(document=report(there, told))
    assert answer == {f"{told['serial']}:{told['number']}": why}
    assert ledger.between() == []


@pytest.mark.parametrize(("hours", "owed"), [(71, True), (73, False)])
def test_given_a_code_taken_back_when_it_was_redeemed_later_then_it_is_owed_while_lists_last(
    there, campaign, hours, owed
) -> None:
    """So long the audience could not know of it."""
    (voucher,) = signed(campaign)
    services.revoke(voucher_id=voucher.pk, because="printed twice", actor="seller")
    later = (timezone.now() + timedelta(hours=hours)).isoformat()
    answer = services.take(document=report(there, use(voucher, at=later)))
    assert bool(answer) != owed
    assert bool(ledger.between()) == owed


def test_given_another_sovereign_when_it_reports_our_voucher_for_this_one_then_it_is_refused(
    there, campaign
) -> None:
    (voucher,) = signed(campaign)
    other = Issuer(fqdn="other.example").trusted()
    assert list(services.take(document=report(other, use(voucher))).values()) == ["unknown"]
    for document in (
        report(other, use(voucher), of=there.fqdn),
        report(there, use(voucher), to="other.example"),
        report(Issuer(fqdn=there.fqdn), use(voucher)),
        report(there, use(voucher, at="yesterday")),
        report(there, use(voucher, minor=1.5)),
        report(there, use(voucher, at="2026-01-01T00:00:00")),
    ):
        with pytest.raises(NotTrue):
            services.take(document=document)
    assert ledger.between() == []


def test_given_a_report_nobody_signed_when_posted_then_403_and_a_good_one_200(
    client, there, campaign
) -> None:
    (voucher,) = signed(campaign)
    place = "/.well-known/catalyst/vouchers/settlement"
    for body in ("", "{}", report(Issuer(), use(voucher))):
        assert client.post(place, body, "application/json").status_code == 403
    good = client.post(place, report(there, use(voucher)), "application/json")
    assert (good.status_code, good.json()) == (200, {"refused": {}})


def test_given_a_key_that_was_withdrawn_when_it_signs_a_report_then_it_is_not_true(
    there, campaign
) -> None:
    (voucher,) = signed(campaign)
    services.withdraw(key_id=there.peer.keys.get().pk, actor="admin")
    with pytest.raises(NotTrue):
        services.take(document=report(there, use(voucher)))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"credit": Money(0, "OMR")}, "amount"),
        ({"uses": 0}, "uses"),
        ({"cap": 0}, "cap"),
        ({"cap": 1_000_000, "uses": 1_000_000, "credit": Money(2**60, "OMR")}, "cap"),
        ({"ends_at": timezone.now() - timedelta(days=1)}, "ends_on"),
        ({"audience_id": 0}, "audience"),
    ],
)
def test_given_terms_that_cannot_be_when_made_then_the_field_is_named(
    there, changes, field
) -> None:
    with pytest.raises(Invalid) as refused:
        services.create(terms=terms(there.peer, **changes), actor="seller")
    assert refused.value.extra["field"] == field


def test_given_an_ended_campaign_when_signed_then_it_is_refused(campaign) -> None:
    SignedCampaign.objects.update(ends_at=timezone.now())
    with pytest.raises(Conflict):
        signed(campaign)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"fqdn": "there"}, "fqdn"),
        ({"fqdn": HERE}, "fqdn"),
        ({"fqdn": "a_b.example"}, "fqdn"),
        ({"public": "short"}, "public"),
        ({"public": "A" * 44}, "public"),
        ({"url": "http://there.example"}, "url"),
        ({"url": "https://who@there.example"}, "url"),
        ({"url": "https://there.example/place"}, "url"),
    ],
)
def test_given_what_is_no_peer_when_trusted_then_the_field_is_named(db, changes, field) -> None:
    values = {"fqdn": "there.example", "public": Issuer().public, "url": "", **changes}
    with pytest.raises(Invalid) as refused:
        services.trust(**values, actor="admin")
    assert refused.value.extra["field"] == field
    assert not Peer.objects.exists()
