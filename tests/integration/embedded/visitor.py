"""Somebody at Keycloak's pages with the authorization code flow (RFC 6749 §4.1, RFC 7636)."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from catalyst.embedded.demo.person import cookies, form_with
from catalyst.embedded.realm.document import CLIENT
from catalyst.embedded.state import StackState


class Visitor:
    """One browser at the realm; it goes up to the redirect back to the console, which is away."""

    def __init__(self, state: StackState) -> None:
        self.state = state
        self.verifier = secrets.token_urlsafe(48)
        self.http = httpx.Client(trust_env=False, cookies=cookies(), timeout=30)
        self.realm = f"{state.keycloak_url}/realms/catalyst"
        self.redirect = f"{state.web_url}/oidc/callback/"

    def ask(self, **changes: str | None) -> httpx.Response:
        """The first request of the flow; `None` leaves a parameter out."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        wish = {
            "client_id": CLIENT,
            "response_type": "code",
            "scope": "openid email profile",
            "redirect_uri": self.redirect,
            "state": "a-state",
            "nonce": "a-nonce",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            **changes,
        }
        return self.http.get(
            f"{self.realm}/protocol/openid-connect/auth",
            params={name: text for name, text in wish.items() if text is not None},
        )

    def log_in(self, email: str, password: str) -> httpx.Response:
        """What follows the log-in form: a redirect with a code, or the form again."""
        page = self.ask()
        form = form_with(page, "username", "password")
        values = {**form["fields"], "username": email, "password": password}
        return self.http.post(form["action"], data=values)

    def token(self, **changes: str) -> httpx.Response:
        """Answer of the token endpoint."""
        wish = {
            "client_id": CLIENT,
            "client_secret": self.state.oidc_client_secret or "",
            "redirect_uri": self.redirect,
            "code_verifier": self.verifier,
            **changes,
        }
        return self.http.post(f"{self.realm}/protocol/openid-connect/token", data=wish)


def code_of(answer: httpx.Response) -> str:
    """The code in a redirect back to the console."""
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def claims_of(token: str) -> dict[str, Any]:
    """What a token says; its signature is the library's business, not this test's."""
    body = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(f"{body}=="))
    return claims
