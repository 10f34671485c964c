"""Making people and their passwords. Those an issuer knows are made in `identity.oidc.people`."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.contrib.auth.hashers import identify_hasher, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from catalyst.audit.services import record
from catalyst.identity import sessions
from catalyst.identity.models import LOCAL_ISSUER, Role, User, UserSession
from catalyst.problem import Invalid
from catalyst.vault.secret import Secret

CODE_COUNTS = timedelta(days=7)  # a one-time code in a Sovereign's Keycloak, since it was put there


def one_time_code() -> tuple[Secret, str]:
    """A code to log in with once, and the hash a new Sovereign may be told."""
    code = secrets.token_urlsafe(18)
    return Secret(code), make_password(code, hasher="pbkdf2_sha256")


def make_user(*, email: str, roles: list[str], password: Secret, actor: str) -> User:
    """A local person with a password. Raises IntegrityError when the address is taken."""
    with transaction.atomic():
        user = User(issuer=LOCAL_ISSUER, subject=email.lower(), email=email, roles=roles)
        user.set_password(password.reveal())
        user.save()
        record(actor=actor, act="identity.create", object=f"user:{user.pk}", after={"roles": roles})
    return user


def make_first_admin(*, email: str, code_hash: str) -> User | None:
    """The first sovereign-admin of a Sovereign, who logs in once with a code.

    `code_hash` is a Django password hash. None when there is an admin already: never twice.
    Raises Invalid when the hash is not one.
    """
    try:
        identify_hasher(code_hash)
    except ValueError as error:
        raise Invalid("The code's hash is not a password hash.", field="code_hash") from error
    with transaction.atomic():
        if User.objects.filter(roles__contains=[Role.SOVEREIGN_ADMIN]).exists():
            return None
        user = User.objects.create(
            issuer=LOCAL_ISSUER,
            subject=email.lower(),
            email=email,
            roles=[Role.SOVEREIGN_ADMIN],
            password=code_hash,
            must_set_password=True,
        )
        record(actor="system:first-admin", act="identity.first-admin", object=f"user:{user.pk}")
    return user


def set_password(*, user: User, password: Secret, keep: str | None = None) -> None:
    """Set a password of one's own; a one-time code ends with it, and so does every log-in but the
    session `keep`. Raises Invalid when it is weak."""
    try:
        validate_password(password.reveal(), user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="password") from error
    with transaction.atomic():
        user.set_password(password.reveal())
        user.must_set_password = False
        user.save(update_fields=["password", "must_set_password"])
        record(actor=str(user), act="identity.set-password", object=f"user:{user.pk}", person=user)
        _end(user, keep)


def end_other_sessions(*, user: User, keep: str | None) -> int:
    """End every log-in of this person but the session `keep`; what they follow live ends within
    seconds. Returns how many were ended."""
    with transaction.atomic():
        ended = _end(user, keep)
        record(
            actor=str(user),
            act="identity.end-sessions",
            object=f"user:{user.pk}",
            after={"ended": ended},
            person=user,
        )
    return ended


def change_person(
    *, user: User, actor: str, roles: list[str] | None = None, is_active: bool | None = None
) -> None:
    """Give and take roles, switch an account off or on; one that is switched off is logged out."""
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        before = {"roles": locked.roles, "is_active": locked.is_active}
        locked.roles = locked.roles if roles is None else sorted(set(roles))
        locked.is_active = locked.is_active if is_active is None else is_active
        locked.save(update_fields=["roles", "is_active"])
        after = {"roles": locked.roles, "is_active": locked.is_active}
        if not locked.is_active:
            _end(locked, None)
        record(
            actor=actor,
            act="identity.change",
            object=f"user:{user.pk}",
            before=before,
            after=after,
        )


def _end(user: User, keep: str | None) -> int:
    rows = UserSession.objects.filter(user=user)
    return sessions.end(rows.exclude(pk=keep) if keep else rows)
