"""What credit paid for goes back to the very grants it came from, with the end they have."""

from __future__ import annotations

from dataclasses import replace

from django.db.models import F
from django.utils.translation import gettext as _

from franchise.ledger.book import Move, Words, check_amount, check_source, earlier, must_be_the_same
from franchise.ledger.holds import Returned, lapsed_by, open_hold, sum_of
from franchise.ledger.lapsing import lapse
from franchise.ledger.models import AccountKind, HoldPart, Kind
from franchise.ledger.problems import MoreThanThereWas, NotCommitted
from franchise.ledger.share import SOLD, of_face, portion, sold
from franchise.money import Money


def refund(
    *, source: str, refund_source: str, actor: str, amount: Money | None = None, memo: str = ""
) -> Returned:
    """Give back what the hold `source` spent: `amount`, or all that is left of it. What was taken
    last goes back first.

    A grant that has ended gets it back and loses it at once: `lapsed` says how much. The same
    `refund_source` gives the same answer. Joins the caller's transaction. Raises NotFound,
    NotCommitted, MoreThanThereWas, Invalid, SourceReused.
    """
    check_source(refund_source)
    book, hold = open_hold(source, AccountKind.CREDIT, AccountKind.LAPSED, *SOLD)
    spent = earlier(Kind.COMMIT, source)
    if spent is None:
        raise NotCommitted(_("Release it instead."))
    if known := earlier(Kind.REFUND, refund_source):
        back = sum_of(book, known, AccountKind.CREDIT)
        must_be_the_same((known.reverses_id, back), (spent.pk, amount or back))
        return Returned(back, lapsed_by(book, f"refund:{refund_source}"))
    parts = list(hold.parts.order_by("-pk"))
    before = sum(part.refunded_minor for part in parts)
    left = book.money(hold.amount_minor - before)
    wanted = left if amount is None else check_amount(amount)
    if not wanted <= left:
        raise MoreThanThereWas(left=left)
    if not wanted:
        return Returned(wanted, wanted)
    wholesale = portion(
        of_face(hold.amount_minor, spent.share),
        before=before,
        after=before + wanted.minor,
        of=hold.amount_minor,
    )
    words = Words(
        actor=actor, memo=memo, order=spent.order, campaign=spent.campaign, share=spent.share,
        reverses=spent,
    )  # fmt: skip
    back_to = _give_back(parts, wanted.minor)
    moves = [Move(AccountKind.CREDIT, minor, grant_id) for grant_id, minor in back_to.items()]
    book.write(Kind.REFUND, refund_source, [*moves, *sold(-wanted.minor, -wholesale)], words)
    gone = lapse(book, back_to, f"refund:{refund_source}", replace(words, share=None))
    return Returned(wanted, gone)


def _give_back(parts: list[HoldPart], wanted: int) -> dict[int, int]:
    """Counts it on the parts, in their order; returns how much each grant gets."""
    back: dict[int, int] = {}
    for part in parts:
        minor = min(wanted - sum(back.values()), part.amount_minor - part.refunded_minor)
        if minor:
            back[part.grant_id] = minor
            HoldPart.objects.filter(pk=part.pk).update(refunded_minor=F("refunded_minor") + minor)
    return back
