"""Log-ins at the issuer: kept with our session, renewed by their refresh token, ended."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from catalyst.audit.services import record
from catalyst.identity import sessions
from catalyst.identity.models import UserSession
from catalyst.identity.oidc import claims as judge
from catalyst.identity.oidc import issuer
from catalyst.identity.oidc.claims import Claims
from catalyst.identity.oidc.models import IssuerLogin, SpentLogoutToken
from catalyst.identity.oidc.people import known
from catalyst.identity.oidc.problems import (
    GrantRefused,
    IssuerAway,
    LogInRefused,
    TokenRefused,
)
from catalyst.problem import NotFound, Problem
from catalyst.vault import services as vault
from catalyst.vault.problems import Unsealable, VaultAway
from catalyst.vault.secret import Secret
from catalyst.work import locks

log = structlog.get_logger(__name__)
SHORTEST, LONGEST = 30, 3600  # seconds an answer is believed, whatever the issuer says
PAUSE = timedelta(seconds=10)  # between two questions of one session while it is away


@dataclass(frozen=True, slots=True)
class Answer:
    """What the token endpoint said: judged claims, and tokens not to be shown to anybody."""

    claims: Claims
    refresh: Secret | None
    seconds: int

    @classmethod
    def of(cls, said: dict[str, Any], claims: Claims) -> Answer:
        refresh, seconds = said.get("refresh_token"), said.get("expires_in")
        return cls(
            claims=claims,
            refresh=Secret(refresh) if isinstance(refresh, str) and refresh else None,
            seconds=min(max(seconds, SHORTEST), LONGEST) if type(seconds) is int else SHORTEST,
        )


@contextmanager
def keeping(answer: Answer, *, otherwise: str = "") -> Iterator[Callable[[str], datetime]]:
    """A transaction in which a log-in is kept: what is yielded takes the key of a session that is
    there and returns until when the log-in is fresh.

    The refresh token is sealed before it begins: the vault is not asked while rows are locked.
    `otherwise` is the reference that stays when there is no new token or no vault to seal it.
    Raises TokenRefused when the issuer ended the log-in meanwhile, GrantRefused when the session
    is gone, VaultAway.
    """
    refresh = _sealed(answer.refresh, otherwise)
    is_kept = False
    try:
        with transaction.atomic():
            _hold_endings(answer.claims["iss"], alone=False)
            _must_not_be_ended(answer.claims)
            yield partial(_keep, answer=answer, refresh=refresh)
        is_kept = True
    finally:
        if not is_kept and refresh != otherwise:
            vault.delete(refresh)


def forget(session_key: str | None) -> None:
    """What was kept of the log-in a session came by; the session itself stays."""
    with transaction.atomic():
        _lock(session_key)
        for row in IssuerLogin.objects.filter(pk=session_key):
            if row.refresh:
                vault.delete(row.refresh)
            row.delete()


def renew(session_key: str) -> datetime:
    """Show the refresh token where the time is up; returns until when the log-in is fresh now.

    One at a time per session; who waited finds it done. Raises GrantRefused when the log-in is
    over (its session is gone then), IssuerAway when nobody can say for too long already: the issuer
    does not answer, or the vault does not give out what to show it.
    """
    with _one_at_a_time(session_key):
        row = IssuerLogin.objects.filter(pk=session_key).first()
        now = timezone.now()
        if row is None:
            raise GrantRefused("This log-in was ended. Log in again.")
        if row.fresh_until > now:
            return row.fresh_until
        if row.asked_at is not None and row.asked_at > now - PAUSE:
            return _patient(row, now)
        try:
            with keeping(_asked_again(row), otherwise=row.refresh) as keep:
                return keep(session_key)
        except (IssuerAway, VaultAway):
            IssuerLogin.objects.filter(pk=session_key).update(asked_at=now)
            return _patient(row, now)
        except (GrantRefused, LogInRefused) as problem:
            _end_refused(row, problem)
            raise GrantRefused("The log-in service ended it. Log in again.") from problem


def renew_due(keys: set[str]) -> None:
    """Renew the log-ins of these sessions whose time is up. What nobody can say now waits for the
    next turn; a log-in that is over is gone afterwards."""
    now = timezone.now()
    due = IssuerLogin.objects.filter(pk__in=keys, fresh_until__lte=now)
    for key in due.exclude(asked_at__gt=now - PAUSE).values_list("pk", flat=True):
        try:
            renew(key)
        except Problem as problem:
            log.info("log-in of a stream was not renewed", problem=problem.type)


def end_by(claims: Claims) -> int:
    """End the sessions a logout token names, once per token; returns how many ended.

    Raises TokenRefused for one that was used before.
    """
    rows = IssuerLogin.objects.filter(issuer=claims["iss"])
    rows = rows.filter(sid=claims["sid"]) if "sid" in claims else rows
    rows = rows.filter(subject=claims["sub"]) if "sub" in claims else rows
    with transaction.atomic():
        _hold_endings(claims["iss"], alone=True)
        _spend(claims)
        ended = UserSession.objects.filter(issuer_login__in=rows)
        whose = Counter(ended.values_list("user_id", flat=True))
        count = sessions.end(ended)
        for person, number in whose.items():
            record(
                actor="issuer",
                act="identity.log-out-by-issuer",
                object=f"user:{person}",
                after={"ended": number},
            )
    return count


def forget_spent() -> None:
    """Drop tokens that are too old to be taken again; a round of beat."""
    SpentLogoutToken.objects.filter(expires_at__lt=timezone.now()).delete()


def _asked_again(row: IssuerLogin) -> Answer:
    """Also reads who the person is now: roles, name. Raises GrantRefused, LogInRefused, Away."""
    if not row.refresh:
        raise GrantRefused
    try:
        token = vault.get(row.refresh).reveal()
    except (NotFound, Unsealable) as problem:  # nobody will ever open it
        raise GrantRefused from problem
    said = issuer.tokens(grant_type="refresh_token", refresh_token=token)
    claims = judge.of_id_token(said.get("id_token"), subject=row.subject)
    if claims.get("sid", row.sid) != row.sid:
        raise TokenRefused("another session than before")
    known(claims)
    return Answer.of(said, claims)


def _patient(row: IssuerLogin, now: datetime) -> datetime:
    """The issuer or the vault is away: what it said last is believed for a while, not for ever."""
    if now > row.fresh_until + sessions.PATIENCE:
        raise IssuerAway("Your log-in has to be looked at again. Try again in a minute.")
    return now + PAUSE


def _end_refused(row: IssuerLogin, problem: Exception) -> None:
    reason = getattr(problem, "reason", type(problem).__name__)
    log.info("log-in was not renewed", reason=reason)
    with transaction.atomic():
        ended = UserSession.objects.filter(pk=row.pk)
        person = ended.values_list("user_id", flat=True).first()
        if not sessions.end(ended):
            return  # ended by somebody else meanwhile, who has said so
        record(
            actor="issuer",
            act="identity.log-in-ended",
            object=f"user:{person}",
            after={"reason": reason},
        )


def _keep(session_key: str, *, answer: Answer, refresh: str) -> datetime:
    if not _lock(session_key):
        raise GrantRefused("This log-in was ended. Log in again.")
    old = IssuerLogin.objects.filter(pk=session_key).values_list("refresh", flat=True).first()
    until = timezone.now() + timedelta(seconds=answer.seconds)
    facts = {
        "issuer": answer.claims["iss"],
        "subject": answer.claims["sub"],
        "sid": answer.claims.get("sid", ""),
        "refresh": refresh,
        "fresh_until": until,
        "asked_at": None,
    }
    IssuerLogin.objects.update_or_create(session_id=session_key, defaults=facts)
    if old and old != refresh:
        vault.delete(old)
    return until


def _lock(session_key: str | None) -> bool:
    """Hold the session's row, always before what hangs on it. False: it is gone."""
    rows = UserSession.objects.select_for_update().filter(pk=session_key)
    return bool(rows.values_list("pk"))


