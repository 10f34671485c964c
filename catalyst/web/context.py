"""What the page shell needs on every page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, get_language_info

from catalyst.identity.permissions import allowed
from catalyst.language import scripts
from catalyst.language.words import lazy

# Where there is no room for the name of a language.
SHORT = {"en": "EN", "ar": "ع"}
THEMES = ("catalyst", "catalyst-dark")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the navigation: shown to people who pass the predicate."""

    label: str
    url: str
    predicate: str
    icon: str


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as drawn; `current` is the value of `aria-current`, empty for other places."""

    label: str
    url: str
    icon: str
    current: str


NAVIGATION = {
    "zero": (
        Entry(lazy("Sovereigns"), "/sovereign/", "sovereign.provision", "server"),
        Entry(lazy("Own domains"), "/own-domains/", "domain.bring", "globe"),
        Entry(lazy("Operations"), "/sovereign/operations/", "operate", "monitor"),
        Entry(lazy("Domains"), "/domains/", "operate", "globe"),
        Entry(lazy("Approvals"), "/approvals/", "operate", "check"),
        Entry(lazy("Back office"), "/backoffice/", "franchise.see", "briefcase"),
        Entry(lazy("Vouchers"), "/vouchers/", "voucher.manage", "ticket"),
        Entry(lazy("Your Organizations"), "/organizations/mine/", "signed-in", "building-2"),
        Entry(lazy("Audit"), "/audit/", "audit.read", "shield-check"),
    ),
    "sovereign": (
        Entry(lazy("Back office"), "/backoffice/", "franchise.see", "briefcase"),
        Entry(lazy("Vouchers"), "/vouchers/", "voucher.manage", "ticket"),
        Entry(lazy("Your Organizations"), "/organizations/mine/", "signed-in", "building-2"),
        Entry(lazy("Audit"), "/audit/", "audit.read", "shield-check"),
    ),
}


def _current(path: str, url: str, here: str) -> str:
    if path == url:
        return "page"
    return "true" if url == here else ""


def shell(request: HttpRequest) -> dict[str, Any]:
    """`navigation` for this person, `role`, `sovereign_fqdn`, language, theme, the CSP nonce, and
    the `visit` this person is on."""
    user = getattr(request, "user", None)
    role = settings.CATALYST.role
    entries = [entry for entry in NAVIGATION[role] if allowed(user, entry.predicate)]
    # Of two entries that fit, the one that says more is where we are.
    here = max((e.url for e in entries if request.path.startswith(e.url)), key=len, default="")
    theme = request.COOKIES.get("theme", "")
    return {
        "navigation": [
            Link(entry.label, entry.url, entry.icon, _current(request.path, entry.url, here))
            for entry in entries
        ],
        "role": role,
        "sovereign_fqdn": settings.CATALYST.sovereign_fqdn,
        "visit": getattr(request, "visit", None),
        "theme": theme if theme in THEMES else "",
        **_tongues(request),
        "csp_nonce": getattr(request, "csp_nonce", ""),
    }


def _tongues(request: HttpRequest) -> dict[str, Any]:
    """`language` and `direction` of this page; `languages`: the other ones; `address`: where to
    come back to after choosing one, if it is a page that can be asked for again."""
    now = get_language() or "en"
    names = dict(settings.LANGUAGES)
    told = [get_language_info(code) for code, _ in settings.LANGUAGES]
    return {
        "language": now,
        "direction": "rtl" if get_language_info(now)["bidi"] else "ltr",
        "languages": [
            {
                "code": each["code"],
                "name": names[each["code"]],
                "short": SHORT[each["code"]],
                "direction": "rtl" if each["bidi"] else "ltr",
            }
            for each in told
            if each["code"] != now
        ],
        "script_words": scripts.translated(),
        "address": request.get_full_path() if request.method == "GET" else "",
    }
