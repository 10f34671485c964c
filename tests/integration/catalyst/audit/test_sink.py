"""The copy elsewhere: every sealed line, in order, to that collector and to nobody else."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest
from django.utils import timezone
from pydantic import SecretStr, ValidationError

from catalyst.audit.chain import lines_after, spell
from catalyst.audit.sealing import figures, seal
from catalyst.audit.sink import TOPIC, SinkRefused, ship
from catalyst.models import AuditEvent, AuditShipped, OutboxItem
from catalyst.settings.environment import Environment
from catalyst.work import outbox
from tests.integration.catalyst.audit.conftest import Collector

pytestmark = pytest.mark.django_db
TOKEN = "collector-token-canary-0123456789abcdef"
Act = Callable[..., AuditEvent]


@pytest.fixture
def sink(settings, collector: Collector) -> Collector:
    settings.CATALYST = settings.CATALYST.model_copy(
        update={
            "audit_sink_url": collector.url,
            "audit_sink_token": SecretStr(TOKEN),
            "ca_bundle": collector.ca_bundle,
        }
    )
    return collector


def item() -> OutboxItem:
    return OutboxItem.objects.filter(topic=TOPIC).latest("pk")


def due() -> None:
    OutboxItem.objects.filter(topic=TOPIC, done_at=None).update(available_at=timezone.now())


def happened(act: Act, *numbers: int) -> None:
    """These acts, sealed, and sent as far as the collector takes them."""
    for number in numbers:
        act(number)
    seal()
    outbox.drain()


def test_given_a_collector_when_sealed_then_it_gets_every_line_once_and_in_order(
    sink: Collector, act: Act
) -> None:
    happened(act, 0, 1, 2)
    happened(act, 3)
    assert sink.lines == [spell(line) for line, _ in lines_after()]
    assert [json.loads(line)["seq"] for line in sink.lines] == [1, 2, 3, 4]
    assert {headers["Authorization"] for headers in sink.headers} == {f"Bearer {TOKEN}"}
    assert {headers["Content-Type"] for headers in sink.headers} == {"application/x-ndjson"}
    assert AuditShipped.objects.get().seq == 4


def test_given_a_collector_that_is_out_of_order_when_it_is_back_then_nothing_is_missing(
    sink: Collector, act: Act
) -> None:
    sink.answers = [503]
    happened(act, 1)
    assert sink.lines == [] and not AuditShipped.objects.exists()
    waiting = item()
    assert waiting.done_at is None and waiting.attempts == 1
    assert TOKEN not in waiting.last_error and "503" in waiting.last_error
    act(2)
    seal()
    due()
    outbox.drain()
    assert [json.loads(line)["seq"] for line in sink.lines] == [1, 2]


def test_given_a_collector_that_is_away_when_more_is_sealed_then_one_promise_stays_open(
    sink: Collector, act: Act
) -> None:
    sink.answers = [503]
    happened(act, 1)
    for number in range(2, 5):
        act(number)
        seal()
    assert OutboxItem.objects.filter(topic=TOPIC).count() == 1
    due()
    outbox.drain()
    assert [json.loads(line)["seq"] for line in sink.lines] == [1, 2, 3, 4]


def test_given_lines_sealed_while_a_sending_ended_when_looked_again_then_they_are_promised(
    sink: Collector, act: Act
) -> None:
    act()
    seal()
    OutboxItem.objects.filter(topic=TOPIC).update(done_at=timezone.now())  # and sent nothing of it
    seal()
    outbox.drain()
    assert [json.loads(line)["seq"] for line in sink.lines] == [1]
    seal()
    assert not OutboxItem.objects.filter(topic=TOPIC, done_at=None).exists()


def test_given_an_earlier_collector_when_measured_then_what_the_one_of_today_lacks(
    sink: Collector, act: Act
) -> None:
    AuditShipped.objects.create(sink="0.before.example", seq=1)
    for number in range(3):
        act(number)
    seal()
    unshipped = {metric.name: metric for metric in figures()}["catalyst_audit_unshipped"]
    assert [sample.value for sample in unshipped.samples] == [3.0]


def test_given_a_collector_that_sends_elsewhere_when_asked_then_the_token_does_not_follow(
    sink: Collector, act: Act
) -> None:
    sink.answers = [307]
    act()
    seal()
    with pytest.raises(SinkRefused, match="307"):
        ship(item())
    assert len(sink.headers) == 1 and not AuditShipped.objects.exists()


def test_given_a_certificate_nobody_vouches_for_when_sending_then_nothing_is_sent(
    sink: Collector, act: Act, settings
) -> None:
    settings.CATALYST = settings.CATALYST.model_copy(update={"ca_bundle": None})
    act()
    seal()
    with pytest.raises(httpx.ConnectError, match="certificate"):
        ship(item())
    assert sink.headers == []


def test_given_no_collector_when_sealed_then_nothing_is_promised(act: Act) -> None:
    act()
    seal()
    assert not OutboxItem.objects.filter(topic=TOPIC).exists()


@pytest.mark.parametrize(
    "url", ["http://collector.example/", "https://a:b@collector.example/", "https://c.example/?k=v"]
)
def test_given_a_collector_without_tls_or_with_a_secret_in_its_address_when_set_then_refused(
    settings, url: str
) -> None:
    values = settings.CATALYST.model_dump() | {"audit_sink_url": url}
    with pytest.raises(ValidationError, match="audit_sink_url"):
        Environment(**values)
