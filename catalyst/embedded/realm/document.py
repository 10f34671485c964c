"""The realm as Keycloak imports it (RealmRepresentation of its admin API, 26.7). Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

REALM = "catalyst"
CLIENT = "catalyst-console"
SHORTEST_PASSWORD = 12
ROLES = (
    *("catalyst-operator", "sovereign-admin", "member"),
    *("org-owner", "org-admin", "org-developer", "org-viewer", "org-billing", "org-security"),
)

Document = dict[str, Any]


def realm(*, public_url: str, client_secret: str, smtp_port: int) -> Document:
    """The whole realm for its first start; it holds the client's secret."""
    return {
        **settings(smtp_port=smtp_port),
        "roles": {"realm": roles()},
        "clients": [console(public_url=public_url, secret=client_secret)],
    }


def settings(*, smtp_port: int) -> Document:
    """What holds for everybody who logs in. Times in seconds. `smtp_port`: of the laptop's mail
    server, on loopback."""
    return {
        "realm": REALM,
        "displayName": "Catalyst",
        "enabled": True,
        "sslRequired": "external",  # plain HTTP from loopback and private addresses only
        "registrationAllowed": False,
        "loginWithEmailAllowed": True,
        "registrationEmailAsUsername": True,
        "duplicateEmailsAllowed": False,
        # Nobody gets further than this before they opened the link that was sent to their address.
        # The console refuses who has not (email_verified), whatever a realm says.
        "verifyEmail": True,
        "smtpServer": {
            "host": "127.0.0.1",
            "port": str(smtp_port),
            "from": "keycloak@console.example",
            "fromDisplayName": "Catalyst",
        },
        "passwordPolicy": f"length({SHORTEST_PASSWORD}) and notUsername and notEmail",
        # Who guesses is locked out for a minute, then longer; the owner gets in again by waiting.
        "bruteForceProtected": True,
        "permanentLockout": False,
        "failureFactor": 5,
        "waitIncrementSeconds": 60,
        "maxFailureWaitSeconds": 900,
        "maxDeltaTimeSeconds": 43_200,
        "quickLoginCheckMilliSeconds": 1000,
        "minimumQuickLoginWaitSeconds": 60,
        # As the console's own sessions: docs/security-model.md.
        "ssoSessionIdleTimeout": 12 * 3600,
        "ssoSessionMaxLifespan": 7 * 24 * 3600,
        "accessTokenLifespan": 300,
        "accessCodeLifespan": 60,
        "defaultSignatureAlgorithm": "RS256",
        "eventsEnabled": True,
        "eventsExpiration": 30 * 24 * 3600,
        "adminEventsEnabled": True,
    }


def roles() -> list[Document]:
    return [{"name": name} for name in ROLES]


def console(*, public_url: str, secret: str) -> Document:
    """The console as a client: confidential, authorization code with PKCE, nothing else."""
    return {
        "clientId": CLIENT,
        "name": "Catalyst console",
        "enabled": True,
        "protocol": "openid-connect",
        "publicClient": False,
        "clientAuthenticatorType": "client-secret",
        "secret": secret,
        "standardFlowEnabled": True,
        "implicitFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "serviceAccountsEnabled": False,
        "consentRequired": False,
        "frontchannelLogout": False,
        "rootUrl": public_url,
        "baseUrl": "/",
        "redirectUris": [f"{public_url}/oidc/callback/"],
        "webOrigins": [],
        "attributes": {
            "pkce.code.challenge.method": "S256",
            "post.logout.redirect.uris": f"{public_url}/",
            "backchannel.logout.url": f"{public_url}/oidc/backchannel-logout/",
            "backchannel.logout.session.required": "true",
            "id.token.signed.response.alg": "RS256",
        },
        "protocolMappers": [_roles_claim()],
    }


def _roles_claim() -> Document:
    """Realm roles as the array `roles`. (`sid`, `auth_time`, `email` come from default scopes.)"""
    return {
        "name": "roles",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-usermodel-realm-role-mapper",
        "config": {
            "claim.name": "roles",
            "jsonType.label": "String",
            "multivalued": "true",
            "id.token.claim": "true",
            "access.token.claim": "true",
            "userinfo.token.claim": "true",
        },
    }


def person(*, email: str, name: str, password: str, roles: Collection[str]) -> Document:
    """Somebody with a password of theirs, whose address needs no mail to be believed."""
    first, _, last = name.partition(" ")
    return {
        "username": email,
        "email": email,
        "emailVerified": True,
        "enabled": True,
        # Keycloak's stock profile asks for both at the first log-in when one is missing.
        "firstName": first,
        "lastName": last or first,
        "credentials": [{"type": "password", "value": password, "temporary": False}],
        "realmRoles": sorted(roles),
    }
