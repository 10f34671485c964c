"""The face in every template, and the languages it offers; asked for once a page."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation.trans_real import parse_accept_lang_header

from catalyst.identity.models import User
from catalyst.language.choice import SILENT
from catalyst.web.middleware import Detour
from franchise.site.brand.services import Face, current


def of(request: HttpRequest) -> Face:
    found = getattr(request, "face", None)
    if found is None:
        found = request.face = current()  # type: ignore[attr-defined]
    return found


def brand(request: HttpRequest) -> dict[str, Any]:
    """`brand` for templates."""
    return {"brand": SimpleLazyObject(lambda: of(request))}


class FirstLanguage(Detour):
    """Where the franchise said which languages it offers: who never chose reads one of them."""

    def detour(self, request: HttpRequest) -> HttpResponseBase | None:
        if request.path.startswith((*SILENT, "/brand/")):
            return None
        if settings.LANGUAGE_COOKIE_NAME in request.COOKIES:
            return None
        if isinstance(request.user, User) and request.user.language:
            return None
        face = of(request)
        if face.says_languages:
            code = _best(request, face.languages)
            translation.activate(code)
            request.LANGUAGE_CODE = code
        return None


def _best(request: HttpRequest, offered: list[str]) -> str:
    asked = parse_accept_lang_header(request.headers.get("Accept-Language", "").lower())
    for told, _weight in asked:
        code = told.partition("-")[0]
        if code in offered:
            return code
    return offered[0]
