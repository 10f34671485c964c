"""`python -m catalyst.embedded.realm`: what is done once Keycloak is up; part of the stack."""

from __future__ import annotations

from catalyst.embedded.realm import schema
from catalyst.embedded.realm.admin import Admin
from catalyst.embedded.state import StackState


def main() -> None:
    """Raises `Refused`, or `httpx.TransportError` when Keycloak is away."""
    state = StackState.load()
    with Admin(state) as admin:
        admin.bring_up_to_date(
            public_url=state.web_url or "",
            client_secret=state.oidc_client_secret or "",
            smtp_port=state.ports["smtp"],
        )
    schema.save(state)


if __name__ == "__main__":
    main()
