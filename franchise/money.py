"""`Money`: whole minor units and an ISO 4217 currency. It must never meet a float."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from catalyst.problem import Invalid

# Digits behind the point (ISO 4217, list one). Currencies a franchise may sell in.
EXPONENTS = {"OMR": 3, "AED": 2, "BHD": 3, "EUR": 2, "KWD": 3, "QAR": 2, "SAR": 2, "USD": 2}
# What a signed 64-bit column holds.
MOST_MINOR = 2**63 - 1
_AMOUNT = re.compile(r"(\d+)(?:[.٫](\d+))?")


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were put together: a mistake in the program."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (baisa, cents) of one currency.

    Raises TypeError for anything but an `int`, ValueError for an unknown currency or an amount that
    does not fit into 64 bits.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError("money is counted in whole minor units")
        if self.currency not in EXPONENTS:
            raise ValueError(f"{self.currency!r} is not a currency sold here")
        if not -MOST_MINOR <= self.minor <= MOST_MINOR:
            raise ValueError("the amount does not fit into 64 bits")

    @classmethod
    def parse(cls, text: str, currency: str) -> Self:
        """What a person typed, e.g. `12.5` OMR → 12500 baisa. Raises Invalid(field="amount").

        Any script's digits are taken; a comma is refused, because its meaning differs by country.
        """
        exponent = EXPONENTS[currency]
        match = _AMOUNT.fullmatch(text.strip())
        if match is None:
            raise Invalid("Write the amount with digits and a point, like 12.5.", field="amount")
        whole, fraction = match[1], match[2] or ""
        if len(fraction) > exponent:
            raise Invalid(f"{currency} has {exponent} digits behind the point.", field="amount")
        if len(whole) > len(str(MOST_MINOR)):
            raise Invalid("This amount is too large.", field="amount")
        minor = int(whole) * 10**exponent + int(fraction.ljust(exponent, "0"))
        if minor > MOST_MINOR:
            raise Invalid("This amount is too large.", field="amount")
        return cls(minor, currency)

    def __str__(self) -> str:
        exponent = EXPONENTS[self.currency]
        whole, fraction = divmod(abs(self.minor), 10**exponent)
        return f"{self.currency} {'-' if self.minor < 0 else ''}{whole}.{fraction:0{exponent}d}"

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other).minor

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other).minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def _same(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")
        return other
