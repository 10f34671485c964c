"""The first admin of a Sovereign and an Organization's groups, made in its Keycloak.

Each may be killed between any two calls and be run again: what is there is found and gone on from.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from catalyst.audit.services import record
from catalyst.identity.keycloak.admin import SET_PASSWORD, Admin, imported
from catalyst.identity.keycloak.models import FirstAdmin
from catalyst.identity.models import Role
from catalyst.identity.services import CODE_COUNTS
from catalyst.work import outbox

CODE = "one-time code"  # what Keycloak calls the password that only counts once
CODE_ENDS, GROUPS = "identity.code-ends", "identity.groups"
ACTOR = "system:first-admin"
# Part of an Organization's group tree → the realm role that comes with it (spec franchise §8).
PARTS = {
    "owner": Role.ORG_OWNER,
    "admin": Role.ORG_ADMIN,
    "developer": Role.ORG_DEVELOPER,
    "viewer": Role.ORG_VIEWER,
    "billing": Role.ORG_BILLING,
    "security": Role.ORG_SECURITY,
}


def make_first_admin(*, email: str, code_hash: str) -> bool:
    """The first sovereign-admin, who logs in with a code once and then has to set a password.

    `code_hash`: `catalyst.identity.services.one_time_code`. False when they were made before, and
    nothing is asked or changed then. Raises Invalid, IssuerAway, KeycloakRefuses.
    """
    credential = imported(code_hash, label=CODE)
    if not _begin(email):
        return False
    with Admin() as keycloak:
        person = keycloak.person(email) or keycloak.make_person(
            email=email, credential=credential, actions=[SET_PASSWORD]
        )
        keycloak.give_role(f"/users/{person['id']}", Role.SOVEREIGN_ADMIN)
    with transaction.atomic():
        FirstAdmin.objects.update(subject=person["id"], made_at=timezone.now())
        record(actor=ACTOR, act="identity.first-admin", object=f"subject:{person['id']}")
    return True


def _begin(email: str) -> bool:
    """Whether they are still to be made; with the promise that the code ends in time."""
    with transaction.atomic():
        row, _ = FirstAdmin.objects.select_for_update().get_or_create(
            pk=1, defaults={"email": email, "code_until": timezone.now()}
        )
        if row.made_at is not None:
            return False
        if row.code_until <= timezone.now():  # just now, or the last try was long ago
            row.email, row.code_ended_at = email, None
            row.code_until = timezone.now() + CODE_COUNTS
            row.save()
            outbox.put(topic=CODE_ENDS, key="1", delay=CODE_COUNTS.total_seconds())
    return True


def end_code() -> None:
    """Take the one-time code out of Keycloak when its time is up. A password that its owner has
    set since is another one, and stays. Raises IssuerAway, KeycloakRefuses.
    """
    row = FirstAdmin.objects.filter(
        code_ended_at__isnull=True, code_until__lte=timezone.now() + timedelta(seconds=1)
    ).first()
    if row is None:
        return
    with Admin() as keycloak:
        person = keycloak.person(row.email)
        unused = person is not None and keycloak.forget_password(person["id"], label=CODE)
    with transaction.atomic():
        FirstAdmin.objects.update(code_ended_at=timezone.now())
        record(
            actor=ACTOR,
            act="identity.code-ended",
            object=f"subject:{row.subject}",
            after={"unused": unused},
        )


def want_groups(*, slug: str) -> None:
    """Promise an Organization its groups. Joins the caller's transaction; nothing where people are
    not kept in a Keycloak of the Sovereign's own."""
    if has_groups():
        outbox.put(topic=GROUPS, key=slug, payload={"slug": slug})


def has_groups() -> bool:
    """Are people kept in a Keycloak of the Sovereign's own, where we make groups?"""
    env = settings.CATALYST
    return bool(env.role == "sovereign" and env.oidc_issuer)


def set_members(*, slug: str, people: Mapping[str, Collection[str]]) -> None:
    """Make the groups of an Organization hold exactly these subjects, by part.

    Raises IssuerAway, KeycloakRefuses.
    """
    with Admin() as keycloak:
        keycloak.make_group(f"/orgs/{slug}")
        for part, role in PARTS.items():
            group = keycloak.make_group(f"/orgs/{slug}/{part}")["id"]
            keycloak.give_role(f"/groups/{group}", role)
            wanted, there = set(people.get(part, ())), keycloak.members(group)
            for subject in sorted(there - wanted):
                keycloak.leave(subject, group)
            for subject in sorted(wanted - there):
                keycloak.join(subject, group)


def make_groups(*, slug: str) -> None:
    """/orgs/<slug> and its parts, each with its role. Raises IssuerAway, KeycloakRefuses."""
    with Admin() as keycloak:
        keycloak.make_group(f"/orgs/{slug}")
        for part, role in PARTS.items():
            group = keycloak.make_group(f"/orgs/{slug}/{part}")
            keycloak.give_role(f"/groups/{group['id']}", role)
