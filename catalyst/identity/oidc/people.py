"""The person a token speaks of: keyed by issuer + subject; everything else is a label."""

from __future__ import annotations

from django.db import transaction

from catalyst.audit.services import record
from catalyst.identity.models import Role, User
from catalyst.identity.oidc.claims import Claims
from catalyst.identity.oidc.problems import LogInRefused, TokenRefused

# Realm role → ours. Who has none of these has no role: which people may do something by default is
# the realm's to say (its default roles), never ours to guess. Unknown ones are ignored.
ROLES: dict[str, Role] = {
    "catalyst-operator": Role.OPERATOR,
    "sovereign-admin": Role.SOVEREIGN_ADMIN,
    "member": Role.MEMBER,
    "org-owner": Role.ORG_OWNER,
    "org-admin": Role.ORG_ADMIN,
    "org-developer": Role.ORG_DEVELOPER,
    "org-viewer": Role.ORG_VIEWER,
    "org-billing": Role.ORG_BILLING,
    "org-security": Role.ORG_SECURITY,
}


def roles_of(claims: Claims) -> list[str]:
    """Our roles among those of the `roles` claim, sorted. Raises TokenRefused for another shape."""
    said = claims.get("roles", [])
    if not isinstance(said, list):
        raise TokenRefused("roles is not a list")
    return sorted({str(ROLES[role]) for role in said if isinstance(role, str) and role in ROLES})


def known(claims: Claims) -> User:
    """Make or update the person, audited. Raises LogInRefused when the account is off here."""
    labels = {
        "email": claims["email"][:254],
        "name": _name(claims),
        "roles": roles_of(claims),
    }
    with transaction.atomic():
        user, is_new = User.objects.select_for_update().get_or_create(
            issuer=claims["iss"],
            subject=claims["sub"],
            defaults={**labels, "password": "!"},  # no hash: no password is ever right
        )
        if is_new:
            _audit(user, "identity.create", {})
        elif not user.is_active:
            raise LogInRefused("This account was switched off here. Ask an operator.")
        else:
            _update(user, labels)
    return user


def _update(user: User, labels: dict[str, object]) -> None:
    before = _shown(user)
    changed = [name for name, value in labels.items() if getattr(user, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(user, name, labels[name])
    user.save(update_fields=changed)
    _audit(user, "identity.change", before)


def _audit(user: User, act: str, before: dict[str, object]) -> None:
    record(
        actor=f"issuer:{user}",
        act=act,
        object=f"user:{user.pk}",
        before=before,
        after=_shown(user),
        person=user,
    )


def _shown(user: User) -> dict[str, object]:
    return {"email": user.email, "name": user.name, "roles": user.roles}


def _name(claims: Claims) -> str:
    name = claims.get("name")
    return "".join(c for c in name if c.isprintable())[:120] if isinstance(name, str) else ""
