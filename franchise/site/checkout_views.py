"""The checkout: who buys, for which Organization, what pays; then the order and its payment."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalyst.identity.models import User
from catalyst.identity.permissions import names, requires
from catalyst.limits.gate import too_many, with_headers
from catalyst.limits.services import hit
from catalyst.problem import Problem
from catalyst.vault.secret import Secret
from franchise.billing import payments
from franchise.billing.orders import checkout as paying
from franchise.billing.orders.models import State
from franchise.billing.orders.problems import PriceChanged
from franchise.organizations.members.roles import MemberRole
from franchise.organizations.views import shell, theirs
from franchise.redeem import pending, tries
from franchise.site import buying, carts, installing, reckoning, shelf
from franchise.site.forms import NEW, CheckoutForm
from franchise.site.models import Cart
from franchise.site.reckoning import Sum
from franchise.site.steps import steps
from franchise.vouchers.services import preview

ROOM = "franchise/site"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@names("anyone")
def checkout(request: HttpRequest) -> HttpResponse:
    """GET shows what would be bought; POST buys it, or with `act=look` works it out again."""
    if not isinstance(request.user, User):
        return _page(request, carts.of(request), None)
    if request.method == "POST" and request.POST.get("act") != "look":
        return _buy(request, request.user)
    if request.method == "POST":
        return _look(request, request.user)
    with transaction.atomic():
        cart = carts.locked(request)
    code = pending.kept(request)
    mine = buying.payers(request.user)
    named = cart.name or not mine
    initial = {
        "organization": NEW if named else str(mine[0].pk),
        "organization_name": cart.name, "organization_slug": cart.slug, "use_credit": True,
        "code": code.reveal() if code else "", "key": cart.key,
    }  # fmt: skip
    return _page(request, cart, CheckoutForm(organizations=mine, initial=initial), code=code)


def _look(request: HttpRequest, user: User) -> HttpResponse:
    """What was typed, with what it comes to now. Nothing is bought; a code is kept aside."""
    verdict = tries.of_preview(request)
    form = CheckoutForm(request.POST, organizations=buying.payers(user))
    shown = CheckoutForm(organizations=buying.payers(user), initial=_typed(form))
    typed = Secret(request.POST.get("code", "").strip())
    with transaction.atomic():
        cart = carts.locked(request)
        pending.forget(request)
        if verdict.allowed and preview(code=typed).problem is None:
            pending.keep(request, typed)
    if not verdict.allowed:
        problem = too_many(verdict, _("Nothing was ordered."))
        return with_headers(_page(request, cart, shown, problem=problem), verdict)
    return with_headers(_page(request, cart, shown, code=typed), verdict)


def _buy(request: HttpRequest, user: User) -> HttpResponse:
    form = CheckoutForm(request.POST, organizations=buying.payers(user))
    code = Secret(request.POST.get("code", "").strip())
    cart = carts.of(request)
    if not form.is_valid():
        return _page(request, cart, form, code=code, status=422)
    try:
        if code.reveal():
            _count(request, user, code)
        data = form.cleaned_data
        order = buying.buy(
            request=request,
            user=user,
            wish=buying.Wish(
                organization_id=data["organization_id"],
                name=data["organization_name"],
                slug=data["organization_slug"],
                code=code if code.reveal() else None,
                use_credit=data["use_credit"],
                fingerprint=data["fingerprint"],
                key=data["key"],
            ),
        )
    except PriceChanged as problem:
        return _page(request, cart, form, code=code, problem=problem, status=problem.status)
    except Problem as problem:
        field = problem.extra.get("field")
        words = problem.detail or f"{problem.title}. {_('Nothing was ordered.')}"
        form.add_error(field if field in form.fields else None, words)
        suggestions = problem.extra.get("suggestions", ())
        return _page(request, cart, form, code=code, status=problem.status, suggestions=suggestions)
    pending.forget(request)
    return redirect("organization-checkout", order.organization.slug, order.number)


def _count(request: HttpRequest, user: User, code: Secret) -> None:
    """Raises TooMany; a person's own limit counts good codes only."""
    verdict = tries.of_redeem(request)
    if verdict.allowed and preview(code=code).problem is None:
        verdict = hit(action="redeem-account", key=user.email.lower())
    if not verdict.allowed:
        raise too_many(verdict, _("Nothing was ordered."))


def _typed(form: CheckoutForm) -> dict[str, Any]:
    return {name: form[name].value() for name in form.fields}


def _page(
    request: HttpRequest, cart: Cart, form: CheckoutForm | None, *, code: Secret | None = None,
    problem: Problem | None = None, status: int = 0, **context: Any,
) -> HttpResponse:  # fmt: skip
    found = reckoning.reckon(cart)
    seen = preview(code=code) if code is not None and code.reveal() and problem is None else None
    told = {
        "cart": cart, "sum": found, "form": form, "steps": steps("checkout"), "page": "checkout",
        "problem": problem, "voucher": seen, "cards_taken": payments.is_configured(),
        "due": _due(found, form, seen.credit if seen else None), "empty": cart.is_empty,
        "chosen": [c for c in shelf.all_cards(cart, currency=reckoning.currency()) if c.chosen],
        "login_url": f"{reverse('login')}?next={reverse('site-checkout')}", **context,
    }  # fmt: skip
    return render(request, f"{ROOM}/checkout.html", told, status=status or 200)


def _due(found: Sum, form: CheckoutForm | None, voucher: Any) -> Any:
    if found.total is None or form is None:
        return None
    return buying.how_paid(
        total=found.total, organization_id=form.chosen_id(), voucher=voucher,
        use_credit=bool(form["use_credit"].value()),
    )  # fmt: skip


@require_safe
@never_cache
@requires("signed-in")
def order(request: HttpRequest, organization: str, order_number: str) -> HttpResponse:
    """One order: where to pay it, and what follows when it is paid."""
    membership = theirs(request, organization, MemberRole.BILLING)
    found = buying.order_of(organization_id=membership.organization_id, number=order_number)
    here = reverse("organization-checkout", args=[organization, order_number])
    away = None
    if found.state == State.AWAITING_PAYMENT and not found.checkout_url:
        url = f"{request.scheme}://{request.get_host()}{here}"
        try:
            found = paying.checkout(order_id=found.pk, success_url=url, cancel_url=url)
        except Problem as problem:
            away = problem
    context = {
        **shell(membership, "billing"), "order": found, "problem": away,
        "awaits": found.state == State.AWAITING_PAYMENT, "is_paid": found.paid_at is not None,
        "bought": installing.of_order(found),
    }  # fmt: skip
    return render(request, f"{ROOM}/order.html", context)


@require_POST
@requires("signed-in")
def change(request: HttpRequest, organization: str, order_number: str) -> HttpResponse:
    """Not paid, and not wanted so: what was chosen can be changed."""
    membership = theirs(request, organization, MemberRole.BILLING)
    found = buying.order_of(organization_id=membership.organization_id, number=order_number)
    assert isinstance(request.user, User)
    buying.reopen(request=request, user=request.user, order=found)
    messages.success(request, _("The order is cancelled. Change your choice and order again."))
    return redirect("site-review")
