"""The door of this room.

`issuing` signs, `accepting` reads what others signed, `lists` says what was taken back, `settling`
who owes what for it.
"""

from franchise.crossing.accepting import Reader
from franchise.crossing.issuing import Terms, create, revoke, shown, sign, written
from franchise.crossing.keys import our_name, rotate
from franchise.crossing.lists import ask, ask_due, hear, renew_due
from franchise.crossing.peers import ASK, trust, turn, withdraw
from franchise.crossing.settling import REPORT, redeemed, report, take

__all__ = [
    "ASK", "REPORT", "Reader", "Terms", "ask", "ask_due", "create", "hear", "our_name", "redeemed",
    "renew_due", "report", "revoke", "rotate", "shown", "sign", "take", "trust", "turn",
    "withdraw", "written",
]  # fmt: skip
