"""The one base of every error a person or a program may see (RFC 9457).

Subclasses live beside what raises them. Callers branch on the class or on `type`, never on text.
"""

from __future__ import annotations

from typing import Any, ClassVar

from catalyst.language.words import lazy


class Problem(Exception):
    """An expected failure with a stable `type`.

    `title` is the same for every occurrence, `detail` says what happened this time, what it means
    and what to do. `extra` holds typed members for programs, e.g. `field="token"`. `stays`: what
    was written before it was raised stays, also where a refused request is undone as a whole
    (`Idempotency-Key`).
    """

    type: ClassVar[str] = "about:blank"
    title: str = lazy("Something went wrong")
    status: ClassVar[int] = 500
    stays: ClassVar[bool] = False

    def __init__(self, detail: str = "", **extra: Any) -> None:
        # From here on plain words, of the language it happened in: they go into rows and JSON too.
        self.title = str(self.title)
        super().__init__(str(detail or self.title))
        self.detail = str(detail)
        self.extra = extra

    def as_dict(self) -> dict[str, Any]:
        """Members of the `application/problem+json` document (RFC 9457 §3.1)."""
        return {
            "type": self.type,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **self.extra,
        }


class NotFound(Problem):
    type = "not-found"
    title = lazy("There is no such thing here")
    status = 404


class Forbidden(Problem):
    type = "forbidden"
    title = lazy("You may not do this")
    status = 403


class Invalid(Problem):
    """Bad input; `field` names the form field the message belongs beside."""

    type = "invalid"
    title = lazy("This value cannot be used")
    status = 422


class Conflict(Problem):
    type = "conflict"
    title = lazy("Something else is in the way")
    status = 409
