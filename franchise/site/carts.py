"""Whose cart it is: the session's, from the log-in on the person's. Nothing chosen is lost there.

Looking makes no row: a visitor has a cart from the first choice on.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.http import HttpRequest

from catalyst.identity.models import User
from franchise.site.models import Cart

KEY = "cart"
KEPT = timedelta(days=30)


def of(request: HttpRequest) -> Cart:
    """The cart to look at; one that is not in the database if nothing was chosen yet."""
    user = _person(request)
    visited = getattr(request, "visit", None) is not None  # staff look, their own cart stays theirs
    open_ = Cart.objects.filter(order__isnull=True)
    theirs = open_.filter(user=user).first() if user else None
    mine = None if visited else _of_session(request)
    if user and mine:
        theirs = _take_over(user, mine)
    return theirs or mine or Cart(user=user)


def locked(request: HttpRequest) -> Cart:
    """The cart to change, made if there is none, its row locked: two tabs queue up here."""
    cart = of(request)
    if cart._state.adding:
        cart = _made(_person(request))
    if cart.user_id is None:
        request.session[KEY] = cart.pk
    return Cart.objects.select_for_update().get(pk=cart.pk)


def forget_old() -> int:
    """Carts that nobody has touched for long and that became no order."""
    old = Cart.objects.filter(order__isnull=True, changed_at__lt=Now() - KEPT)
    return old.delete()[0]


def _person(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _made(user: User | None) -> Cart:
    try:
        with transaction.atomic():
            return Cart.objects.create(user=user)
    except IntegrityError:  # another tab was quicker
        return Cart.objects.get(user=user, order__isnull=True)


def _of_session(request: HttpRequest) -> Cart | None:
    """Nobody's yet: what was chosen before the log-in."""
    if KEY not in request.session:
        return None
    return Cart.objects.filter(
        pk=request.session[KEY], user__isnull=True, order__isnull=True
    ).first()


@transaction.atomic
def _take_over(user: User, mine: Cart) -> Cart | None:
    """What was chosen just now counts; Apps and add-ons of an earlier time stay beside them."""
    User.objects.select_for_update().get(pk=user.pk)  # two tabs, one after the other
    open_ = Cart.objects.select_for_update().filter(order__isnull=True)
    before = open_.filter(user=user).first()
    now = open_.filter(pk=mine.pk, user__isnull=True).first()
    if now is None:
        return before
    if before is not None:
        _add(now, before)
        before.delete()
    now.user = user
    now.save()
    return now


def _add(now: Cart, before: Cart) -> None:
    if not now.plan:
        now.plan, now.units = before.plan, before.units
    if not now.name:
        now.name, now.slug = before.name, before.slug
    now.bundle = now.bundle or before.bundle
    now.apps = list(dict.fromkeys([*now.apps, *before.apps]))
    now.addons = list(dict.fromkeys([*now.addons, *before.addons]))
