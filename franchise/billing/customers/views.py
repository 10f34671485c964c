"""One Organization's billing: credit, subscriptions, orders, invoices.

`member()` is the door: a stranger finds nothing, and a number of another Organization is none.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalyst.identity.permissions import requires
from catalyst.problem import NotFound
from franchise.billing.invoices import services as invoices
from franchise.billing.invoices.views import as_file
from franchise.billing.orders import services as orders
from franchise.billing.orders.models import Order
from franchise.billing.subscriptions import renewing
from franchise.billing.subscriptions import services as subscriptions
from franchise.ledger import services as ledger
from franchise.organizations.members.models import Membership
from franchise.organizations.members.roles import MemberRole, may
from franchise.organizations.views import shell, theirs

MOST_ORDERS = 20


@require_safe
@requires("signed-in")
def billing(request: HttpRequest, organization: str) -> HttpResponse:
    """What there is, what goes on, what was paid."""
    membership = _payer(request, organization)
    pk = membership.organization_id
    recent = Order.objects.filter(organization_id=pk).order_by("-id")[:MOST_ORDERS]
    context = {
        **shell(membership, "billing"),
        "credit": ledger.balances(organization_ids=[pk]).get(pk, []),
        "subscriptions": subscriptions.of_organization(organization_id=pk),
        "orders": recent,
        "papers": invoices.of_organization(organization_id=pk),
        "may_pay": may(membership.role, MemberRole.BILLING),
    }
    return render(request, "franchise/billing/customer/page.html", context)


@require_safe
@requires("signed-in")
def file(request: HttpRequest, organization: str, document_number: str) -> HttpResponse:
    """An invoice or a credit note of this Organization."""
    pk = _payer(request, organization).organization_id
    return as_file(request, invoices.document(number=document_number, organization_id=pk))


@require_POST
@requires("signed-in")
def end(request: HttpRequest, organization: str, subscription_id: int) -> HttpResponse:
    """Let it end with what is paid for; `keep` takes that back."""
    membership = _payer(request, organization)
    ends = request.POST.get("keep") is None
    subscriptions.end_with_period(
        subscription_id=subscription_id, organization_id=membership.organization_id, ends=ends,
        actor=str(request.user), request=request,
    )  # fmt: skip
    told = _("It ends when what is paid for is used up.") if ends else _("It goes on as before.")
    messages.success(request, told)
    return redirect("organization-billing", organization)


@require_POST
@requires("signed-in")
def pay(request: HttpRequest, organization: str, subscription_id: int) -> HttpResponse:
    """Try a missed payment at once, with the credit there is now or the kept card."""
    membership = _payer(request, organization)
    tried = renewing.pay_now(
        subscription_id=subscription_id, organization_id=membership.organization_id,
        actor=str(request.user),
    )  # fmt: skip
    if tried:
        messages.success(request, _("The payment is tried now. This page shows how it went."))
    else:
        messages.warning(
            request, _("Nothing is due, or there is not enough credit and no card to pay with.")
        )
    return redirect("organization-billing", organization)


@require_POST
@requires("signed-in")
def cancel(request: HttpRequest, organization: str, order_number: str) -> HttpResponse:
    """An order that nobody has paid."""
    pk = _payer(request, organization).organization_id
    mine = Order.objects.filter(organization_id=pk, number=order_number)
    order_id = mine.values_list("pk", flat=True).first()
    if order_id is None:
        raise NotFound(_("There is no such order."))
    orders.cancel(order_id=order_id, actor=str(request.user), request=request)
    messages.success(request, _("The order is cancelled. Its credit can be spent again."))
    return redirect("organization-billing", organization)


def _payer(request: HttpRequest, organization: str) -> Membership:
    """Owners, admins and billing. Also while it is suspended: that is when they must pay."""
    return theirs(request, organization, MemberRole.BILLING)
