"""The user data of a create or rebuild."""

from infra.localcloud.hetzner.calls import Call
from infra.localcloud.hetzner.errors import invalid

LONGEST = 32 * 1024


def checked_user_data(call: Call) -> str:
    """Raises invalid_input when it is longer than the vendor allows."""
    text: str = call.body.get("user_data") or ""
    if len(text.encode()) > LONGEST:
        raise invalid("user_data", f"must not be longer than {LONGEST} bytes")
    return text
