"""Where a request came from: what our own proxy saw, or the other end of the connection."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str | None:
    """An IP address; None where there is none, as under a test client of files."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.CATALYST.trusted_proxy:
        # Only the last one is our proxy's; whoever calls may write the others.
        *_, address = request.headers.get("X-Forwarded-For", address).split(",")
    try:
        return str(ip_address(address.strip()))
    except ValueError:
        return None
