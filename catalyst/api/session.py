"""How a person is known to the API: by the session of the pages."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import SessionAuth

from catalyst.identity.models import User


class Session(SessionAuth):
    """A person who is logged in; writes need the CSRF token. Answers 401 otherwise."""

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:
        person = request.user
        return person if isinstance(person, User) and person.is_active else None
