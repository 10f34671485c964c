"""Where a redemption came from: enough to see that many came from one place, and no more."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from catalyst.web.address import address_of

_SALT = "franchise.redeem.address"


def hash_of_address(request: HttpRequest | None) -> str:
    """Keyed, so that nobody can try all addresses; "" where there is none."""
    address = address_of(request) if request is not None else None
    return salted_hmac(_SALT, address, algorithm="sha256").hexdigest() if address else ""
