"""Who asks: a program with a service token, or a person with a session; and what they may do."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import HttpBearer

from catalyst.api.problems import NotLoggedIn
from catalyst.api.session import Session
from catalyst.identity.models import User
from catalyst.identity.permissions import allowed
from catalyst.limits.gate import by_address
from catalyst.problem import Forbidden
from catalyst.vault.secret import Secret
from dns.tokens import services
from dns.tokens.models import Scope
from dns.tokens.values import Caller

_EVERYTHING = frozenset(Scope.values)


class BadBearer(NotLoggedIn):
    type = services.BadToken.type
    title = services.BadToken.title
    scheme = "Bearer"


class MissingScope(Forbidden):
    type = "missing-scope"
    title = "This token is not for that"


class ServiceBearer(HttpBearer):
    """A program's token (`Authorization: Bearer cdns_…`); other bearers are not ours to judge."""

    predicate = "service-token"

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        if not token.startswith(services.PREFIX):
            return None
        address = by_address(request).partition(":")[2]
        try:
            return services.authenticate(secret=Secret(token), address=address)
        except services.BadToken as problem:
            raise BadBearer(problem.detail) from problem


AUTH = [ServiceBearer(), Session("operate")]
CHECK = [ServiceBearer(), Session("name.check")]


def caller(request: HttpRequest, scope: Scope, *, domain: str = "") -> Caller:
    """Who asks, if they may do this with the names of `domain`. Raises Forbidden, MissingScope."""
    who = request.auth  # type: ignore[attr-defined]  # put there by ninja
    if isinstance(who, User):
        return _person(who, scope)
    assert isinstance(who, Caller)
    if scope not in who.scopes:
        raise MissingScope(f"It lacks the scope “{scope}”.", scope=str(scope))
    if domain and who.pools and domain.strip().rstrip(".").lower() not in who.pools:
        raise MissingScope(f"It is not for names under {domain}.", pool=domain)
    return who


def operator(request: HttpRequest) -> str:
    """The person who may hand out tokens; no token may. Raises Forbidden."""
    who = request.auth  # type: ignore[attr-defined]  # put there by ninja
    if not allowed(who, "operate"):
        raise Forbidden("Your role does not include this.")
    return str(who)


def _person(who: User, scope: Scope) -> Caller:
    """Operators may do all of it; whoever may ask for a Sovereign may look for a name."""
    may = allowed(who, "operate") or (scope == Scope.CHECK and allowed(who, "sovereign.provision"))
    if not may:
        raise Forbidden("Your role does not include this.")
    return Caller(owner=who.account, actor=str(who), scopes=_EVERYTHING)
