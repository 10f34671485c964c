"""The payment page a customer is sent to. Plain HTML: a form, its refusals, the bank's page."""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from infra.localcloud.stripe import charging, checkout
from infra.localcloud.stripe.book import Account
from infra.localcloud.stripe.cards import BY_NUMBER, CARDS
from infra.localcloud.stripe.errors import StripeError
from infra.localcloud.stripe.resources.sessions import LATE
from infra.localcloud.stripe.world import Json, World

_DIGITS = {"bhd": 3, "jod": 3, "kwd": 3, "omr": 3, "tnd": 3}
_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f6f7f9;color:#1a1f26}
main{max-width:26rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.25rem}label{display:block;margin:.75rem 0 .25rem}
input{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;border:1px solid #8a929c}
button{font:inherit;padding:.6rem 1rem;margin:1rem .5rem 0 0;cursor:pointer}
.no{background:#fde8e6;padding:.5rem .75rem}.test{color:#56606b;font-size:.875rem}
@media(prefers-color-scheme:dark){body{background:#14181d;color:#e6e9ed}.no{background:#5a1f1a}}
"""


class Hosted:
    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        return [
            Route("/c/pay/{id}", self.show, methods=["GET"]),
            Route("/c/pay/{id}", self.pay, methods=["POST"]),
            Route("/3ds/{intent}", self.bank, methods=["GET"]),
            Route("/3ds/{intent}", self.proved, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        account, session = self._find("checkout.session", request.path_params["id"])
        if account is None or session["status"] != "open":
            return _over(session)
        return _form(account, session)

    async def pay(self, request: Request) -> Response:
        account, session = self._find("checkout.session", request.path_params["id"])
        if account is None or session["status"] != "open":
            return _over(session)
        fields = await _fields(request)
        email = session["customer_email"] or fields.get("email", "")
        try:
            if fields.get("method") == "bank" and set(LATE) & set(session["payment_method_types"]):
                checkout.pay_late(self._world, account, session, email=email)
                return self._done(account, session)
            card = BY_NUMBER.get(fields.get("number", "").replace(" ", ""))
            if card is None:
                return _form(account, session, "Your card number is not one of the test cards.")
            intent = checkout.pay(self._world, account, session, card, email=email)
        except StripeError as no:
            self._world.book.save(account)
            return _form(account, session, no.error["message"])
        if intent["status"] == "requires_action":
            self._world.book.save(account)
            return RedirectResponse(f"/3ds/{intent['id']}", 303)
        return self._done(account, session)

    async def bank(self, request: Request) -> Response:
        account, intent = self._find("payment_intent", request.path_params["intent"])
        if account is None or intent["status"] != "requires_action":
            return _over({})
        return _page(
            "Your bank",
            "<p>Is it you who pays?</p><form method=post>"
            "<button name=answer value=yes>Complete authentication</button>"
            "<button name=answer value=no>Fail authentication</button></form>",
        )

    async def proved(self, request: Request) -> Response:
        account, intent = self._find("payment_intent", request.path_params["intent"])
        if account is None or intent["status"] != "requires_action":
            return _over({})
        passed = (await _fields(request)).get("answer") == "yes"
        sessions = account.all("checkout.session", payment_intent=intent["id"])
        try:
            if sessions:
                checkout.prove(self._world, account, sessions[0], intent, passed=passed)
            elif passed:
                method = account.objects[intent["payment_method"]]
                charging.succeed(self._world, account, intent, method)
        except StripeError as no:
            self._world.book.save(account)
            return _form(account, sessions[0], no.error["message"])
        if sessions:
            return self._done(account, sessions[0])
        self._world.book.save(account)
        return _page("Thank you", "<p>You may close this page.</p>")

    def _done(self, account: Account, session: Json) -> Response:
        self._world.book.save(account)
        url = session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])
        return RedirectResponse(url, 303)

    def _find(self, kind: str, id: str) -> tuple[Account | None, Json]:
        for account in self._world.book.accounts.values():
            found = account.objects.get(id)
            if found is not None and found["object"] == kind:
                return account, found
        return None, {}


async def _fields(request: Request) -> dict[str, str]:
    return {name: texts[-1] for name, texts in parse_qs((await request.body()).decode()).items()}


def _form(account: Account, session: Json, no: str = "") -> Response:
    lines = "".join(
        f"<li>{escape(line['description'])} × {line['quantity']}</li>"
        for line in account.lines[session["id"]]
    )
    known = session["customer_email"] or ""
    back = session["cancel_url"]
    bank = "<button name=method value=bank>Pay by bank</button>"
    cards = "".join(f"<li>{card.number} {_what(card.token)}</li>" for card in CARDS)
    body = f"""
<ul>{lines}</ul>{f"<p class=no role=alert>{escape(no)}</p>" if no else ""}
<form method=post>
<label for=email>E-mail</label><input id=email name=email type=email value="{escape(known)}">
<label for=number>Card number</label>
<input id=number name=number inputmode=numeric autocomplete=cc-number>
<label for=expiry>Expiry</label><input id=expiry name=expiry placeholder="MM / YY">
<label for=cvc>CVC</label><input id=cvc name=cvc inputmode=numeric>
<button name=method value=card>Pay</button>
{bank if set(LATE) & set(session["payment_method_types"]) else ""}
</form>{f'<p><a href="{escape(back)}">Back</a></p>' if back else ""}
<details class=test><summary>Test cards</summary><ul>{cards}</ul></details>"""
    return _page(f"Pay {_amount(session)}", body, 402 if no else 200)


def _what(token: str) -> str:
    return escape(token.removeprefix("pm_card_"))


def _amount(session: Json) -> str:
    currency = session["currency"]
    digits = _DIGITS.get(currency, 2)
    whole, rest = divmod(session["amount_total"], 10**digits)
    return f"{currency.upper()} {whole}.{rest:0{digits}d}"


def _over(session: Json) -> Response:
    words = {
        "complete": "This payment is done.",
        "expired": "This payment page has expired. Go back to the shop to pay.",
    }
    return _page(
        words.get(session.get("status", ""), "Something is wrong with this link."), "", 410
    )


def _page(title: str, body: str, status: int = 200) -> Response:
    return HTMLResponse(
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(title)}</title>"
        f"<meta name=viewport content='width=device-width'><style>{_STYLE}</style>"
        f"<main><p class=test>Stripe, played by the local cloud: no money moves</p>"
        f"<h1>{escape(title)}</h1>{body}</main></html>",
        status,
        {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"},
    )
