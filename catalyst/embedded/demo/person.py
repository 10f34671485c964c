"""A person with a browser, as far as HTTP goes: cookies, forms with their hidden fields, redirects.

Verification is on: names come from the local internet through its proxy, trust from its bundle.
"""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from http.cookiejar import Cookie, CookieJar
from pathlib import Path
from typing import Any

import httpx

from catalyst.trust import context

ISSUER_LINK = re.compile(r'href="(/oidc/login/[^"]*)"')


class DemoFailed(Exception):
    """A step of the demo did not happen; the text says which and what was seen instead."""


class Forms(HTMLParser):
    """The forms of a page: action, and the value of every field that has one."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append({"action": given.get("action") or "", "fields": {}})
        elif tag in {"input", "select", "textarea"} and self.forms and given.get("name"):
            kind = given.get("type") or "text"
            if kind not in {"checkbox", "radio", "submit"} or "checked" in given:
                self.forms[-1]["fields"][given["name"]] = given.get("value") or ""


def form_with(page: httpx.Response, *names: str) -> dict[str, Any]:
    """The one form on `page` that has all the fields `names`. Raises DemoFailed."""
    parser = Forms()
    parser.feed(page.text)
    for form in parser.forms:
        if set(names) <= set(form["fields"]):
            return form
    raise DemoFailed(f"{page.url} ({page.status_code}) shows no form with {', '.join(names)}")


class _Jar(CookieJar):
    """Secure cookies go to this machine without TLS too, as browsers have it (W3C Secure Contexts
    §3.1). Not by a policy: httpx copies the cookies into a jar of its own for every request."""

    def set_cookie(self, cookie: Cookie) -> None:
        if cookie.domain == "127.0.0.1":
            cookie.secure = False
        super().set_cookie(cookie)


def cookies() -> CookieJar:
    """An empty jar that gives cookies out as a browser does."""
    return _Jar()


class Person:
    """One browser session at one site."""

    def __init__(self, site: str, *, proxy: str | None = None, ca_bundle: Path | None = None):
        self.http = httpx.Client(
            base_url=site,
            cookies=cookies(),
            proxy=proxy,
            verify=context(ca_bundle),
            trust_env=False,
            follow_redirects=True,
            timeout=30,
            headers={"Accept": "text/html"},
        )
        self.site = site

    @property
    def csrf_token(self) -> str:
        """What the site gave this browser against forged requests; empty before the first page."""
        return self.http.cookies.get("csrf") or ""

    def see(self, path: str) -> httpx.Response:
        """Open a page. Raises DemoFailed unless it is there."""
        page = self.http.get(path)
        if page.status_code != 200:
            raise DemoFailed(f"{page.url} answered {page.status_code}")
        return page

    def submit(
        self, path: str, values: dict[str, str], *, on: httpx.Response | None = None
    ) -> httpx.Response:
        """Fill in the form with these fields at `path` and send it, hidden fields included."""
        page = on or self.see(path)
        form = form_with(page, *values)
        target = page.url.join(form["action"]) if form["action"] else page.url
        return self.http.post(
            target,
            data={**form["fields"], **values},
            headers={"Origin": self.site, "Referer": str(page.url)},
        )

    def log_in(self, email: str, password: str) -> httpx.Response:
        """Raises DemoFailed when the site refuses."""
        page = self.try_log_in(email, password)
        if page.url.path == "/login/" or not str(page.url).startswith(self.site):
            raise DemoFailed(f"{self.site} refused the log-in of {email}")
        return page

    def try_log_in(self, email: str, password: str) -> httpx.Response:
        """Whatever page follows the log-in form, here or at the issuer."""
        page = self.see("/login/")
        if there := ISSUER_LINK.search(page.text):
            page = self.see(unescape(there[1]))  # on to the issuer's form
        return self.submit("", {"username": email, "password": password}, on=page)
