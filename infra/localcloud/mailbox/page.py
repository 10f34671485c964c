"""The page to read the mails on: a list, one mail, its HTML in a sandbox. Reading is all it can.

A mail is written by somebody else: its HTML is shown in a frame that may run nothing and load
nothing; whatever stands in a name or a subject is text.
"""

import re
from html import escape
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from infra.localcloud.mailbox.letters import Head, Letters

_LINK = re.compile(r"https?://[^\s<>\"]+")
_SHELL = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_SANDBOX = {
    **_SHELL,
    "Content-Security-Policy": "sandbox allow-popups allow-popups-to-escape-sandbox; "
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'",
}
_STYLE = """
:root{color-scheme:light dark;font:14px/1.5 system-ui,sans-serif}
body{max-width:880px;margin:0 auto;padding:24px 16px}
h1{font-size:20px;overflow-wrap:anywhere}
table{width:100%;border-collapse:collapse}
th,td{text-align:start;padding:8px;border-bottom:1px solid #8884;overflow-wrap:anywhere}
td:last-child{white-space:nowrap;font-variant-numeric:tabular-nums}
pre{white-space:pre-wrap;overflow-wrap:anywhere}
pre{padding:16px;border:1px solid #8884;border-radius:8px}
iframe{width:100%;height:640px;border:1px solid #8884;border-radius:8px;background:#fff}
form{display:flex;gap:8px;flex-wrap:wrap;align-items:end;margin-bottom:16px}
label{display:grid;gap:4px;flex:1}
input,button{font:inherit;padding:8px 12px;min-height:40px}
"""


def build(letters: Letters) -> Starlette:
    """The application. Only for who asks this very machine: another name may be another's trick."""
    page = _Page(letters)
    return Starlette(
        routes=[
            Route("/", page.listed),
            Route("/healthz", page.healthz),
            Route("/mails/{key}", page.one),
            Route("/mails/{key}/html", page.html),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
    )


class _Page:
    def __init__(self, letters: Letters) -> None:
        self._letters = letters

    async def healthz(self, _: Request) -> Response:
        return Response("ok\n", media_type="text/plain")

    async def listed(self, request: Request) -> Response:
        to = request.query_params.get("to", "")[:254]
        rows = "".join(map(_row, self._letters.newest(to=to)))
        none = f"No mail to “{escape(to)}”." if to else "No mail yet. What is sent lands here."
        table = (
            "<table><thead><tr><th scope=col>To<th scope=col>Subject<th scope=col>Came (UTC)"
            f"</thead><tbody>{rows}</tbody></table>"
        )
        return _shell(
            "Mails",
            "<p>Every mail this laptop sends ends here. None leaves it.</p>"
            "<form role=search><label for=to>Recipient"
            f"<input id=to name=to type=search value='{escape(to)}'></label>"
            f"<button>Find</button></form>{table if rows else f'<p>{none}</p>'}",
        )

    async def one(self, request: Request) -> Response:
        letter = self._letters.letter(request.path_params["key"])
        if letter is None:
            return _shell("No such mail", "<p><a href='/'>All mails</a></p>", status=404)
        where = f"/mails/{quote(letter.head.key)}/html"
        frame = (
            f"<h2>HTML</h2><iframe title='The mail as HTML' src='{where}' "
            "sandbox='allow-popups allow-popups-to-escape-sandbox'></iframe>"
        )
        heads = "".join(
            f"<tr><th scope=row>{escape(name)}<td>{escape(value)}" for name, value in letter.headers
        )
        return _shell(
            letter.head.subject or "(no subject)",
            f"<p><a href='/'>All mails</a></p><p>To <bdi>{escape(letter.head.to)}</bdi></p>"
            f"<h2>Text</h2><pre dir=auto>{_linked(letter.text)}</pre>"
            f"{frame if letter.html else ''}"
            f"<details><summary>Headers</summary><table>{heads}</table></details>",
        )

    async def html(self, request: Request) -> Response:
        letter = self._letters.letter(request.path_params["key"])
        if letter is None or not letter.html:
            return Response("no such mail\n", 404, media_type="text/plain")
        # Links open outside the frame, where the console can be used.
        shown = letter.html.replace("<head>", '<head><base target="_blank">', 1)
        return HTMLResponse(shown, headers=_SANDBOX)


def _row(head: Head) -> str:
    return (
        f"<tr><td><bdi>{escape(head.to)}</bdi>"
        f"<td><a href='/mails/{quote(head.key)}'><bdi>{escape(head.subject) or '–'}</bdi></a>"
        f"<td>{head.came_at:%Y-%m-%d %H:%M:%S}"
    )


def _linked(text: str) -> str:
    """Addresses can be followed; everything else is text."""
    parts, end = [], 0
    for found in _LINK.finditer(text):
        url = escape(found[0])
        parts += [escape(text[end : found.start()])]
        parts += [f'<a href="{url}" target="_blank" rel="noreferrer noopener">{url}</a>']
        end = found.end()
    return "".join([*parts, escape(text[end:])])


def _shell(title: str, content: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(
        "<!doctype html><html lang=en><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)} · Mails</title><style>{_STYLE}</style>"
        f"<h1><bdi>{escape(title)}</bdi></h1>{content}",
        status,
        headers=_SHELL,
    )
