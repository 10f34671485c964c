"""Who asks: a person who may provision, or a new machine with its bearer."""

from __future__ import annotations

import uuid

from django.http import HttpRequest
from ninja.security import HttpBearer

from catalyst.api.problems import MissingBearer
from catalyst.identity.models import User
from catalyst.identity.permissions import allowed
from catalyst.problem import Forbidden
from sovereign_wizard.provisioning import services
from sovereign_wizard.provisioning.models import Deployment


def person(request: HttpRequest) -> User:
    """The person who is logged in. Raises Forbidden unless the role includes provisioning."""
    if not isinstance(request.user, User) or not allowed(request.user, "sovereign.provision"):
        raise Forbidden("Your role does not include provisioning.")
    return request.user


def theirs(request: HttpRequest, deployment_id: uuid.UUID) -> tuple[User, Deployment]:
    """The person, and a Deployment they may see. Raises Forbidden, NotFound."""
    user = person(request)
    return user, services.find(deployment_id=deployment_id, user=user)


class MachineBearer(HttpBearer):
    """A new machine's bearer; whose it is, the service decides."""

    predicate = "machine"

    def __call__(self, request: HttpRequest) -> str:
        found: str | None = super().__call__(request)
        if not found:
            raise MissingBearer("Send Authorization: Bearer with what the machine was told.")
        return found

    def authenticate(self, request: HttpRequest, token: str) -> str:
        return token


def bearer(request: HttpRequest) -> str:
    """The bearer of a route with `auth=MachineBearer()`."""
    return str(request.auth)  # type: ignore[attr-defined]  # put there by ninja
