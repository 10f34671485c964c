"""The ledger's door for the other rooms. What writes joins the caller's transaction, and happens
once however often it is asked under one `source`. Locks of the caller's own come before."""

from franchise.ledger.cards import (
    record_card_payment,
    record_card_refund,
    record_chargeback,
    record_chargeback_won,
)
from franchise.ledger.checking import Discrepancy, check, check_tonight, is_due, last_check
from franchise.ledger.grants import adjust, available, balances, grant, take_back
from franchise.ledger.holds import (
    Returned,
    commit,
    forfeit,
    release,
    release_overdue,
    reserve,
    spend,
)
from franchise.ledger.lapsing import expire_due
from franchise.ledger.peers import Between, between, owe
from franchise.ledger.problems import (
    HoldCommitted,
    HoldReleased,
    MoreThanThereWas,
    NotCommitted,
    NotEnoughCredit,
    SourceReused,
)
from franchise.ledger.reading import History, has_bought, history
from franchise.ledger.refunds import refund
from franchise.ledger.settlement import Settlement, settlement

__all__ = [
    "Between", "Discrepancy", "History", "HoldCommitted", "HoldReleased", "MoreThanThereWas",
    "NotCommitted",
    "NotEnoughCredit", "Returned", "Settlement", "SourceReused", "adjust", "available", "balances",
    "between", "check", "check_tonight", "commit", "expire_due", "forfeit", "grant", "has_bought",
    "history", "is_due",
    "last_check", "owe", "record_card_payment", "record_card_refund", "record_chargeback",
    "record_chargeback_won", "refund", "release", "release_overdue", "reserve", "settlement",
    "spend", "take_back",
]  # fmt: skip
