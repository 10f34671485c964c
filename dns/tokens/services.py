"""Issue, check, end service tokens. Times are the database clock's; a token rests as a hash.

Looking a token up by the hash of 256 random bits needs no comparison in constant time: who can
make the hash has the token.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import ip_address, ip_network

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now
from django.utils.text import slugify

from catalyst.audit.services import record
from catalyst.problem import Forbidden, Invalid, NotFound, Problem
from catalyst.vault.secret import Secret
from dns.pools.tokens import fingerprint
from dns.tokens.models import Scope, ServiceToken
from dns.tokens.values import Caller, Issued

PREFIX = "cdns_"  # secret scanners know tokens by such a beginning
LONGEST_LIFE = timedelta(days=366)
_USED_EVERY = timedelta(minutes=1)


class BadToken(Problem):
    """Unknown, ended or revoked; says no more than that."""

    type = "invalid-token"
    title = "This token is not good"
    status = 401


class WrongNetwork(Forbidden):
    type = "wrong-network"
    title = "This token may not be used from there"


class UnknownToken(NotFound):
    type = "not-found"
    title = "There is no such token"


def issue(
    *,
    name: str,
    scopes: Sequence[str],
    actor: str,
    life: timedelta,
    pools: Sequence[str] = (),
    networks: Sequence[str] = (),
    idle_limit: timedelta | None = None,
    names_limit: int | None = None,
) -> Issued:
    """Make a token that is good for `life`. Raises Invalid beside the field that is wrong."""
    if not name or slugify(name) != name or len(name) > 60:
        raise Invalid("Use small letters, digits and hyphens, at most 60.", field="name")
    if not scopes or not set(scopes) <= set(Scope.values):
        raise Invalid(f"Choose from {', '.join(Scope.values)}.", field="scopes")
    if not timedelta(0) < life <= LONGEST_LIFE:
        raise Invalid(f"A token is good for up to {LONGEST_LIFE.days} days.", field="life")
    if idle_limit is not None and idle_limit <= timedelta(0):
        raise Invalid("Give a time, or leave it empty.", field="idle_limit")
    ranges = [_network(text) for text in networks]
    secret = Secret(PREFIX + secrets.token_urlsafe(32))
    with transaction.atomic():
        token = ServiceToken.objects.create(
            name=name,
            token_hash=fingerprint(secret),
            scopes=sorted(set(scopes)),
            pools=sorted({pool.strip().rstrip(".").lower() for pool in pools}),
            networks=ranges,
            names_limit=names_limit,
            created_at=Now(),
            created_by=actor,
            expires_at=Now() + life,
            idle_limit=idle_limit,
        )
        token.refresh_from_db()
        after = {"name": name, "scopes": token.scopes, "pools": token.pools, "networks": ranges}
        record(actor=actor, act="dns.token-issued", object=f"service-token:{token.pk}", after=after)
    return Issued(token.pk, name, secret, token.expires_at)


def revoke(*, token_id: uuid.UUID, actor: str) -> None:
    """End a token now; ending it twice is fine. Raises UnknownToken."""
    with transaction.atomic():
        token = ServiceToken.objects.select_for_update().filter(pk=token_id).first()
        if token is None:
            raise UnknownToken("No token was ever issued under this id.")
        if token.revoked_at is None:
            ServiceToken.objects.filter(pk=token_id).update(revoked_at=Now(), revoked_by=actor)
            record(actor=actor, act="dns.token-revoked", object=f"service-token:{token_id}")


def newest(*, limit: int = 200) -> list[ServiceToken]:
    """Tokens newest first, ended ones too."""
    return list(ServiceToken.objects.order_by("-created_at", "id")[:limit])


def authenticate(*, secret: Secret, address: str) -> Caller:
    """Who shows this token from this address. Raises BadToken, WrongNetwork."""
    idle = Q(idle_limit__isnull=True) | Q(
        idle_limit__gt=Now() - Coalesce(F("last_used_at"), F("created_at"))
    )
    good = ServiceToken.objects.filter(idle, revoked_at__isnull=True, expires_at__gt=Now())
    unseen = Q(last_used_at__isnull=True) | Q(last_used_at__lt=Now() - _USED_EVERY)
    token = good.filter(token_hash=fingerprint(secret)).annotate(unseen=unseen).first()
    if token is None:
        raise BadToken("It is unknown, over or was taken back. Ask an operator for a new one.")
    if token.networks and not _within(address, token.networks):
        raise WrongNetwork("Operators bound it to other networks than yours.")
    if token.unseen:
        ServiceToken.objects.filter(pk=token.pk).update(
            last_used_at=Now(), last_used_from=address or None
        )
    return Caller(
        owner=f"service:{token.name}",
        actor=f"service:{token.name}",
        scopes=frozenset(token.scopes),
        pools=frozenset(token.pools),
        names_limit=token.names_limit,
    )


def _network(text: str) -> str:
    try:
        return str(ip_network(text.strip()))
    except ValueError as error:
        raise Invalid(f"“{text}” is no network such as 10.0.0.0/8.", field="networks") from error


def _within(address: str, networks: Sequence[str]) -> bool:
    try:
        where = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(where, "ipv4_mapped", None)
    return any((mapped or where) in ip_network(network) for network in networks)
