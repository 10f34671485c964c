"""A secret that is planted in every credential is found nowhere: not in a log line, not in an
exception or its chain and frames, not in an address our HTTP client knows of, not in the audit.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from catalyst.audit.models import AuditEvent
from dns.registrars import services
from dns.registrars.catalog import find
from dns.registrars.exchange import Exchange
from dns.registrars.problems import RegistrarProblem
from tests.integration.dns.registrars.stage import OURS, WAYS, Customer, Stage

CANARY = "canary7f3a9c"
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("registrars")]


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Every logger at its most talkative, libraries' too."""
    # Before the rest: it brings the root's level back to what it is now, after us.
    caplog.set_level(logging.DEBUG)
    kept = {}
    for name in ("httpx", "httpcore", "urllib3", "requests", "asyncio", "redis"):
        logger = logging.getLogger(name)
        kept[logger] = logger.level
        logger.setLevel(logging.DEBUG)
    yield caplog
    for logger, level in kept.items():
        logger.setLevel(level)


def planted(stage: Stage, way: str, *, known: bool) -> Customer:
    """A customer whose every secret holds the canary; `known`: the vendor knows them."""
    customer = stage.customer(way)
    secret = {field.name for field in find(customer.registrar).fields if field.secret}
    fields = {
        name: f"{CANARY}-{name}-{text[-6:]}" if name in secret else text
        for name, text in customer.fields.items()
    }
    if known:
        names = {
            "namecheap": {"api_user": "ApiUser", "api_key": "ApiKey"},
        }.get(customer.registrar, {name: name for name in fields})
        credentials = {names[name]: text for name, text in fields.items()}
        credentials |= {"customer_id": "c1", "hosts": " ".join(OURS)}
        stage.ask("PATCH", f"/accounts/{customer.account}", credentials=credentials)
    customer.fields = fields
    return customer


@pytest.mark.parametrize("way", WAYS)
def test_given_a_planted_secret_when_everything_goes_right_and_wrong_then_it_is_nowhere(
    stage: Stage, way: str, everything_logged: pytest.LogCaptureFixture
) -> None:
    said: list[str] = []
    good, unknown = planted(stage, way, known=True), planted(stage, way, known=False)
    faults: list[tuple[str, dict[str, Any]]] = [
        ("", {}),
        ("lost_answer", {"on": "write"}),
        ("lost_answer", {"on": "read", "times": None}),
        ("rate_limit", {"retry_after": 300}),
    ]
    for customer, kind, more in [(unknown, "", {}), *((good, *fault) for fault in faults)]:
        stage.forgive()
        if kind:
            stage.fault(customer, kind, **more)
        said.append(told(customer))

    assert said[0] != said[1] != "", "the unknown one was refused, the good one was not"
    everything = "\n".join(
        (
            *said,
            *(repr(vars(record)) for record in everything_logged.records),
            everything_logged.text,
            json.dumps(list(AuditEvent.objects.values("actor", "act", "object", "after"))),
        )
    )
    assert AuditEvent.objects.filter(act="registrar.set-nameservers").exists()
    assert CANARY not in everything


def told(customer: Customer) -> str:
    """All that an error reporter could take from the outcome: chain, frames, their locals."""
    raised: RegistrarProblem | None = None
    try:
        outcome = services.set_nameservers(
            registrar=customer.registrar,
            domain=customer.name,
            credentials=customer.credentials,
            nameservers=OURS,
            actor="test",
        )
    except RegistrarProblem as problem:
        raised = problem
    if raised is None:
        return repr(outcome)
    assert raised.__cause__ is None and raised.__context__ is None
    # The first frame is this one, which made the credentials up.
    frames = traceback.TracebackException.from_exception(raised, capture_locals=True)
    frames.stack.pop(0)
    return "".join(frames.format()) + repr(raised) + json.dumps(raised.as_dict())


@pytest.mark.parametrize("way", [way for way in WAYS if way != "ovh"])
def test_given_hooks_on_our_http_client_when_it_asks_then_requests_show_no_secret(
    stage: Stage, way: str
) -> None:
    customer, seen = planted(stage, way, known=True), []

    def note(request: httpx.Request) -> None:
        seen.append(f"{request.url} {request.headers} {request.read()!r}")

    with services.opened(customer.registrar, customer.credentials) as adapter:
        exchange: Exchange = adapter._api._exchange  # type: ignore[attr-defined]
        exchange._http.event_hooks = {
            "request": [note],
            "response": [lambda answer: note(answer.request)],
        }
        adapter.validate(services.read_domain(customer.name))

    assert len(seen) >= 2
    assert CANARY not in "".join(seen)
