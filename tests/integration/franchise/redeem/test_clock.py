"""The database's clock decides what has begun and what is over, to the millisecond (§10 no. 6)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from franchise.redeem.services import redeem
from franchise.vouchers.models import Campaign, VoucherCode
from franchise.vouchers.problems import Changed, ExpiredCode, NotStarted
from franchise.vouchers.services import State, preview
from tests.integration.franchise.books import books

pytestmark = pytest.mark.django_db
END = datetime(2031, 5, 1, 12, 0, tzinfo=UTC)
MOMENT = timedelta(milliseconds=1)
Clock = Callable[..., None]
CLOCK = """
CREATE OR REPLACE FUNCTION skewed.{name}() RETURNS timestamptz
LANGUAGE sql VOLATILE AS $$ SELECT '{at}'::timestamptz $$
"""


@pytest.fixture
def clock(db: None) -> Clock:
    """Sets the database's clock: its functions are found before PostgreSQL's own."""

    def set_to(statement: datetime, after_the_wait: datetime | None = None) -> None:
        at = {"statement_timestamp": statement, "clock_timestamp": after_the_wait or statement}
        with connection.cursor() as cursor:
            cursor.execute("CREATE SCHEMA IF NOT EXISTS skewed")
            for name, moment in at.items():
                cursor.execute(CLOCK.format(name=name, at=moment.isoformat()))
            cursor.execute("SET LOCAL search_path = skewed, public, pg_catalog")

    return set_to


@pytest.fixture(params=[-2, 2], ids=["behind", "ahead"])
def muscat(request) -> Iterator[None]:
    """Our own clock is off by two seconds, and this Sovereign is four hours east of Greenwich."""
    with (
        time_machine.travel(END + timedelta(seconds=request.param), tick=False),
        timezone.override(ZoneInfo("Asia/Muscat")),
    ):
        yield


def use(issued) -> None:  # type: ignore[no-untyped-def]
    redeem(code=issued.code, email="a@example.com", organization_name="Acme",
           idempotency_key=uuid.uuid4().hex)  # fmt: skip


def is_untouched() -> bool:
    found = books()
    return found.redemptions == found.of_codes == found.of_campaigns == found.grants == 0


@pytest.mark.usefixtures("muscat")
@pytest.mark.parametrize("which", ["of the code", "of the campaign"])
def test_proof_06_given_the_end_when_redeemed_a_millisecond_before_at_and_after_it(
    issue, clock: Clock, which: str
) -> None:
    issued = issue(expires_at=None, max_redemptions=9)
    if which == "of the code":
        VoucherCode.objects.update(expires_at=END)
    else:
        Campaign.objects.update(ends_at=END)
    for late in (END, END + MOMENT):
        clock(late)
        assert preview(code=issued.code).state == State.EXPIRED
        with pytest.raises(ExpiredCode):
            use(issued)
        assert is_untouched()

    clock(END - MOMENT)
    assert preview(code=issued.code).state == State.VALID
    use(issued)
    assert books().redemptions == 1


@pytest.mark.usefixtures("muscat")
def test_proof_06_given_the_beginning_when_redeemed_a_millisecond_before_and_at_it(
    issue, clock: Clock
) -> None:
    issued = issue(expires_at=None)
    Campaign.objects.update(starts_at=END)
    clock(END - MOMENT)
    assert preview(code=issued.code).state == State.NOT_STARTED
    with pytest.raises(NotStarted) as caught:
        use(issued)
    assert (caught.value.status, is_untouched()) == (409, True)
    clock(END)
    use(issued)


def test_proof_06_given_an_end_that_passes_while_waiting_for_the_lock_then_nothing_is_given(
    issue, clock: Clock
) -> None:
    issued = issue(expires_at=None)
    VoucherCode.objects.update(expires_at=END)
    clock(END - MOMENT, after_the_wait=END)
    with pytest.raises(Changed):  # a look a moment later, by a clock that went on, says "expired"
        use(issued)
    assert is_untouched()
