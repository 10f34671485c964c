"""Production: everything from `CATALYST_*`, nothing has a default that could be weak."""

from __future__ import annotations

from pydantic import ValidationError

from catalyst.settings.base import settings_for
from catalyst.settings.environment import Environment
from catalyst.settings.logs import configure


def _name(place: tuple[int | str, ...]) -> str:
    """`CATALYST_X: ` of one setting; nothing where the message itself names several."""
    return f"CATALYST_{'_'.join(map(str, place)).upper()}: " if place else ""


def _environment() -> Environment:
    try:
        env = Environment()  # the environment gives the rest
    except ValidationError as error:
        lines = [
            f"  {_name(item['loc'])}{item['msg'].removeprefix('Value error, ')}"
            for item in error.errors(include_input=False, include_url=False)
        ]
        raise SystemExit(
            "These settings are missing or cannot be used:\n" + "\n".join(lines)
        ) from None
    if not env.public_url.startswith("https://"):
        raise SystemExit("CATALYST_PUBLIC_URL: production is served over https only")
    if env.oidc_issuer and not env.oidc_issuer.startswith("https://"):
        raise SystemExit("CATALYST_OIDC_ISSUER: people are known over https only")
    # A Sovereign without a cluster has no Keycloak either (the laptop's small profile).
    if env.local_login and env.role == "zero":
        raise SystemExit("CATALYST_LOCAL_LOGIN: passwords kept here are for the laptop stack only")
    if env.local_login and env.oidc_issuer:
        raise SystemExit("CATALYST_LOCAL_LOGIN: who has CATALYST_OIDC_ISSUER keeps no passwords")
    if env.balancer_ranges:
        raise SystemExit("CATALYST_BALANCER_RANGES: reserved ranges are for the laptop stack only")
    return env


globals().update(settings_for(_environment()))
configure()
