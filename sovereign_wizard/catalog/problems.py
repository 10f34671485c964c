"""What can go wrong when Hetzner is asked. Each says what happened, what it means, what to do."""

from __future__ import annotations

from typing import Any

from catalyst.language.words import lazy
from catalyst.problem import Problem

HOW_TO_MAKE_ONE = (
    "In the Hetzner console open the project, then Security, API tokens, "
    "Generate API token with Read & Write, and paste it here. Nothing was created."
)


class TokenProblem(Problem):
    """The token is at fault; the message belongs beside its field."""

    status = 422

    def __init__(self, detail: str = "", **extra: Any) -> None:
        super().__init__(detail, field="hetzner_token", **extra)


class TokenMalformed(TokenProblem):
    type = "token-malformed"
    title = lazy("This is not a Hetzner token")


class TokenRefused(TokenProblem):
    type = "token-refused"
    title = lazy("Hetzner does not know this token")


class TokenReadOnly(TokenProblem):
    type = "token-read-only"
    title = lazy("This token can only read")


class HetznerAway(Problem):
    """Nothing is wrong with what was typed; trying again later is right."""

    type = "hetzner-away"
    title = lazy("Hetzner does not answer")
    status = 503


class HetznerRefused(Problem):
    """`code` in `extra`: the vendor's error code, "" when it named none."""

    type = "hetzner-refused"
    title = lazy("Hetzner refused what was asked")
    status = 502


class RateLimited(Problem):
    """`extra`: `retry_after` seconds until asking again makes sense, `waiting` a phase's reason."""

    type = "hetzner-rate-limited"
    title = lazy("Hetzner asks us to slow down")
    status = 503
