"""mozilla-django-oidc's backend with our issuer, our judge of tokens, our people."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpRequest
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

from catalyst.identity.models import User
from catalyst.identity.oidc import claims as judge
from catalyst.identity.oidc import issuer
from catalyst.identity.oidc.addresses import callback_url
from catalyst.identity.oidc.logins import Answer
from catalyst.identity.oidc.people import known


class OidcBackend(OIDCAuthenticationBackend):  # type: ignore[misc]  # it has no types
    """The library exchanges the code with its verifier; what came back is judged here.

    Its own checks are signature and nonce only, it fetches keys for every log-in, and takes people
    by e-mail address: all of that is replaced. `authenticate` raises Problems of `problems.py`.
    """

    request: HttpRequest

    def __init__(self) -> None:
        """Asks nobody: Django makes one for every request, to look a person up by id."""
        self.UserModel = get_user_model()
        self.OIDC_RP_CLIENT_ID = self.OIDC_RP_CLIENT_SECRET = ""  # `issuer.tokens` gives them
        self._said: dict[str, Any] = {}

    def authenticate(
        self, request: HttpRequest | None, nonce: str = "", code_verifier: str = "", **_: Any
    ) -> User | None:
        """None for what is no log-in of this kind."""
        if not nonce or not code_verifier:
            return None
        found: User | None = super().authenticate(request, nonce=nonce, code_verifier=code_verifier)
        return found

    def get_token(self, payload: dict[str, str]) -> dict[str, Any]:
        grant = {name: payload[name] for name in ("grant_type", "code", "code_verifier")}
        self._said = issuer.tokens(**grant, redirect_uri=callback_url(self.request))
        return self._said

    def verify_token(self, token: object, **kwargs: Any) -> judge.Claims:
        return judge.of_id_token(token, nonce=kwargs["nonce"])

    def get_or_create_user(self, access_token: str, id_token: str, payload: judge.Claims) -> User:
        """The ID token says all we ask; no second question to the issuer."""
        user = known(payload)
        self.request.issuer_answer = Answer.of(self._said, payload)  # type: ignore[attr-defined]
        return user

    def get_user(self, user_id: int) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).first()
