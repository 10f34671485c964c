"""From a cart to an order: Organization, voucher and order in one transaction, once per cart.

Whatever is raised, nothing of it happened: no Organization, no use of a code, no order.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.identity.models import User
from catalyst.problem import Conflict, Invalid, NotFound
from catalyst.vault.secret import Secret
from franchise.billing.orders import services as orders
from franchise.billing.orders.models import Order
from franchise.billing.orders.split import Split, split
from franchise.ledger import services as ledger
from franchise.money import Money
from franchise.organizations import services as organizations
from franchise.organizations.members import services as members
from franchise.organizations.members.roles import MemberRole, may
from franchise.organizations.models import Organization
from franchise.redeem import services as redeem
from franchise.site import carts, reckoning
from franchise.site.models import Cart


class CartChanged(Conflict):
    type = "cart-changed"


@dataclass(frozen=True, slots=True)
class Wish:
    """`organization_id` None: a new one of this name. `fingerprint`: the offer that was seen."""

    organization_id: int | None
    name: str
    slug: str
    code: Secret | None
    use_credit: bool
    fingerprint: str
    key: uuid.UUID


def payers(user: User) -> list[Organization]:
    """Where this person may look after the money."""
    return [
        each.organization
        for each in members.of_person(user=user)
        if may(each.role, MemberRole.BILLING) and each.organization.is_open
    ]


def how_paid(
    *, total: Money, organization_id: int | None, voucher: Money | None, use_credit: bool
) -> Split:
    """What credit would pay and what the card; `voucher` is what a code would add to the credit."""
    there = Money(0, total.currency)
    if organization_id is not None and use_credit:
        there = ledger.available(organization_id=organization_id, currency=total.currency)
    if voucher is not None and use_credit and voucher.currency == total.currency:
        there += voucher
    return split(total=total, credit=there)


def buy(*, request: HttpRequest, user: User, wish: Wish) -> Order:
    """Place the order of this person's cart. The same `key` gives the same order again.

    Raises CartChanged, PriceChanged, NotSold, Invalid for what does not fit, and what redeeming,
    making the Organization and placing the order raise.
    """
    with transaction.atomic():
        cart = _cart(request, user, wish.key)
        if cart.order is not None:
            return cart.order
        cart.plan = reckoning.plan_of(cart)
        _must_be_buyable(cart)
        organization_id = _organization(request, user, wish)
        order = orders.place(
            organization_id=organization_id, user=user, cart=reckoning.wish_of(cart),
            expected_fingerprint=wish.fingerprint, idempotency_key=f"cart:{wish.key}",
            use_credit=wish.use_credit, request=request,
        )  # fmt: skip
        cart.order = order
        cart.save()
    return order


def reopen(*, request: HttpRequest, user: User, order: Order) -> None:
    """An order that nobody paid is cancelled, and what was in it can be chosen from again."""
    with transaction.atomic():
        orders.cancel(order_id=order.pk, actor=str(user), request=request)
        old = Cart.objects.select_for_update().filter(order=order, user=user).first()
        if old is None or Cart.objects.filter(user=user, order__isnull=True).exists():
            return
        old.order, old.key = None, uuid.uuid4()
        old.save()


def order_of(*, organization_id: int, number: str) -> Order:
    """Raises NotFound, also for one of another Organization."""
    rows = Order.objects.select_related("organization", "invoice")
    found = rows.filter(organization_id=organization_id, number=number).first()
    if found is None:
        raise NotFound(_("There is no such order."))
    return found


def _cart(request: HttpRequest, user: User, key: uuid.UUID) -> Cart:
    """The one this form was made for, locked; perhaps ordered by an earlier click."""
    carts.of(request)  # what was chosen before the log-in is this person's from now on
    found = Cart.objects.select_for_update(of=("self",)).filter(user=user, key=key).first()
    if found is None:
        raise CartChanged(
            _("Your choice has changed in another window. Look at it again. Nothing was ordered.")
        )
    return found


def _must_be_buyable(cart: Cart) -> None:
    found = reckoning.reckon(cart)
    if found.problem is not None:
        raise found.problem
    if not found.fits:
        raise Invalid(
            _("The Apps need more than this Plan gives. Choose a larger one. Nothing was ordered."),
            field="plan",
        )


def _organization(request: HttpRequest, user: User, wish: Wish) -> int:
    if wish.organization_id is not None and wish.organization_id not in {
        each.pk for each in payers(user)
    }:
        raise NotFound(_("There is no such Organization among yours. Nothing was ordered."))
    if wish.code is not None:
        return _redeemed(request, user, wish, wish.code).organization.pk
    if wish.organization_id is not None:
        return wish.organization_id
    made = organizations.create(name=wish.name, slug=wish.slug, owner_email=user.email, user=user)
    record(
        actor=str(user), act="organization.create", object=organizations.subject(made),
        after={"name": made.name, "slug": made.slug}, request=request,
    )  # fmt: skip
    return made.pk


def _redeemed(request: HttpRequest, user: User, wish: Wish, code: Secret) -> redeem.Redeemed:
    key = f"cart:{wish.key}"
    if wish.organization_id is not None:
        return redeem.redeem_for(
            code=code, user=user, organization_id=wish.organization_id, idempotency_key=key,
            request=request,
        )  # fmt: skip
    return redeem.redeem(
        code=code, email=user.email, organization_name=wish.name, organization_slug=wish.slug,
        user=user, idempotency_key=key, request=request,
    )  # fmt: skip
