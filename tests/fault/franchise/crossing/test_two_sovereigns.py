"""Two Sovereigns with databases of their own: signed here, redeemed there, booked in both."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.fault.franchise.crossing.sovereigns import Raised, Sovereign, authority, sovereign

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ISSUER, AUDIENCE = "omantel.example", "zain.example"
Two = tuple[Sovereign, Sovereign]


@pytest.fixture(scope="module")
def two(tmp_path_factory, django_db_setup, django_db_blocker) -> Iterator[Two]:
    """They trust each other's keys, which their admins have compared."""
    place = tmp_path_factory.mktemp("authority")
    authority(place)
    with (
        django_db_blocker.unblock(),
        sovereign(ISSUER, place) as issuer,
        sovereign(AUDIENCE, place) as audience,
    ):
        for one, other in ((issuer, audience), (audience, issuer)):
            one.trust(fqdn=other.name, public=other.key(), url=other.url)
            assert one.work() == 0
        yield issuer, audience


def must_say_the_same(two: Two) -> None:
    """What one says it is owed the other says it owes, and both books balance."""
    issuer, audience = two
    here, there = issuer.books(), audience.books()
    assert [there["unsaid"], here["sum"], there["sum"]] == [0, 0, 0]
    assert [here["discrepancies"], there["discrepancies"]] == [0, 0]
    assert audience.owed(by=ISSUER) == issuer.owed(by=AUDIENCE)[::-1]


def test_given_vouchers_of_one_when_redeemed_at_the_other_then_both_books_say_the_same(
    two: Two,
) -> None:
    issuer, audience = two
    (_one, first), (_two, second), (_three, _third) = issuer.sign(audience=AUDIENCE, count=3)
    for code, who in ((first, "nadia"), (second, "omar")):
        assert audience.redeem(code=code, who=who) == "OMR 5.000"
    with pytest.raises(Raised, match="ExhaustedCode"):
        audience.redeem(code=first, who="salim")
    assert audience.work() == 0
    assert audience.owed(by=ISSUER) == [10_000, 0]
    assert issuer.owed(by=AUDIENCE) == [0, 10_000]
    assert issuer.books()["settled"] == 2
    must_say_the_same(two)


def test_given_an_issuer_that_is_away_when_redeemed_then_credit_is_there_and_told_later(
    two: Two,
) -> None:
    """Offline: nobody is asked. What is owed waits until the issuer answers again."""
    issuer, audience = two
    ((_serial, code),) = issuer.sign(audience=AUDIENCE, count=1)
    before = issuer.owed(by=AUDIENCE)
    issuer.process.signal(signal.SIGSTOP)
    try:
        assert audience.redeem(code=code, who="zahra") == "OMR 5.000"
        assert audience.work() == 1
        assert audience.books()["unsaid"] == 1
    finally:
        issuer.process.signal(signal.SIGCONT)
    assert audience.work() == 0
    assert issuer.owed(by=AUDIENCE) == [0, before[1] + 5_000]
    must_say_the_same(two)


def test_given_a_voucher_taken_back_when_the_list_came_then_it_is_unknown_at_the_other(
    two: Two,
) -> None:
    issuer, audience = two
    (gone, code), (_serial, good) = issuer.sign(audience=AUDIENCE, count=2)
    issuer.revoke(serial=gone)
    assert audience.ask() == ""
    with pytest.raises(Raised, match="UnknownCode"):
        audience.redeem(code=code, who="said")
    assert audience.redeem(code=good, who="said") == "OMR 5.000"
    assert audience.work() == 0
    must_say_the_same(two)


def test_given_a_voucher_for_the_other_when_redeemed_at_its_issuer_then_it_is_unknown(
    two: Two,
) -> None:
    """franchise.md §10 no. 17: a voucher for one Sovereign is worth nothing at another."""
    issuer, audience = two
    ((_serial, code),) = issuer.sign(audience=AUDIENCE, count=1)
    with pytest.raises(Raised, match="UnknownCode"):
        issuer.redeem(code=code, who="maha")
    assert audience.redeem(code=code, who="maha") == "OMR 5.000"
    assert audience.work() == 0
    must_say_the_same(two)
