"""What customers are told of a code before they redeem it."""

from __future__ import annotations

from django.db import models


class Description(models.Model):
    """Public words of a code. The label beside it is its sellers' own note, and stays with them."""

    voucher = models.OneToOneField(
        "franchise.VoucherCode", on_delete=models.CASCADE, primary_key=True, related_name="words"
    )
    text = models.CharField(max_length=200)

    class Meta:
        db_table = "franchise_voucher_description"

    def __str__(self) -> str:
        return self.text
