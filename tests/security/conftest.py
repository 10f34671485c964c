"""People for the tests of what holds everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test.utils import override_settings

from catalyst.eventlog.services import permit
from catalyst.identity.models import User
from catalyst.settings.base import settings_for

# A person reads the logs `test:<their e-mail>`.
permit("test", lambda user, key: user.email == key)


@pytest.fixture
def person(db: None) -> Callable[..., User]:
    """Makes people without a password: hashing one is slow on purpose."""

    def make(email: str, *roles: str, **changes: Any) -> User:
        return User.objects.create(subject=email, email=email, roles=list(roles), **changes)

    return make


@pytest.fixture
def production(settings) -> Iterator[dict[str, Any]]:
    """Every setting as it follows from a public address with https; the rest as here."""
    env = settings.CATALYST.model_copy(
        update={"public_url": "https://console.example", "allowed_hosts": ("console.example",)}
    )
    made = settings_for(env)
    wanted = ("SESSION_", "CSRF_", "SECURE_", "ALLOWED_", "CATALYST", "X_FRAME")
    chosen = {name: value for name, value in made.items() if name.startswith(wanted)}
    with override_settings(**chosen):
        yield chosen
