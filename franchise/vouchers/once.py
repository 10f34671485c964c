"""A code is shown on the next page and then no more; it travels there as the voucher's id."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.safestring import mark_safe

from franchise.vouchers import services
from franchise.vouchers.codes import grouped
from franchise.vouchers.printing import link, qr_svg

SHOW_ONCE = "voucher-to-show"


def keep(request: HttpRequest, voucher_id: int) -> None:
    request.session[SHOW_ONCE] = voucher_id


def take(request: HttpRequest) -> dict[str, Any]:
    """What a page says of the code that was kept for it; nothing when there is none."""
    if request.method != "GET" or not (voucher_id := request.session.pop(SHOW_ONCE, None)):
        return {}
    code = services.code_of(voucher_id=voucher_id)
    return {
        "code": grouped(code),
        "shown_id": voucher_id,
        "redeem_url": redeem_url(),
        "customer_url": link(redeem_url(), code),
        "qr": mark_safe(qr_svg(redeem_url(), code)),
    }


def qr_of(voucher_id: int) -> str:
    """For the person whose `reprint` is in the audit. Raises NotFound."""
    return qr_svg(redeem_url(), services.code_of(voucher_id=voucher_id))


def redeem_url() -> str:
    """Where customers of this installation redeem."""
    fqdn = settings.CATALYST.sovereign_fqdn
    return f"{f'https://{fqdn}' if fqdn else settings.CATALYST.public_url}/redeem"
