"""The grid of Apps: searched, by category, what is chosen first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext as _

from franchise.catalog import shop
from franchise.catalog.models import Bundle
from franchise.catalog.shop import Goods
from franchise.site.here import lacking
from franchise.site.models import Cart

SHORT = frozenset({"ai", "cms", "crm", "erp"})


@dataclass(frozen=True, slots=True)
class Card:
    """`packed`: it comes with the bundle that is chosen; `lacking`: it cannot run here yet."""

    goods: Goods
    chosen: bool
    packed: bool = False
    lacking: bool = False

    @property
    def slug(self) -> str:
        return str(self.goods.thing.slug)

    @property
    def soon(self) -> bool:
        return self.lacking or bool(self.goods.thing.coming_soon)


@dataclass(frozen=True, slots=True)
class Shelf:
    """`cards`: can be chosen; `later`: cannot yet. `categories`: id, words, how many."""

    cards: list[Card]
    later: list[Card]
    categories: list[tuple[str, str, int]]


def shelf(cart: Cart, *, currency: str, words: str = "", category: str = "") -> Shelf:
    """What fits the words and the category; the categories are those of all."""
    cards = all_cards(cart, currency=currency)
    counts = Counter(card.goods.thing.category for card in cards if card.goods.thing.category)
    found = [card for card in cards if _fits(card, words, category)]
    return Shelf(
        sorted((c for c in found if not c.soon), key=lambda card: not card.chosen),
        [card for card in found if card.soon],
        [(slug, said(slug), count) for slug, count in sorted(counts.items())],
    )


def all_cards(cart: Cart, *, currency: str) -> list[Card]:
    inside, not_here = packed(cart), lacking()
    return [
        Card(
            each, each.thing.slug in cart.apps or each.thing.slug in inside,
            each.thing.slug in inside, each.thing.slug in not_here,
        )
        for each in shop.offers(currency=currency)
    ]  # fmt: skip


def packed(cart: Cart) -> set[str]:
    """Apps that the chosen bundle brings."""
    if not cart.bundle:
        return set()
    found = Bundle.objects.filter(slug=cart.bundle, active=True).first()
    return {each.slug for each in found.apps.all() if each.can_be_chosen} if found else set()


def said(category: str) -> str:
    """A category in the reader's language."""
    if category in SHORT:
        return category.upper()
    words = _(category).replace("-", " ")
    return words[:1].upper() + words[1:]


def _fits(card: Card, words: str, category: str) -> bool:
    thing = card.goods.thing
    text = f"{thing.slug} {thing.name} {thing.name_ar} {card.goods.about} {thing.category}".lower()
    in_category = not category or thing.category == category
    return in_category and all(word in text for word in words.lower().split())
