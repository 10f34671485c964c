"""The tax of an amount, in whole minor units: rounded once, half up, on a sum. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from franchise.money import Money

WHOLE = 10_000  # basis points


@dataclass(frozen=True, slots=True)
class Taxed:
    """`total = net + tax`. No rate: nothing is taxed, `name` is empty."""

    net: Money
    tax: Money
    total: Money
    name: str = ""
    basis_points: int = 0
    included: bool = True


def taxed(*, amount: Money, name: str, basis_points: int, included: bool) -> Taxed:
    """`amount` has its tax in it, or the tax comes on top."""
    if amount.minor < 0 or not 0 <= basis_points <= WHOLE:
        raise ValueError("a tax is a share of something that is owed")
    if included:
        net = Money(_share(amount.minor, WHOLE, WHOLE + basis_points), amount.currency)
        return Taxed(net, amount - net, amount, name, basis_points, included=True)
    tax = Money(_share(amount.minor, basis_points, WHOLE), amount.currency)
    return Taxed(amount, tax, amount + tax, name, basis_points, included=False)


def part_of(*, tax: Money, part: Money, whole: Money) -> Money:
    """The tax inside a part of an amount that has `tax` inside; all of it for the whole."""
    return Money(_share(part.minor, tax.minor, whole.minor), tax.currency) if whole else tax


def _share(amount: int, part: int, whole: int) -> int:
    return (2 * amount * part + whole) // (2 * whole)
