"""Which amounts Stripe takes (docs.stripe.com/currencies)."""

from __future__ import annotations

from infra.localcloud.stripe.errors import invalid

THREE_DECIMAL = {"bhd", "jod", "kwd", "omr", "tnd"}
LARGEST = 99_999_999
# Documented for usd, eur, gbp, aed. Elsewhere Stripe asks for the worth of 0.50 USD at the day's
# rate, for which these stand (unsure).
SMALLEST = {
    "usd": 50, "eur": 50, "gbp": 30, "aed": 200,
    "omr": 200, "bhd": 190, "kwd": 160, "jod": 360, "tnd": 1_600, "qar": 183, "sar": 188,
}  # fmt: skip


def check_currency(currency: str, param: str) -> str:
    currency = currency.lower()
    if currency not in SMALLEST:
        raise invalid(f"Invalid currency: {currency}.", param=param, code="invalid_currency")
    return currency


def check_digit(amount: int, currency: str, param: str) -> None:
    """The last digit of a three-decimal currency is 0. Its code is nowhere documented (unsure)."""
    if currency in THREE_DECIMAL and amount % 10:
        raise invalid(
            f"Invalid amount: in {currency} the least-significant digit must be 0.", param=param
        )


def check_charge(amount: int, currency: str, param: str = "amount") -> None:
    check_digit(amount, currency, param)
    if amount < SMALLEST[currency]:
        raise invalid(
            f"Amount must be at least {SMALLEST[currency]} {currency} in minor units",
            param=param,
            code="amount_too_small",
        )
    if amount > LARGEST:
        raise invalid(
            f"Amount must be no more than {LARGEST}", param=param, code="amount_too_large"
        )
