"""The public preview: constant for unknown and revoked, throttled, never open by accident."""

from __future__ import annotations

import os
import random
import statistics
import time
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from franchise.vouchers import services as vouchers
from franchise.vouchers.codes import ALPHABET, new_code
from tests.integration.catalyst.limits.conftest import redis_away

__all__ = ["redis_away"]
pytestmark = pytest.mark.django_db
PREVIEW = "/billing/vouchers/redeem-preview"
PREVIEWS = int(os.environ.get("CATALYST_PREVIEWS", "1000"))
ADDRESSES = 500


def ask(client: Client, code: str, address: str = "") -> Any:
    extra: dict[str, Any] = {"REMOTE_ADDR": address} if address else {}
    return client.post(PREVIEW, {"code": code}, "application/json", **extra)


def told(answer: Any) -> tuple[Any, ...]:
    """All of an answer but the id of the request, the second it was given in, and tries left."""
    document = {name: value for name, value in answer.json().items() if name != "instance"}
    ignored = ("X-Request-Id", "Content-Security-Policy", "Expires")
    headers = {name: value for name, value in answer.items() if name not in ignored}
    headers = {name: value for name, value in headers.items() if "RateLimit" not in name}
    return answer.status_code, document, headers


@pytest.fixture
def codes(issue) -> dict[str, str]:
    """One of each kind that nobody may tell apart."""
    revoked = issue()
    vouchers.revoke(voucher_id=revoked.voucher.pk, actor="x")
    return {
        "revoked": revoked.code.reveal(),
        "unknown": new_code().reveal(),
        "mistyped": "0000-0000-0001",
        "not one at all": "🎁" * 20,
    }


@pytest.mark.usefixtures("unlimited")
def test_proof_10_given_unknown_and_revoked_when_previewed_then_the_same_answer_and_statements(
    codes: dict[str, str],
) -> None:
    client, answers, statements = Client(), {}, {}
    ask(client, codes["unknown"])  # makes the key of the hashes
    for kind, code in codes.items():
        with CaptureQueriesContext(connection) as seen:
            answers[kind] = told(ask(client, code))
        # Where the values stand in a statement is no matter: hashes are all as long.
        statements[kind] = [len(each["sql"]) for each in seen.captured_queries]
    assert answers["revoked"][0] == 404
    assert all(answer == answers["unknown"] for answer in answers.values()), answers
    assert all(each == statements["unknown"] for each in statements.values()), statements


@pytest.mark.usefixtures("unlimited")
def test_proof_10_given_unknown_and_revoked_when_timed_then_within_5_ms(
    codes: dict[str, str],
) -> None:
    """Of the quicker answers: an attacker's quiet moments. A machine so busy that an answer takes
    more than 15 ms blurs more: a third of it."""
    client = Client()
    times: dict[str, list[float]] = {kind: [] for kind in codes}
    for _ in range(60):
        for kind in random.sample(sorted(codes), len(codes)):
            began = time.perf_counter()
            ask(client, codes[kind])
            times[kind].append((time.perf_counter() - began) * 1000)
    quick = {kind: statistics.quantiles(each, n=5)[0] for kind, each in times.items()}
    blur = max(5.0, min(quick.values()) / 3)
    assert max(quick.values()) - min(quick.values()) < blur, quick


def test_proof_10_given_random_codes_from_500_addresses_when_previewed_then_throttled(
    lower, issue
) -> None:
    """`CATALYST_PREVIEWS=10000` asks so many; the limits shrink and grow with the number."""
    lower("preview", max(1, PREVIEWS // ADDRESSES // 2))
    lower("preview-account", PREVIEWS)
    lower("preview-all", PREVIEWS * 3 // 10)
    revoked = issue()
    vouchers.revoke(voucher_id=revoked.voucher.pk, actor="x")
    chance, client = random.Random(11), Client()
    statuses: Counter[int] = Counter()
    bodies: set[str] = set()
    for number in range(PREVIEWS):
        code = "".join(chance.choices(ALPHABET, k=12)) if number % 100 else revoked.code.reveal()
        answer = ask(client, code, f"2001:db8::{number % ADDRESSES:x}")
        statuses[answer.status_code] += 1
        if answer.status_code == 404:
            bodies.add(str(told(answer)))
        else:
            assert int(answer["Retry-After"]) > 0

    assert set(statuses) == {404, 429}
    assert statuses[404] <= PREVIEWS * 3 // 10
    assert len(bodies) == 1, bodies


def test_given_one_address_when_it_asks_too_often_then_others_are_still_answered(
    lower, issue
) -> None:
    lower("preview", 2)
    code = issue().code.reveal()
    client = Client()
    loud = [ask(client, code, "192.0.2.1").status_code for _ in range(4)]
    assert loud == [200, 200, 429, 429]
    assert ask(client, code, "192.0.2.2").status_code == 200


@pytest.mark.usefixtures("redis_away")
def test_w09_given_nobody_can_count_when_previewed_or_redeemed_then_503_and_nothing_is_told(
    issue,
) -> None:
    code, client = issue().code.reveal(), Client()
    answer = ask(client, code)
    assert (answer.status_code, answer.json()["type"]) == (503, "limits-away")
    assert int(answer["Retry-After"]) > 0
    assert client.get("/redeem", {"code": code}).status_code == 503
    page = client.post("/redeem", {"code": code, "email": "a@example.com"})
    assert page.status_code == 503
    assert "OMR" not in page.text
