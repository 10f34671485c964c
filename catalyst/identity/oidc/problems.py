"""What can go wrong between us and the issuer."""

from __future__ import annotations

from catalyst.language.words import lazy
from catalyst.problem import Problem


class IssuerAway(Problem):
    """It does not answer, or not as OpenID Connect says. Nothing is known about the person."""

    type = "issuer-away"
    title = lazy("The log-in service does not answer")
    status = 503

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or "Nothing was changed. Try again in a minute.", retry_after=60)


class LogInRefused(Problem):
    """A log-in that is not taken; `detail` is for the person."""

    type = "log-in-refused"
    title = lazy("You were not logged in")
    status = 403


class TokenRefused(LogInRefused):
    """A token that is not what it claims to be. `reason` is for our log and the audit."""

    type = "token-refused"

    def __init__(self, reason: str) -> None:
        super().__init__("What the log-in service sent could not be believed. Log in again.")
        self.reason = reason


class GrantRefused(Problem):
    """The issuer says that a code or refresh token counts no longer (RFC 6749 §5.2)."""

    type = "log-in-ended"
    title = lazy("Your log-in has ended")
    status = 401
