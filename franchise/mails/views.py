"""Which mails were written, for the staff; and the page behind “No more offers” in a mail.

Whoever holds a mail may answer for its address.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalyst.identity.permissions import names, requires
from franchise.mails import listing, stopping
from franchise.mails.forms import FindForm
from franchise.paging import before, pager

EMPTY = listing.Found([], None)


@require_safe
@requires("franchise.see")
@never_cache
def mails(request: HttpRequest) -> HttpResponse:
    """Newest first, found by key; what is in a mail is not shown, it is its reader's."""
    form = FindForm(request.GET)
    found = listing.page(**form.wanted(), before=before(request)) if form.is_valid() else EMPTY
    context = {
        "form": form,
        "rows": found.rows,
        "pager": pager(request, found.next_before),
        "sought": any(request.GET.values()),
        "waiting": listing.waiting(),
    }
    status = 200 if form.is_valid() else 422
    return render(request, "franchise/mails/list.html", context, status=status)


@csrf_exempt  # the mail provider's one click has no cookie of ours; the signed address is the proof
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@names("anyone")
def stop_offers(request: HttpRequest, signed: str) -> HttpResponse:
    """GET asks (programs follow links in mails), POST stops: by a person or by their provider."""
    mail = stopping.mail_of(signed)
    if request.method == "POST":
        stopping.stop(mail=mail, request=request)
        return redirect("mail-stop", signed)
    context = {"signed": signed, "stopped": stopping.is_stopped(mail.to)}
    return render(request, "franchise/mails/stop.html", context)


@never_cache
@require_POST
@names("anyone")
def offers_again(request: HttpRequest, signed: str) -> HttpResponse:
    """Take it back."""
    stopping.go_on(mail=stopping.mail_of(signed), request=request)
    return redirect("mail-stop", signed)
