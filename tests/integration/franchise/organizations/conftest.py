"""An Organization with people in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from catalyst.identity import step_up
from catalyst.identity.models import User
from franchise.mails.models import Mail
from franchise.organizations import services
from franchise.organizations.models import Membership, Organization

Join = Callable[..., Membership]
Browser = Callable[[User], Client]


@pytest.fixture
def person(db: None) -> Callable[..., User]:
    def make(email: str, *roles: str) -> User:
        return User.objects.create(subject=email, email=email, roles=list(roles))

    return make


@pytest.fixture
def acme(person) -> Organization:
    """With its owner, owner@acme.example, who has logged in."""
    owner = person("owner@acme.example")
    return services.create(name="Acme", owner_email=owner.email, user=owner)


@pytest.fixture
def join(person, acme) -> Join:
    """Somebody new in it; or in another one."""

    def make(email: str, role: str, organization: Organization | None = None) -> Membership:
        return Membership.objects.create(
            organization=organization or acme, email=email, user=person(email), role=role
        )

    return make


@pytest.fixture
def owner(acme) -> Membership:
    return Membership.objects.select_related("user").get(organization=acme, role="owner")


@pytest.fixture
def browser() -> Browser:
    """Logged in, and proved just now who they are."""

    def make(user: User) -> Client:
        client = Client()
        client.force_login(user)
        session = client.session
        request = type("Request", (), {"session": session})()
        step_up.proved(request)  # type: ignore[arg-type]
        session.save()
        return client

    return make


@pytest.fixture
def mails(db: None) -> Callable[[], list[tuple[str, str]]]:
    """Kind and address of the mails promised so far, in their order."""
    return lambda: list(Mail.objects.order_by("id").values_list("kind", "to"))
