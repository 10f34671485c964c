"""One table of predicates: who may do what. Every address names one, nothing else decides.

Whose an object is, its own room says (404 for what is not yours); see docs/security-model.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponseBase

from catalyst.api.problems import NotLoggedIn
from catalyst.identity import again
from catalyst.identity.models import Role, User
from catalyst.identity.refusals import refuse

View = Callable[..., HttpResponseBase]
Named = TypeVar("Named")


@dataclass(frozen=True, slots=True)
class Predicate:
    """`passes` judges a person who is logged in and whose account is on.

    `without_login`: the address is open, or takes something else than a person's session.
    """

    passes: Callable[[User], bool]
    without_login: bool = False


def _has(*roles: str) -> Callable[[User], bool]:
    return lambda user: user.has_role(*roles)


def _anyone(user: User) -> bool:
    return True


def _nobody(user: User) -> bool:
    return False


PREDICATES: dict[str, Predicate] = {
    "anyone": Predicate(_anyone, without_login=True),
    "signed-in": Predicate(_anyone),
    "sovereign.provision": Predicate(_has(Role.OPERATOR, Role.MEMBER)),
    "operate": Predicate(_has(Role.OPERATOR)),
    "voucher.manage": Predicate(_has(Role.OPERATOR, Role.SOVEREIGN_ADMIN)),
    "catalog.manage": Predicate(_has(Role.OPERATOR, Role.SOVEREIGN_ADMIN)),
    "organization.manage": Predicate(_has(Role.OPERATOR, Role.SOVEREIGN_ADMIN)),
    "billing.manage": Predicate(_has(Role.OPERATOR, Role.SOVEREIGN_ADMIN)),
    "brand.manage": Predicate(_has(Role.OPERATOR, Role.SOVEREIGN_ADMIN)),
    "franchise.see": Predicate(_has(Role.OPERATOR, Role.SOVEREIGN_ADMIN)),  # its back office
    # Whoever may ask for a Sovereign may look for its name and bring a domain for it.
    "name.check": Predicate(_has(Role.OPERATOR, Role.MEMBER)),
    "registrar.use": Predicate(_has(Role.OPERATOR, Role.MEMBER)),
    "domain.bring": Predicate(_has(Role.OPERATOR, Role.MEMBER)),
    "log.read": Predicate(_anyone),  # and the log's own rule says yes
    "audit.read": Predicate(_anyone),  # operators all of it, others what is theirs
    # No person's session opens these: the address takes a secret, and its service judges that.
    "machine": Predicate(_nobody, without_login=True),  # its bearer
    "service-token": Predicate(_nobody, without_login=True),  # with the scope
    "acme-key": Predicate(_nobody, without_login=True),  # the key of its name
    "issuer": Predicate(_nobody, without_login=True),  # the signature of its token
    "webhook": Predicate(_nobody, without_login=True),  # the signature of its body
    "metrics": Predicate(_nobody, without_login=True),  # this machine itself, or the bearer
}


def allowed(user: object, predicate: str) -> bool:
    """Does this person pass the named predicate? People who are not logged in never do."""
    return isinstance(user, User) and user.is_active and PREDICATES[predicate].passes(user)


def names(predicate: str) -> Callable[[Named], Named]:
    """Say which predicate guards a view or consumer that asks for it itself, or that is open.

    Raises KeyError for one that is not in the table.
    """
    PREDICATES[predicate]

    def mark(guarded: Named) -> Named:
        guarded.predicate = predicate  # type: ignore[attr-defined]
        return guarded

    return mark


def requires(predicate: str) -> Callable[[View], View]:
    """Guard a view: log in first, then pass the predicate. The name is kept on the view."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return again.log_in(request, NotLoggedIn("Log in. Nothing was done."))
            if not allowed(request.user, predicate):
                refuse(request, predicate=predicate)
            return view(request, *args, **kwargs)

        return names(predicate)(guarded)

    return guard