def _hold_endings(name: str, *, alone: bool) -> None:
    """Until the end of this transaction nobody ends a log-in of this issuer (`alone`: nor keeps
    one). Else either would not see the other's rows, which are not committed yet."""
    locks.hold(f"identity.endings:{name}", shared=not alone)


def _must_not_be_ended(claims: Claims) -> None:
    """A logout token may come before what it ends is kept. Both times are the issuer's, in whole
    seconds: within the same one the log-out counts."""
    named = SpentLogoutToken.objects.filter(issuer=claims["iss"], issued_at__gte=_issued(claims))
    sids, subjects = ("", claims.get("sid", "")), ("", claims["sub"])
    if named.filter(sid__in=sids, subject__in=subjects).exists():
        raise TokenRefused("ended at the issuer meanwhile")


def _spend(claims: Claims) -> None:
    """Raises TokenRefused for one that was used before."""
    digest = hashlib.sha256(f"{claims['iss']}\n{claims['jti']}".encode()).digest()
    age = timedelta(seconds=judge.FRESH + 2 * judge.LEEWAY)
    try:
        with transaction.atomic():
            SpentLogoutToken.objects.create(
                digest=digest,
                issuer=claims["iss"],
                sid=claims.get("sid", ""),
                subject=claims.get("sub", ""),
                issued_at=_issued(claims),
                expires_at=timezone.now() + age,
            )
    except IntegrityError as error:
        raise TokenRefused("used before") from error


def _issued(claims: Claims) -> datetime:
    return datetime.fromtimestamp(int(claims["iat"]), UTC)


def _sealed(refresh: Secret | None, otherwise: str) -> str:
    """Reference of the sealed token. Without a new one the old one stays good (RFC 6749 §6), and
    when the vault goes away after the question it is our best guess."""
    if refresh is None:
        return otherwise
    try:
        return vault.put(purpose="refresh-token", secret=refresh, expires_in=sessions.LONGEST)
    except VaultAway:
        if not otherwise:
            raise
        log.warning("a new refresh token could not be sealed")
        return otherwise


@contextmanager
def _one_at_a_time(session_key: str) -> Iterator[None]:
    """A lock of PostgreSQL's, held by this connection: no transaction is open while we ask."""
    name = f"identity.renew:{session_key}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])
