"""All checks together: at the same time, told as they finish, patient with an absent vendor."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest
from django.db import connection

from catalyst.vault.secret import Secret
from dns.pools.models import Pool
from sovereign_wizard.catalog.problems import HetznerAway, RateLimited
from sovereign_wizard.preflight.services import CHECKS, examine, refused
from sovereign_wizard.preflight.subject import Subject
from sovereign_wizard.preflight.verdict import Answer, Verdict
from tests.integration.sovereign_wizard.preflight.cloud_project import CloudProject

pytestmark = pytest.mark.django_db(transaction=True)


def connections_open() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        (count,) = cursor.fetchone()
    return int(count)


def test_given_a_good_wish_then_every_check_answers_and_none_refuses(
    subject: Subject, pool: Pool
) -> None:
    told: list[Verdict] = []
    before = connections_open()

    verdicts = examine(subject, tell=told.append)

    assert [verdict.id for verdict in verdicts] == [check.id for check in CHECKS]
    assert sorted(told, key=verdicts.index) == list(verdicts)
    assert refused(verdicts) == ()
    answers = {verdict.id: verdict.verdict for verdict in verdicts}
    nobody_knows = {check for check, answer in answers.items() if answer is Answer.UNKNOWN}
    assert nobody_knows == {"quota", "certificates"}
    assert all(verdict.evidence and verdict.milliseconds >= 0 for verdict in verdicts)
    deadline = time.monotonic() + 10
    while connections_open() > before:  # the server notices a moment later
        assert time.monotonic() < deadline, "a thread left its database connection open"


def test_given_a_slow_vendor_then_the_others_are_told_at_once_and_all_wait_together(
    subject: Subject, cloud_project: CloudProject, pool: Pool
) -> None:
    order: list[tuple[str, str]] = []

    def tell(verdict: Verdict) -> None:
        order.append((verdict.id, threading.current_thread().name))

    with cloud_project.fault("latency", seconds=0.4, match={"path": "server_types|ssh_keys$"}):
        verdicts = examine(subject, tell=tell)

    slow = [verdict for verdict in verdicts if verdict.milliseconds >= 400]
    assert {verdict.id for verdict in slow} >= {"token", "placement", "memory", "project"}
    finished = [check for check, _ in order]
    assert finished.index("ssh-key") < min(finished.index(verdict.id) for verdict in slow)
    assert {thread for _, thread in order} == {threading.current_thread().name}


def test_given_a_bad_token_then_its_check_refuses_and_the_rest_is_still_told(
    subject: Subject, pool: Pool
) -> None:
    verdicts = examine(replace(subject, token=Secret("x" * 64)), tell=lambda _: None)

    assert [verdict.id for verdict in refused(verdicts)] == ["token"]


def test_given_hetzner_is_away_then_that_is_no_verdict_but_ours_are_told(
    subject: Subject, cloud_project: CloudProject, pool: Pool
) -> None:
    told: list[Verdict] = []

    with cloud_project.fault("status", status=503), pytest.raises(HetznerAway):
        examine(subject, tell=told.append)

    assert {verdict.id for verdict in told} == {
        "quota",
        "name",
        "pool",
        "ssh-key",
        "certificates",
    }


def test_given_a_429_then_whoever_asks_is_told_until_when_to_wait(
    subject: Subject, cloud_project: CloudProject, pool: Pool
) -> None:
    with cloud_project.fault("rate_limit"), pytest.raises(RateLimited) as slow:
        examine(subject, tell=lambda _: None)

    assert slow.value.extra["waiting"].startswith("waiting for Hetzner until ")
    assert 0 < slow.value.extra["retry_after"] <= 11
