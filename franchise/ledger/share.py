"""What is sold is booked at face value; when the franchisor's share is set, also as wholesale.

The percentage is a setting of the installation (CATALYST_FRANCHISOR_SHARE), never of the code.
Credit comes off the franchisee's part: the share is of the face value, however it was paid.
"""

from __future__ import annotations

from django.conf import settings

from franchise.ledger.book import Move
from franchise.ledger.models import AccountKind

WHOLE = 10_000


def share_now() -> int | None:
    """In basis points; None: only the base is shown."""
    percent = settings.CATALYST.franchisor_share
    return None if percent is None else int(percent * 100)


def of_face(face: int, share: int | None) -> int:
    """The franchisor's part of a face value, down to whole minor units."""
    return face * (share or 0) // WHOLE


def portion(total: int, *, before: int, after: int, of: int) -> int:
    """How much of `total` goes back when `after` instead of `before` of `of` has gone back.

    Parts of any size add up to exactly `total`, and never to more.
    """
    return total * min(after, of) // of - total * min(before, of) // of


def sold(face: int, wholesale: int) -> list[Move]:
    """Negative: taken back."""
    return [
        Move(AccountKind.SALES, face),
        Move(AccountKind.WHOLESALE, -wholesale),
        Move(AccountKind.FRANCHISOR, wholesale),
    ]


SOLD = (AccountKind.SALES, AccountKind.WHOLESALE, AccountKind.FRANCHISOR)
