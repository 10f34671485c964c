"""A small OpenID Connect issuer that forges what it is told to: Keycloak will not.

Real HTTP, real keys, real signatures; its token endpoint checks client, code, redirect and PKCE as
a good issuer does.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

CLIENT, CLIENT_SECRET = "catalyst-console", "client-secret-of-the-tests, long enough"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
Claims = dict[str, Any]
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: Key) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


@dataclass
class Issuer:
    """`forge` changes the claims of the next ID tokens; `sign` how they are signed."""

    keys: dict[str, Key]
    port: int
    realm: str
    kid: str = "first"
    forge: Callable[[Claims], Claims] = lambda claims: claims
    sign: Callable[[Claims], str] | None = None
    person: Claims = field(default_factory=dict)
    codes: dict[str, Claims] = field(default_factory=dict)
    refresh: dict[str, Claims] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)  # paths
    grants: list[str] = field(default_factory=list)
    seconds: int = 300  # of an access token
    is_away: bool = False
    key_bytes: bytes | None = None  # instead of its keys; empty: it hangs up
    before_answer: Callable[[], object] = lambda: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/realms/{self.realm}"

    def document(self) -> Claims:
        at = f"{self.url}/protocol/openid-connect"
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{at}/auth",
            "token_endpoint": f"{at}/token",
            "jwks_uri": f"{at}/certs",
            "end_session_endpoint": f"{at}/logout",
            "authorization_response_iss_parameter_supported": True,
        }

    def key_set(self) -> Claims:
        found = []
        for kid, key in self.keys.items():
            kind = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
            alg = "RS256" if kind is RSAAlgorithm else "ES256"
            public = kind.to_jwk(key.public_key(), as_dict=True)
            found.append({**public, "kid": kid, "use": "sig", "alg": alg})
        return {"keys": found}

    def signed(self, claims: Claims, *, kid: str | None = None, typ: str = "JWT") -> str:
        kid = kid or self.kid
        alg = "RS256" if isinstance(self.keys[kid], rsa.RSAPrivateKey) else "ES256"
        return jwt.encode(claims, self.keys[kid], algorithm=alg, headers={"kid": kid, "typ": typ})

    def approve(self, location: str, **claims: Any) -> dict[str, str]:
        """A person logged in after being sent to `location`: the query of the way back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        code = secrets.token_urlsafe(16)
        self.codes[code] = {"asked": asked, "claims": {**self.person, **claims}}
        return {"code": code, "state": asked["state"], "iss": self.url}

    def logout_token(self, **changes: Any) -> str:
        """As Keycloak makes them; a change to None takes the claim away."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_urlsafe(12),
            "sub": self.person["sub"],
            "sid": self.person["sid"],
            "events": {EVENT: {}},
            **changes,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        return self.signed(kept, typ="logout+jwt")

    def token(self, form: dict[str, str]) -> tuple[int, Claims]:
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, CLIENT_SECRET):
            return 401, {"error": "invalid_client"}
        self.grants.append(form["grant_type"])
        self.before_answer()
        if form["grant_type"] == "refresh_token":
            known = self.refresh.pop(form["refresh_token"], None)
            return (200, self.answer(known, None)) if known else (400, {"error": "invalid_grant"})
        known = self.codes.pop(form["code"], None)
        if known is None or not self._fits(known["asked"], form):
            return 400, {"error": "invalid_grant"}
        return 200, self.answer(known["claims"], known["asked"]["nonce"])

    @staticmethod
    def _fits(asked: dict[str, str], form: dict[str, str]) -> bool:
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
        return (asked["code_challenge_method"], asked["code_challenge"], asked["redirect_uri"]) == (
            "S256",
            challenge,
            form["redirect_uri"],
        )

    def answer(self, claims: Claims, nonce: str | None) -> Claims:
        now = int(time.time())
        said = {
            "iss": self.url,
            "aud": CLIENT,
            "azp": CLIENT,
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            **({"nonce": nonce} if nonce else {}),
            **claims,
        }
        said = self.forge(said)
        refresh = secrets.token_urlsafe(24)
        self.refresh[refresh] = claims
        return {
            "access_token": "unused",
            "token_type": "Bearer",
            "expires_in": self.seconds,
            "refresh_token": refresh,
            "id_token": self.sign(said) if self.sign else self.signed(said),
        }


class Handler(BaseHTTPRequestHandler):
    issuers: ClassVar[dict[str, Issuer]] = {}  # by realm

    @property
    def issuer(self) -> Issuer:
        return self.issuers[self.path.split("/")[2]]

    def do_GET(self) -> None:
        self.issuer.asked.append(self.path)
        if self.issuer.is_away:
            self._say(503, {})
        elif self.path.endswith("/.well-known/openid-configuration"):
            self._say(200, self.issuer.document())
        elif self.path.endswith("/certs"):
            own = json.dumps(self.issuer.key_set()).encode()
            self._send(200, own if self.issuer.key_bytes is None else self.issuer.key_bytes)
        else:
            self._say(404, {})

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        form = {k: v[0] for k, v in parse_qs(self.rfile.read(length).decode()).items()}
        self.issuer.asked.append(self.path)
        self._say(*((503, {}) if self.issuer.is_away else self.issuer.token(form)))

    def _say(self, status: int, document: Claims) -> None:
        self._send(status, json.dumps(document).encode())

    def _send(self, status: int, body: bytes) -> None:
        if not body:
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def serving() -> Iterator[int]:
    """The port, for all issuers of a session: a realm of its own each (`Handler.issuers`)."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()
