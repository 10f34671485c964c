"""The API's error envelope and the codes of the vendor's documentation with their HTTP status."""

from typing import Any

# https://docs.hetzner.cloud/reference/cloud#errors ; operation-specific codes answer with 422.
STATUS = {
    "json_error": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "resource_limit_exceeded": 403,
    "not_found": 404,
    "firewall_resource_not_found": 404,
    "method_not_allowed": 405,
    "uniqueness_error": 409,
    "conflict": 409,
    "resource_unavailable": 412,
    "locked": 423,
    "protected": 423,
    "rate_limit_exceeded": 429,
    "server_error": 500,
}


class ApiError(Exception):
    """An answer other than success. `code` is the vendor's; the status follows from it unless it
    is given."""

    def __init__(
        self,
        code: str,
        message: str,
        details: dict[str, Any] | None = None,
        *,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details
        self.status = STATUS.get(code, 422) if status is None else status

    def envelope(self) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.details is not None:
            error["details"] = self.details
        return {"error": error}


def invalid(field: str, message: str) -> ApiError:
    """`invalid_input` for one field."""
    return invalid_fields({field: [message]})


def invalid_fields(fields: dict[str, list[str]]) -> ApiError:
    """`invalid_input` with the messages of every field that is wrong."""
    named = [{"name": name, "messages": messages} for name, messages in fields.items()]
    first = ", ".join(f"{name}: {messages[0]}" for name, messages in fields.items())
    return ApiError("invalid_input", f"invalid input in field {first}", {"fields": named})


def not_found(kind: str, identifier: int | str) -> ApiError:
    return ApiError("not_found", f"{kind} with ID '{identifier}' not found")


def not_unique(fields: list[str], message: str) -> ApiError:
    return ApiError("uniqueness_error", message, {"fields": [{"name": name} for name in fields]})


def limit_exceeded(kind: str) -> ApiError:
    """The project may have no more of this kind."""
    return ApiError(
        "resource_limit_exceeded", f"{kind} limit exceeded", {"limits": [{"name": f"{kind}_limit"}]}
    )
