"""Vouchers that another Sovereign signed, redeemed here without asking it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from catalyst.problem import Conflict
from catalyst.vault.secret import Secret
from catalyst.work.models import OutboxItem
from franchise.crossing import peers, services
from franchise.crossing.documents import NotTrue
from franchise.crossing.models import Owed, PeerKey, TakenIn
from franchise.ledger import services as ledger
from franchise.ledger.models import AccountKind, LedgerAccount
from franchise.organizations.models import Membership, Organization
from franchise.redeem.services import Redeemed, redeem
from franchise.redeem.statuses import give_back
from franchise.vouchers import services as vouchers
from franchise.vouchers.models import Campaign, Redemption, VoucherCode
from franchise.vouchers.problems import (
    AlreadyUsed,
    ExhaustedCode,
    ExpiredCode,
    PausedCode,
    UncheckedCode,
    UnknownCode,
)
from franchise.vouchers.services import State
from tests.integration.franchise.crossing.conftest import HERE, Issuer

pytestmark = pytest.mark.django_db


def use(code: Secret, who: str = "nadia", key: str = "") -> Redeemed:
    return redeem(
        code=code,
        email=f"{who}@example.com",
        organization_name=f"Shop of {who}",
        idempotency_key=key or uuid.uuid4().hex,
    )


def nothing_happened() -> bool:
    rows = (Redemption, Organization, TakenIn, Owed, VoucherCode, Campaign)
    return not any(each.objects.exists() for each in rows)


def test_given_a_signed_code_when_redeemed_then_credit_is_there_and_its_issuer_owes_it(
    there,
) -> None:
    code = there.code(there.claims(serial="00112233445566ff"))
    seen = vouchers.preview(code=code)
    assert (seen.state, str(seen.credit)) == (State.VALID, "OMR 12.345")

    done = use(vouchers_typed(code))

    assert str(done.amount) == "OMR 12.345"
    kinds = dict(LedgerAccount.objects.values_list("kind", "balance_minor"))
    assert kinds == {AccountKind.CREDIT: 12_345, AccountKind.RECEIVABLE: -12_345}
    owed = Owed.objects.select_related("taken__peer").get()
    assert (owed.taken.serial, owed.number, owed.said_at) == ("00112233445566ff", 1, None)
    assert [(each.peer, each.they_owe.minor, each.we_owe.minor) for each in ledger.between()] == [
        ("there.example", 12_345, 0)
    ]
    assert OutboxItem.objects.filter(topic=services.REPORT, key="there.example").count() == 1
    assert ledger.check() == []


def vouchers_typed(code: Secret) -> Secret:
    """In small letters and groups, as from paper."""
    text = code.reveal().lower()
    return Secret("-".join(text[start : start + 5] for start in range(0, len(text), 5)))


@pytest.mark.parametrize(
    "changes",
    [
        {"audience": "elsewhere.example"},
        {"issuer": "another.example"},
        {"issuer": HERE},
        {"key": "00" * 8},
    ],
    ids=lambda changes: next(iter(changes)) + "=" + next(iter(changes.values())),
)
def test_given_a_code_for_or_of_somebody_else_when_redeemed_then_it_is_unknown(
    there, changes
) -> None:
    code = there.code(**changes)
    assert vouchers.preview(code=code).state == State.UNKNOWN
    with pytest.raises(UnknownCode):
        use(code)
    assert nothing_happened()


def test_given_a_key_that_nobody_trusts_when_it_signs_in_the_name_of_one_then_it_is_unknown(
    there,
) -> None:
    thief = Issuer(fqdn=there.fqdn)
    for code in (thief.code(), thief.code(thief.claims(key=there.name))):
        with pytest.raises(UnknownCode):
            use(code)
    assert nothing_happened()


def test_given_a_peer_when_it_signs_in_the_name_of_another_peer_then_it_is_unknown(there) -> None:
    other = Issuer(fqdn="other.example").trusted()
    with pytest.raises(UnknownCode):
        use(other.code(other.claims(issuer=there.fqdn)))
    assert nothing_happened()


def test_given_an_ended_code_when_redeemed_then_it_has_expired(there) -> None:
    """By the database's clock."""
    code = there.code(ends_at=int(timezone.now().timestamp()) - 1)
    assert vouchers.preview(code=code).state == State.EXPIRED
    with pytest.raises(ExpiredCode):
        use(code)
    assert nothing_happened()


def test_given_a_used_code_when_redeemed_again_then_it_is_used_up(there) -> None:
    code = there.code()
    use(code)
    for who in ("nadia", "omar"):
        with pytest.raises((AlreadyUsed, ExhaustedCode)):
            use(code, who)
    assert (Redemption.objects.count(), Owed.objects.count()) == (1, 1)


def test_given_a_code_for_three_when_four_redeem_then_three_have_it_and_each_use_has_a_number(
    there,
) -> None:
    code = there.code(uses=3)
    for who in ("nadia", "omar", "salim"):
        use(code, who)
    with pytest.raises(ExhaustedCode):
        use(code, "zahra")
    assert list(Owed.objects.order_by("id").values_list("number", flat=True)) == [1, 2, 3]


def test_given_one_key_when_sent_twice_then_the_answer_is_the_same_and_it_is_owed_once(
    there,
) -> None:
    code, key = there.code(), uuid.uuid4().hex
    assert use(code, key=key).amount == use(code, key=key).amount
    assert Owed.objects.count() == 1


def test_given_an_issuer_that_signs_one_serial_twice_when_both_are_redeemed_then_one_is(
    there,
) -> None:
    first = there.claims(serial="ab" * 8)
    use(there.code(first))
    with pytest.raises(UnknownCode):
        use(there.code(there.claims(serial="ab" * 8, amount_minor=99_000)), "omar")
    assert Redemption.objects.count() == 1


