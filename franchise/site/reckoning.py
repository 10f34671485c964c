"""What a cart costs and takes, worked out now on the server, or why it cannot be bought so."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from catalyst.problem import Problem
from franchise.billing.orders import services as orders
from franchise.billing.orders.offers import Offer
from franchise.billing.settings import services as settings
from franchise.catalog import shop
from franchise.catalog.services import Capacity, NotSold
from franchise.catalog.shop import Goods
from franchise.money import Money
from franchise.site.here import lacking
from franchise.site.models import Cart

NEARLY = 80  # percent


@dataclass(frozen=True, slots=True)
class Gauge:
    """How much of one thing the choice takes; `given` 0: as much as is needed."""

    label: str
    needed: float
    given: float
    unit: str

    @property
    def percent(self) -> int:
        return round(self.needed * 100 / self.given) if self.given else 0

    @property
    def tone(self) -> str:
        if self.given and self.needed > self.given:
            return "error"
        return "warning" if self.percent >= NEARLY else "success"


@dataclass(frozen=True, slots=True)
class Sum:
    """`offer` is None while the choice cannot be bought; `problem` says why, `wrong` names it.

    `larger`: the cheapest Plan that the choice fits into, if it does not fit.
    """

    plan: str
    offer: Offer | None = None
    problem: Problem | None = None
    gauges: list[Gauge] = field(default_factory=list)
    services: list[str] = field(default_factory=list)
    larger: Goods | None = None

    @property
    def fits(self) -> bool:
        return self.offer is not None and self.offer.quote.capacity.fits

    @property
    def total(self) -> Money | None:
        return self.offer.taxed.total if self.offer else None

    @property
    def take_out(self) -> str:
        """The act that takes out what is not sold any more; "" where that is no help."""
        extra = self.problem.extra if self.problem else {}
        verb = {"apps": "remove-app", "addons": "remove-addon", "bundle": "drop-bundle"}
        found = verb.get(extra.get("field", ""))
        return f"{found}:{extra.get('name', '')}" if found else ""


def currency() -> str:
    return settings.current().currency


def plan_of(cart: Cart) -> str:
    """The one that was chosen; before that the popular one."""
    if cart.plan:
        return cart.plan
    plans = shop.plans(currency=currency())
    popular = [each for each in plans if each.thing.popular] or plans
    return popular[0].thing.slug if popular else ""


def wish_of(cart: Cart) -> orders.Cart:
    return orders.Cart(
        plan=plan_of(cart), addons=tuple(cart.addons), apps=tuple(cart.apps),
        bundle=cart.bundle or None, units=cart.units,
    )  # fmt: skip


def reckon(cart: Cart) -> Sum:
    """Asks the catalog; nothing is reserved."""
    wish = wish_of(cart)
    if not wish.plan:
        return Sum("", problem=NotSold(_("Nothing is sold here yet."), field="plan", name=""))
    for slug in wish.apps:
        if slug in lacking():
            words = _("“%(name)s” is coming soon and cannot be bought yet.") % {"name": slug}
            return Sum(wish.plan, problem=NotSold(words, field="apps", name=slug))
    try:
        offer = orders.offer(cart=wish)
    except Problem as problem:
        return Sum(wish.plan, problem=problem)
    capacity = offer.quote.capacity
    return Sum(
        wish.plan,
        offer,
        gauges=gauges(capacity),
        services=shop.titles(slugs=[each.rpartition("/")[2] for each in offer.quote.services]),
        larger=None if capacity.fits else _larger(wish, offer),
    )


def gauges(capacity: Capacity) -> list[Gauge]:
    needed, given = capacity.needed, capacity.given
    return [
        Gauge(lazy("Processor"), needed.cpu_milli / 1000, given.cpu_milli / 1000, lazy("cores")),
        Gauge(lazy("Memory"), round(needed.memory_mb / 1024, 1), given.memory_mb / 1024, "GB"),
        Gauge(lazy("Disk"), needed.disk_gb, given.disk_gb, "GB"),
    ]


def _larger(wish: orders.Cart, offer: Offer) -> Goods | None:
    needed = offer.quote.capacity.needed
    fitting = [
        each
        for each in shop.plans(currency=offer.quote.currency)
        if not each.thing.metered
        and needed.cpu_milli <= each.thing.vcpu * 1000
        and needed.memory_mb <= each.thing.memory_mb
        and needed.disk_gb <= each.thing.disk_gb
    ]
    return min(fitting, key=lambda each: each.price.minor if each.price else 0, default=None)
