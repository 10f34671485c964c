"""What can be wrong with a request before any app has looked at it."""

from __future__ import annotations

from typing import ClassVar

from catalyst.language.words import lazy
from catalyst.problem import Conflict, Invalid, Problem


class NotLoggedIn(Problem):
    """`scheme` is the challenge of RFC 9110 §11.6.1; browsers know none of this name."""

    type = "not-logged-in"
    title = lazy("Nobody is logged in")
    status = 401
    scheme: ClassVar[str] = "Session"


class MissingBearer(NotLoggedIn):
    type = "missing-bearer"
    title = lazy("This address takes a bearer")
    scheme = "Bearer"


class NotJson(Problem):
    type = "malformed"
    title = lazy("This is not a JSON document")
    status = 400


class MethodNotAllowed(Problem):
    type = "method-not-allowed"
    title = lazy("This address does not take that method")
    status = 405


class BodyTooLarge(Problem):
    type = "body-too-large"
    title = lazy("The request is too large")
    status = 413


class UnsupportedMediaType(Problem):
    type = "unsupported-media-type"
    title = lazy("This address takes JSON")
    status = 415


class KeyReused(Invalid):
    type = "idempotency-key-reused"
    title = lazy("This Idempotency-Key belongs to another request")


class KeyInProgress(Conflict):
    type = "idempotency-in-progress"
    title = lazy("The same request is still being worked on")