def test_given_two_peers_with_one_serial_when_redeemed_then_both_are(there) -> None:
    other = Issuer(fqdn="other.example").trusted()
    use(there.code(there.claims(serial="cd" * 8)))
    use(other.code(other.claims(serial="cd" * 8)), "omar")
    assert [each.they_owe.minor for each in ledger.between()] == [12_345, 12_345]


def test_given_a_code_that_was_taken_back_when_redeemed_then_it_is_unknown(there) -> None:
    claims = there.claims()
    there.tells(claims.serial)
    assert vouchers.preview(code=there.code(claims)).state == State.UNKNOWN
    with pytest.raises(UnknownCode):
        use(there.code(claims))
    assert nothing_happened()


def test_given_a_code_with_uses_left_when_it_is_taken_back_then_nobody_redeems_it_any_more(
    there,
) -> None:
    claims = there.claims(uses=5)
    use(there.code(claims))
    there.tells(claims.serial)
    with pytest.raises(UnknownCode):
        use(there.code(claims), "omar")


def test_given_a_list_when_an_older_one_comes_then_nothing_is_forgotten(there) -> None:
    claims = there.claims()
    before = there.says_revoked()
    there.tells(claims.serial)
    services.hear(peer=there.peer, document=before)
    with pytest.raises(UnknownCode):
        use(there.code(claims))


@pytest.mark.parametrize(("hours", "state"), [(71, State.VALID), (73, State.UNCHECKED)])
def test_given_no_news_when_the_list_is_older_than_its_most_then_nothing_is_redeemed(
    there, hours, state
) -> None:
    there.tells(made_at=timezone.now() - timedelta(hours=hours))
    code = there.code()
    assert vouchers.preview(code=code).state == state
    if state == State.VALID:
        use(code)
        return
    with pytest.raises(UncheckedCode):
        use(code)
    assert nothing_happened()
    there.tells()
    use(code)


def test_given_a_peer_whose_list_never_came_when_redeemed_then_it_cannot_be_checked(db) -> None:
    there = Issuer()
    peers.trust(fqdn=there.fqdn, public=there.public, actor="admin")
    with pytest.raises(UncheckedCode):
        use(there.code())


def test_given_a_list_of_somebody_else_or_of_the_future_when_heard_then_it_is_refused(
    there,
) -> None:
    other, thief = Issuer(fqdn="other.example").trusted(), Issuer(fqdn=there.fqdn)
    ahead = there.says_revoked(made_at=timezone.now() + timedelta(hours=1))
    for document in (other.says_revoked(), thief.says_revoked(), ahead, "[]"):
        with pytest.raises(NotTrue):
            services.hear(peer=there.peer, document=document)


def test_given_a_peer_that_is_not_taken_any_more_when_redeemed_then_it_is_unknown(there) -> None:
    services.turn(peer_id=there.peer.pk, takes=False, actor="admin")
    with pytest.raises(UnknownCode):
        use(there.code())
    services.turn(peer_id=there.peer.pk, takes=True, actor="admin")
    use(there.code())


def test_given_a_second_key_when_the_first_is_withdrawn_then_only_the_second_counts(there) -> None:
    later = Issuer(fqdn=there.fqdn)
    peers.trust(fqdn=there.fqdn, public=later.public, actor="admin")
    use(there.code(campaign=1))
    services.withdraw(key_id=PeerKey.objects.get(name=there.name).pk, actor="admin")
    with pytest.raises(UnknownCode):
        use(there.code(campaign=2), "omar")
    use(later.code(campaign=3), "omar")
    with pytest.raises(Conflict):
        peers.trust(fqdn=there.fqdn, public=there.public, actor="admin")


def test_given_a_signed_campaign_when_staff_change_it_then_they_may_pause_it_and_no_more(
    there,
) -> None:
    code = there.code(uses=2)
    use(code)
    campaign, voucher = Campaign.objects.get(), VoucherCode.objects.get()
    with pytest.raises(Conflict):
        vouchers.add_code(campaign_id=campaign.pk, actor="staff")
    with pytest.raises(Conflict):
        vouchers.edit_code(voucher_id=voucher.pk, changes={"max_redemptions": 9}, actor="staff")
    with pytest.raises(Conflict):
        vouchers.edit_campaign(
            campaign_id=campaign.pk, changes={"name": "Ours"}, version=None, actor="staff"
        )
    vouchers.pause_campaign(campaign_id=campaign.pk, actor="staff")
    with pytest.raises(PausedCode):
        use(code, "omar")


def test_given_a_peer_that_leads_into_our_own_network_when_asked_then_nobody_is(there) -> None:
    """Its address was typed: it must not make us ask our own machines."""
    for url in (
        "https://127.0.0.1:1",
        "https://169.254.169.254",
        "https://[::1]",
        "https://10.0.0.1",
    ):
        peers.trust(fqdn=there.fqdn, public=Issuer().public, url=url, actor="admin")
        services.ask(fqdn=there.fqdn)
        assert "leads to no address of the internet" in there.peer.trouble


def test_given_a_signed_code_when_its_use_shall_come_back_then_it_stays_as_its_issuer_was_told(
    there,
) -> None:
    use(there.code())
    redemption = Redemption.objects.get()
    owner = Membership.objects.get(organization=redemption.organization, role="owner")
    with pytest.raises(Conflict):
        give_back(redemption_id=redemption.pk, by=owner)
    redemption.refresh_from_db()
    assert redemption.state == Redemption.State.COMMITTED
    assert ledger.between()[0].they_owe.minor == 12_345
