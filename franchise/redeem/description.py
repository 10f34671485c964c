"""Public words of a code: said by its sellers, read by whoever has it."""

from __future__ import annotations

from franchise.redeem.models import Description


def say(*, voucher_id: int, text: str) -> None:
    """Keep the words, in the place of earlier ones. Joins the caller's transaction and audit."""
    Description.objects.update_or_create(voucher_id=voucher_id, defaults={"text": text})


def of(*, voucher_id: int) -> str:
    """The words, "" where there are none."""
    found = Description.objects.filter(voucher_id=voucher_id).values_list("text", flat=True)
    return found.first() or ""
