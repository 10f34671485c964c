"""The code a visitor came with: out of the URL, sealed in the vault, a reference in the session."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest

from catalyst.problem import NotFound
from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from franchise.vouchers.codes import LONGEST_TYPED

KEY = "pending-voucher"
KEPT = timedelta(hours=1)
LONGEST = LONGEST_TYPED


def keep(request: HttpRequest, code: Secret) -> None:
    """Remember the code for this visitor, in the place of an earlier one."""
    forget(request)
    if 0 < len(code.reveal()) <= LONGEST:
        request.session[KEY] = vault.put(
            purpose="franchise.pending-code", secret=code, expires_in=KEPT
        )


def kept(request: HttpRequest) -> Secret | None:
    """The remembered code, if it is still kept."""
    reference = request.session.get(KEY)
    if reference is None:
        return None
    try:
        return vault.get(reference)
    except NotFound:
        del request.session[KEY]
        return None


def forget(request: HttpRequest) -> None:
    if (reference := request.session.pop(KEY, None)) is not None:
        vault.delete(reference)
