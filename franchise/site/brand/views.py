"""The page of the franchise's face, and what pages of everybody load of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from catalyst.identity.permissions import names, requires
from catalyst.problem import Invalid
from franchise.site.brand import services
from franchise.site.brand.forms import BOTH, ONLY, BrandForm

LONG = "public, max-age=31536000, immutable"  # its address says which one it is


@require_http_methods(["GET", "HEAD", "POST"])
@requires("brand.manage")
def brand(request: HttpRequest) -> HttpResponse:
    """As it is; POST changes it."""
    if request.method == "POST":
        form = BrandForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                services.change(actor=str(request.user), **form.values(), request=request)
            except Invalid as problem:
                form.add_error(problem.extra["field"], problem.detail)
            else:
                messages.success(request, _("It is kept. Pages and mails look so from now on."))
                return redirect("backoffice-brand")
        return _page(request, form)
    face = services.current()
    row = face.row
    return _page(request, BrandForm(initial={
        "name": row.name, "sender": row.sender, "accent": row.accent, "first": face.languages[0],
        "offered": BOTH if len(face.languages) > 1 else ONLY,
    }))  # fmt: skip


def _page(request: HttpRequest, form: BrandForm) -> HttpResponse:
    context = {"form": form, "face": services.current()}
    status = 422 if form.errors else 200
    return render(request, "franchise/site/brand.html", context, status=status)


@require_safe
@names("anyone")
def logo(request: HttpRequest) -> HttpResponse:
    """The picture; 404 while there is none."""
    found = services.logo()
    if found is None:
        raise Http404
    return HttpResponse(found, content_type="image/png", headers={"Cache-Control": LONG})


@require_safe
@names("anyone")
def css(request: HttpRequest) -> HttpResponse:
    """The accent, as a style sheet of ours: the policy takes no inline styles."""
    headers = {"Cache-Control": LONG}
    return HttpResponse(services.css(), content_type="text/css; charset=utf-8", headers=headers)
