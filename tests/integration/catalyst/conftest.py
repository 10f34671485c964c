"""People and a kind of log for the kernel's tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from catalyst.eventlog.services import permit
from catalyst.identity.models import Role, User

# A person reads the logs `test:<their e-mail>`.
permit("test", lambda user, key: user.email == key)


@pytest.fixture
def person(db: None) -> Callable[..., User]:
    """Makes people without a password: hashing one is slow on purpose."""

    def make(email: str = "reader@example.com", *roles: str, **changes: Any) -> User:
        return User.objects.create(
            subject=email, email=email, roles=list(roles or [Role.MEMBER]), **changes
        )

    return make


@pytest.fixture
def log_in() -> Callable[[User], Client]:
    def make(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return make
