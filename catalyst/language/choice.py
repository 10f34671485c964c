"""Which language a person reads: the one they chose here, else the one they chose elsewhere and
that is kept with them, else what the browser asks for, else English."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from catalyst.identity.models import User
from catalyst.identity.permissions import names
from catalyst.web.middleware import Detour

SILENT = ("/static/", "/healthz", "/readyz", "/metrics", "/api/", "/v1/", "/acme/", "/oidc/")


@names("anyone")
@require_POST
def choose(request: HttpRequest) -> HttpResponseBase:
    """Keep `language` in a cookie, and with the person who is logged in; then back to `next`.

    Django's view judges both: a language that there is not changes nothing, and `next` is an
    address of ours or the start page.
    """
    chosen = request.POST.get("language", "")
    user = request.user
    if isinstance(user, User) and chosen in dict(settings.LANGUAGES) and user.language != chosen:
        user.language = chosen
        user.save(update_fields=["language"])
    answer: HttpResponse = set_language(request)
    return answer


class KeptLanguage(Detour):
    """In a browser without the cookie, the language that the person chose in another one."""

    def detour(self, request: HttpRequest) -> HttpResponseBase | None:
        if request.path.startswith(SILENT) or settings.LANGUAGE_COOKIE_NAME in request.COOKIES:
            return None
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        user = request.user
        if isinstance(user, User) and user.language in dict(settings.LANGUAGES):
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language
        return None
