"""The names of what a laptop stack keeps: its ports, and its secrets with how each is made."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable

# The control service behind each port; a port is chosen when its service is first started.
PORT_NAMES = (
    "postgres",
    "redis",
    "registry",
    "proxy",
    "powerdns",
    "powerdns_dns",
    "dnsdist",
    "acme",
    "acme_management",
    "localcloud",
    "localcloud_admin",
    "registrars",
    "registrars_admin",
    "stripe",
    "stripe_admin",
    "keycloak",
    "keycloak_management",
    "smtp",
    "mails",  # the page to read what came by smtp
    "gitea",
    "openbao",
    "openbao_cluster",
    "web",
    "otlp",  # nothing of ours: a collector of traces may listen there
)

SECRETS: dict[str, Callable[[], str]] = {
    "postgres-superuser": lambda: secrets.token_urlsafe(32),
    "postgres-catalyst": lambda: secrets.token_urlsafe(32),
    "postgres-app": lambda: secrets.token_urlsafe(32),
    "postgres-tofu": lambda: secrets.token_urlsafe(32),
    "postgres-machines": lambda: secrets.token_urlsafe(32),
    "postgres-keycloak": lambda: secrets.token_urlsafe(32),
    "keycloak-admin": lambda: secrets.token_urlsafe(32),
    "oidc-client": lambda: secrets.token_urlsafe(32),
    # Secret ids of our roles at OpenBao: catalyst/embedded/openbao/policies.py.
    "openbao-catalyst-web": lambda: secrets.token_urlsafe(32),
    "openbao-catalyst-worker": lambda: secrets.token_urlsafe(32),
    "openbao-catalyst-rotation": lambda: secrets.token_urlsafe(32),
    "postgres-gitea": lambda: secrets.token_urlsafe(32),
    "gitea-key": lambda: secrets.token_urlsafe(48),
    "gitea-internal": lambda: secrets.token_urlsafe(48),
    "redis": lambda: secrets.token_urlsafe(32),
    "powerdns-api": lambda: secrets.token_urlsafe(32),
    "registry": lambda: secrets.token_urlsafe(32),
    "supply": lambda: secrets.token_urlsafe(32),
    "localcloud-admin": lambda: secrets.token_urlsafe(32),
    "registrars-admin": lambda: secrets.token_urlsafe(32),
    "stripe-admin": lambda: secrets.token_urlsafe(32),
    # What a franchisee would copy from Stripe's dashboard: the key of the laptop's account.
    "stripe-account": lambda: f"sk_test_{secrets.token_urlsafe(32)}",
    "django-secret-key": lambda: secrets.token_urlsafe(64),
    "vault-key": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
}

# Under which path the local cloud plays each registrar, up to where the vendor's own begins.
REGISTRARS = {
    "cloudflare": "/cloudflare/client/v4",
    "namecheap": "/namecheap",
    "godaddy": "/godaddy",
    "ovh": "/ovh/1.0",
    "dynadot": "/dynadot",
}
