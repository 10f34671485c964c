"""Who may see what becomes of a redemption: the session that redeemed, and who belongs to it."""

from __future__ import annotations

from django.http import HttpRequest

from catalyst.identity.models import User
from franchise.organizations.members import services as members
from franchise.redeem.statuses import find, unknown
from franchise.vouchers.models import Redemption

KEY = "redemptions"
MOST = 20


def remember(request: HttpRequest, redemption_id: int) -> None:
    """This session may see it. The oldest is forgotten where there are many."""
    known = [each for each in request.session.get(KEY, []) if each != redemption_id]
    request.session[KEY] = [*known, redemption_id][-MOST:]


def readable(request: HttpRequest, redemption_id: int) -> Redemption:
    """Raises NotFound, the same for one that is not there."""
    found = find(redemption_id)
    if redemption_id in request.session.get(KEY, []):
        return found
    if isinstance(request.user, User):
        mine = {each.organization_id for each in members.of_person(user=request.user)}
        if found.organization_id in mine:
            return found
    raise unknown()
