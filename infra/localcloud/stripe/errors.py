"""Stripe's way to say no: one envelope, a type, mostly a code."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class StripeError(Exception):
    """`kept`: an idempotency key keeps this answer, for something has begun to happen."""

    def __init__(
        self, status: int, type: str, message: str, *, kept: bool = False, **more: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kept = kept
        self.error: Json = {
            **{name: value for name, value in more.items() if value is not None},
            "message": message,
            "type": type,
        }

    def document(self, request_id: str) -> Json:
        url = f"https://dashboard.stripe.com/test/logs/{request_id}"
        return {"error": {**self.error, "request_log_url": url}}


def invalid(
    message: str, *, param: str | None = None, code: str | None = None, **more: Any
) -> StripeError:
    return StripeError(400, "invalid_request_error", message, param=param, code=code, **more)


def missing(kind: str, id: str, param: str = "id") -> StripeError:
    return StripeError(
        404,
        "invalid_request_error",
        f"No such {kind}: '{id}'",
        param=param,
        code="resource_missing",
    )


def no_address(method: str, path: str) -> StripeError:
    return StripeError(
        404,
        "invalid_request_error",
        f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs.",
    )


def not_let_in(key: str) -> StripeError:
    """The key is shown as Stripe does: its kind and its last four characters."""
    if not key:
        return StripeError(
            401, "invalid_request_error", "You did not provide an API key. Use Bearer auth."
        )
    shown = f"{key[:8]}{'*' * 8}{key[-4:]}" if len(key) > 16 else "*" * len(key)
    return StripeError(401, "invalid_request_error", f"Invalid API Key provided: {shown}")


def limited() -> StripeError:
    return StripeError(
        429, "invalid_request_error", "Request rate limit exceeded.", code="rate_limit"
    )


def broken(status: int) -> StripeError:
    return StripeError(status, "api_error", "An unknown error occurred.", kept=status == 500)
