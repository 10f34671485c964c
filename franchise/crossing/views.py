"""Signed vouchers in the back office; and what other Sovereigns ask of this one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from catalyst.identity import step_up
from catalyst.identity.permissions import names, requires
from catalyst.problem import Forbidden, Invalid, NotFound, Problem
from catalyst.web import csv_file
from franchise.crossing import keys, listing, lists, services
from franchise.crossing.documents import NotTrue
from franchise.crossing.forms import CampaignForm, RevokeForm, SignForm, TrustForm
from franchise.crossing.models import SignedCampaign, SignedVoucher
from franchise.ledger import services as ledger
from franchise.paging import before, pager
from franchise.vouchers.codes import grouped
from franchise.vouchers.printing import link, qr_svg

SHOW_ONCE = "signed-voucher-to-show"
HEADER = ("serial", "code", "link", "campaign", "credit", "last_day")
LONGEST_DOCUMENT = 1 << 20


@never_cache
@require_safe
@requires("voucher.manage")
def signed(request: HttpRequest) -> HttpResponse:
    """Our key, whom we trust, what we sign, and who owes what."""
    return _overview(request)


def _overview(request: HttpRequest, **forms: Any) -> HttpResponse:
    context = {
        "our_name": keys.our_name(),
        "keys": keys.published(),
        "peers": listing.peers(),
        "campaigns": listing.campaigns(),
        "between": ledger.between(),
        "refused": listing.refused(),
        "refused_by_them": listing.refused_by_them(),
        "trust": TrustForm(initial=step_up.typed(request)),
        "new": CampaignForm(auto_id="id_new_%s"),
        **forms,
    }
    status = 422 if any(form.errors for form in forms.values()) else 200
    return render(request, "franchise/crossing/overview.html", context, status=status)


@require_POST
@requires("voucher.manage")
@step_up.recently_proved
def trust(request: HttpRequest) -> HttpResponse:
    """Take what a peer signs; another key of one that is known."""
    form = TrustForm(request.POST)
    if form.is_valid():
        try:
            services.trust(**form.cleaned_data, actor=str(request.user), request=request)
        except Problem as problem:
            form.add_error(problem.extra.get("field"), problem.detail)
        else:
            messages.success(request, _("Its vouchers are taken here as soon as its list is here."))
            return redirect("signed")
    return _overview(request, trust=form)


@require_POST
@requires("voucher.manage")
@step_up.recently_proved
def turn(request: HttpRequest, peer_id: int) -> HttpResponse:
    """Stop taking a peer's vouchers, or go on."""
    takes = request.POST.get("takes") == "yes"
    services.turn(peer_id=peer_id, takes=takes, actor=str(request.user), request=request)
    messages.success(request, _("This is changed. What was given stays, and stays owed."))
    return redirect("signed")


@require_POST
@requires("voucher.manage")
@step_up.recently_proved
def withdraw(request: HttpRequest, peer_key_id: int) -> HttpResponse:
    """A peer's key is not trusted any more."""
    services.withdraw(key_id=peer_key_id, actor=str(request.user), request=request)
    messages.success(request, _("Nothing that this key signed counts any more."))
    return redirect("signed")


@require_POST
@requires("voucher.manage")
@step_up.recently_proved
def rotate(request: HttpRequest) -> HttpResponse:
    """Another key signs from now on."""
    services.rotate(actor=str(request.user), request=request)
    messages.success(request, _("A new key signs now. Give it to those who take your vouchers."))
    return redirect("signed")


@require_POST
@requires("voucher.manage")
@step_up.recently_proved
def new(request: HttpRequest) -> HttpResponse:
    """A campaign for one audience."""
    form = CampaignForm(request.POST, auto_id="id_new_%s")
    if form.is_valid():
        data = form.cleaned_data
        terms = services.Terms(
            name=data["name"], audience_id=data["audience"].pk, credit=data["credit"],
            ends_at=data["ends_at"], cap=data["cap"], uses=data["uses"],
        )  # fmt: skip
        try:
            made = services.create(terms=terms, actor=str(request.user), request=request)
        except Invalid as problem:
            form.add_error(problem.extra["field"], problem.detail)
        else:
            return redirect("signed-campaign", made.pk)
    return _overview(request, new=form)


@never_cache
@require_safe
@requires("voucher.manage")
def campaign(request: HttpRequest, signed_campaign_id: int) -> HttpResponse:
    """Its codes by number; one of them as it is read, once, when that was asked for."""
    return _campaign(request, signed_campaign_id)


def _campaign(request: HttpRequest, signed_campaign_id: int, **forms: Any) -> HttpResponse:
    of = listing.campaign(campaign_id=signed_campaign_id)
    found = listing.vouchers(campaign_id=signed_campaign_id, before=before(request))
    context = {
        "campaign": of,
        "rows": found.rows,
        "pager": pager(request, found.next_before),
        "sign": SignForm(),
        "revoke": RevokeForm(auto_id="id_revoke_%s"),
        **_shown(request, of),
        **forms,
    }
    status = 422 if any(form.errors for form in forms.values()) else 200
    return render(request, "franchise/crossing/campaign.html", context, status=status)


