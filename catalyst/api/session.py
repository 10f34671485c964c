"""How a person is known to the API: by the session of the pages."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import SessionAuth

from catalyst.identity.models import User
from catalyst.identity.permissions import PREDICATES, allowed
from catalyst.identity.refusals import refuse


class Session(SessionAuth):
    """A person who is logged in and passes the named predicate; writes need the CSRF token.

    Answers 401 to nobody, 403 to somebody who does not pass. Without a predicate the address is
    closed (`Api`). Raises KeyError for a name that is not in the table.
    """

    def __init__(self, predicate: str = "") -> None:
        if predicate:
            PREDICATES[predicate]
        self.predicate = predicate
        super().__init__()

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:
        person = request.user
        if not isinstance(person, User) or not person.is_active:
            return None
        if not allowed(person, self.predicate):
            refuse(request, predicate=self.predicate)
        return person
