"""Log-in with e-mail and password: the laptop's, and a Sovereign's that has no Keycloak there."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from catalyst.identity.models import LOCAL_ISSUER, User


class LocalBackend(BaseBackend):
    """Checks a local password. Unknown addresses cost the same time as wrong passwords."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **_: Any,
    ) -> User | None:
        if not username or not password:
            return None
        user = User.objects.filter(issuer=LOCAL_ISSUER, subject=username.strip().lower()).first()
        if user is None:
            User().set_password(password)
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).first()