def _shown(request: HttpRequest, of: SignedCampaign) -> dict[str, Any]:
    if request.method != "GET" or not (voucher_id := request.session.pop(SHOW_ONCE, None)):
        return {}
    rows = SignedVoucher.objects.select_related("campaign__audience", "key")
    for voucher, code in services.written(list(rows.filter(pk=voucher_id, campaign=of))):
        url = _redeem_url(of)
        return {
            "shown": voucher,
            "code": grouped(code),
            "customer_url": link(url, code),
            "qr": mark_safe(qr_svg(url, code)),
        }
    return {}


@require_POST
@requires("voucher.manage")
@step_up.recently_proved
def sign(request: HttpRequest, signed_campaign_id: int) -> HttpResponse:
    """Codes more, within the cap."""
    form = SignForm(request.POST)
    if form.is_valid():
        try:
            services.sign(
                campaign_id=signed_campaign_id, count=form.cleaned_data["count"],
                actor=str(request.user), request=request,
            )  # fmt: skip
        except Invalid as problem:
            form.add_error(problem.extra["field"], problem.detail)
        else:
            return redirect("signed-campaign", signed_campaign_id)
    return _campaign(request, signed_campaign_id, sign=form)


@require_POST
@requires("voucher.manage")
@step_up.recently_proved
def show(request: HttpRequest, signed_campaign_id: int, signed_voucher_id: int) -> HttpResponse:
    """One code on the next page, with its QR code; that it was shown is in the audit."""
    actor = str(request.user)
    if not services.shown(voucher_ids=[signed_voucher_id], actor=actor, request=request):
        raise NotFound(_("There is no such voucher."))
    request.session[SHOW_ONCE] = signed_voucher_id
    return redirect("signed-campaign", signed_campaign_id)


@require_POST
@requires("voucher.manage")
@step_up.recently_proved
def table(request: HttpRequest, signed_campaign_id: int) -> HttpResponseBase:
    """All its codes that were not taken back, with their links, as a file."""
    of = listing.campaign(campaign_id=signed_campaign_id)
    ids = list(of.vouchers.filter(revoked_at=None).values_list("pk", flat=True))
    shown = services.shown(voucher_ids=ids, actor=str(request.user), request=request)
    last_day, url = of.ends_at.date(), _redeem_url(of)
    rows = (
        [voucher.serial, grouped(code), link(url, code), of.name, of.credit, last_day]
        for voucher, code in shown
    )
    return csv_file.answer(f"signed-vouchers-{of.pk}.csv", HEADER, rows)


@require_POST
@requires("voucher.manage")
@step_up.recently_proved
def revoke(request: HttpRequest, signed_campaign_id: int) -> HttpResponse:
    """Take one code back."""
    form = RevokeForm(request.POST, auto_id="id_revoke_%s")
    if form.is_valid():
        data = form.cleaned_data
        rows = SignedVoucher.objects.filter(campaign=signed_campaign_id)
        if (voucher := rows.filter(serial=data["serial"].lower()).first()) is None:
            form.add_error("serial", _("No voucher of this campaign has this number."))
        else:
            try:
                services.revoke(
                    voucher_id=voucher.pk, because=data["because"], actor=str(request.user),
                    request=request,
                )  # fmt: skip
            except Invalid as problem:
                form.add_error(problem.extra["field"], problem.detail)
            else:
                messages.success(request, _("The voucher is on the list of those taken back."))
                return redirect("signed-campaign", signed_campaign_id)
    return _campaign(request, signed_campaign_id, revoke=form)


def _redeem_url(of: SignedCampaign) -> str:
    return f"https://{of.audience.fqdn}/redeem"


@require_safe
@names("anyone")
def our_keys(request: HttpRequest) -> HttpResponse:
    """Public keys of ours, for whoever is to trust them."""
    found = [
        {"name": each.name, "public": each.public, "signs": each.retired_at is None}
        for each in keys.published()
    ]
    return JsonResponse({"issuer": keys.our_name(), "keys": found})


@require_safe
@names("anyone")
def our_list(request: HttpRequest) -> HttpResponse:
    """What we took back, signed."""
    return HttpResponse(lists.published(), content_type="application/json")


@csrf_exempt  # no cookie of ours; the signature of the body is the proof
@require_POST
@names("webhook")
def settlement(request: HttpRequest) -> HttpResponse:
    """What an audience redeemed of ours."""
    if int(request.headers.get("Content-Length") or 0) > LONGEST_DOCUMENT:
        raise Invalid("The report is too long.")
    try:
        refused = services.take(document=request.body.decode(errors="replace"))
    except NotTrue as error:
        raise Forbidden("The report is not signed by a Sovereign that is known here.") from error
    return JsonResponse({"refused": refused})
