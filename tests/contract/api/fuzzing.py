"""Examples of every operation, made once and sent as everybody: making them takes most of the time.

Seeded, so that a failure comes back. `CATALYST_FUZZ_EXAMPLES=100` makes more.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import schemathesis
from django.conf import settings as django_settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from catalyst.api.document import PREFIX
from catalyst.identity.models import Role, User
from catalyst.limits.actions import LIMITS
from catalyst.limits.services import forgive
from sovereign_wizard.provisioning.models import Deployment

# For each operation and way of making values; sent with made-up and with real ids.
EXAMPLES = int(os.environ.get("CATALYST_FUZZ_EXAMPLES", "2"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# A stream goes on on connections of its own, which see nothing of the test's transaction;
# tests/integration/sovereign_wizard/api/test_logs.py reads it.
STREAMS = {"logs_logs"}
Judge = Callable[[str, Any], None]


@dataclass(frozen=True, slots=True)
class Somebody:
    """A caller, and what makes the call his."""

    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    counted_as: str = "address:127.0.0.1"


@dataclass(frozen=True, slots=True)
class Owned:
    """`canaries` are the owner's own to see, `hidden` is nobody's."""

    deployment: Deployment
    ids: dict[str, str]
    canaries: tuple[str, ...]
    hidden: tuple[str, ...]


def person(email: str, role: str = Role.MEMBER) -> User:
    return User.objects.create(subject=email, email=email, roles=[role])


def logged_in(user: User) -> Somebody:
    client = Client()
    client.force_login(user)
    token = secrets.token_hex(16)
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    cookies[django_settings.CSRF_COOKIE_NAME] = token
    return Somebody(cookies, {"X-CSRFToken": token}, f"person:{user.pk}")


def shows(words: tuple[str, ...], answer: Any) -> list[str]:
    told = answer.text + repr(dict(answer.headers))
    return [word for word in words if word in told]


@cache
def document() -> Any:
    """As it is served; asked in one process, with the database of the test at hand."""
    return schemathesis.openapi.from_wsgi(f"{PREFIX}openapi.json", app=WSGIHandler())


@cache
def examples() -> tuple[tuple[str, Any, tuple[Case, ...]], ...]:
    """Name, operation and cases of each: values that fit the document, and that do not."""
    made = []
    for found in document().get_all_operations():
        operation = found.ok()
        cases: list[Case] = []
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            cases += _made(operation.as_strategy(generation_mode=mode))
        made.append((operation.definition.raw["operationId"], operation, tuple(cases)))
    return tuple(made)


def _made(strategy: Any) -> list[Case]:
    cases: list[Case] = []

    @seed(5)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def keep(case: Case) -> None:
        cases.append(case)

    keep()
    return cases


def send_all(
    somebody: Somebody,
    judge: Judge,
    *,
    ids: Mapping[str, str],
    paths: tuple[str, ...] = ("/",),
    real_only: bool = False,
) -> int:
    """Every example below these paths, with its own ids and with `ids`; how many were sent.

    `real_only`: for a caller who is to be refused nearly everywhere, whatever is in an address.
    """
    return sum(_send(somebody, judge, ids, paths, real_only))


def _send(
    somebody: Somebody,
    judge: Judge,
    ids: Mapping[str, str],
    paths: tuple[str, ...],
    real_only: bool,
) -> Iterator[int]:
    for name, operation, cases in examples():
        if not operation.path.removeprefix(PREFIX.rstrip("/")).startswith(paths):
            continue
        known = {key: ids[key] for key in ids if f"{{{key}}}" in operation.path}
        for case in cases:
            for values in _addresses(case, known, real_only=real_only):
                if name in STREAMS and somebody.cookies and values is known:
                    continue
                judge(name, _answer(operation, case, values, somebody))
                yield 1


def _addresses(
    case: Case, known: dict[str, str], *, real_only: bool
) -> Iterator[Mapping[str, Any]]:
    if not (known and real_only):
        yield case.path_parameters
    if known:
        yield known


def _answer(operation: Any, case: Case, path: Mapping[str, Any], somebody: Somebody) -> Any:
    """Sent as somebody, and held against the document."""
    for action in LIMITS:
        forgive(action=action, key=somebody.counted_as)
    kept = {k: v for k, v in (case.headers or {}).items() if k.lower() != "authorization"}
    asked = operation.Case(
        path_parameters={**(case.path_parameters or {}), **path},
        query=case.query,
        body=case.body,
        media_type=case.media_type,
        headers={**kept, **somebody.headers},
        cookies=dict(somebody.cookies),
    )
    answer = asked.call()
    asked.validate_response(answer, checks=CHECKS)
    return answer
