"""The page behind “No more offers” in a mail. Whoever holds the mail may answer for its address."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from catalyst.identity.permissions import names
from franchise.mails import stopping


@csrf_exempt  # the mail provider's one click has no cookie of ours; the signed address is the proof
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@names("anyone")
def stop(request: HttpRequest, signed: str) -> HttpResponse:
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
def go_on(request: HttpRequest, signed: str) -> HttpResponse:
    """Take it back."""
    stopping.go_on(mail=stopping.mail_of(signed), request=request)
    return redirect("mail-stop", signed)
