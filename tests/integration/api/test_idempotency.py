"""A request that is sent again is done once."""

from __future__ import annotations

import json

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from catalyst.api.idempotency import KEPT, forget_old
from catalyst.api.models import IdempotencyKey
from catalyst.identity.models import Role, User
from tests.integration.api.conftest import Send
from tests.integration.catalyst.racing import at_once

pytestmark = pytest.mark.django_db


def things() -> int:
    return User.objects.filter(email__endswith="@things.example").count()


def kind(answer: HttpResponse) -> tuple[int, str]:
    return answer.status_code, json.loads(answer.content)["type"]


def test_given_the_same_request_when_sent_again_then_the_same_answer_and_one_act(
    make: Send,
) -> None:
    first, second = make(), make()

    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert second["Idempotency-Replayed"] == "true"
    assert things() == 1


def test_given_another_body_when_the_key_is_used_again_then_422_and_nothing_more(
    make: Send,
) -> None:
    make("one")

    assert kind(make("two")) == (422, "idempotency-key-reused")
    assert things() == 1


def test_given_the_same_document_written_otherwise_when_sent_then_it_is_the_same(
    make: Send, client: Client
) -> None:
    make("one")
    again = client.post(
        "/api/v1/things",
        '{ "name" :\n"one" }',
        content_type="application/json",
        headers={"Idempotency-Key": "a-good-key"},
    )

    assert again.status_code == 201 and things() == 1


def test_given_other_keys_when_sent_then_each_is_an_act(make: Send) -> None:
    assert make(key="key-one-1").json() != make(key="key-two-2").json()
    assert things() == 2


def test_given_another_person_when_the_same_key_is_used_then_it_is_theirs(
    make: Send, client: Client
) -> None:
    make()
    other = User.objects.create(subject="o", email="o@example.com", roles=[Role.MEMBER])
    client.force_login(other)

    assert "Idempotency-Replayed" not in make()
    assert things() == 2


@pytest.mark.parametrize("key", ["", "short", "x" * 81, "with\ttab-in-it"])
def test_given_no_usable_key_when_one_is_needed_then_422(make: Send, key: str) -> None:
    assert kind(make(key=key)) == (422, "invalid")
    assert things() == 0


def test_given_a_refusal_when_sent_again_then_it_is_tried_again(make: Send) -> None:
    assert kind(make("refused")) == (409, "conflict")
    assert things() == 0, "what the refused request had written is undone"
    assert not IdempotencyKey.objects.exists()
    assert make("one").status_code == 201


def test_given_a_secret_in_the_body_when_the_key_is_kept_then_the_secret_is_not(
    make: Send,
) -> None:
    canary = "c4n4ry" * 8
    make(secret=canary)
    with connection.cursor() as cursor:
        cursor.execute("SELECT k::text FROM api_idempotency_key k")
        rows = cursor.fetchall()

    assert len(rows) == 1
    assert canary not in str(rows)


def test_given_a_day_has_passed_when_cleaned_up_then_the_key_is_forgotten(make: Send) -> None:
    make(key="older-key")
    IdempotencyKey.objects.update(created_at=timezone.now() - KEPT * 1.01)
    make(key="newer-key")

    assert forget_old() == 1
    assert [row.key for row in IdempotencyKey.objects.all()] == ["newer-key"]


@pytest.mark.django_db(transaction=True)
def test_given_the_same_request_eight_times_at_once_when_sent_then_one_act_and_one_answer(
    make: Send,
) -> None:
    answers = at_once(8, lambda _: make())

    assert {answer.status_code for answer in answers} == {201}  # type: ignore[union-attr]
    assert len({answer.content for answer in answers}) == 1  # type: ignore[union-attr]
    assert things() == 1


@pytest.mark.django_db(transaction=True)
def test_given_the_same_request_under_way_for_too_long_when_sent_again_then_409(
    client: Client, person: User
) -> None:
    key = {"person": person, "key": "a-good-key", "route": "POST /api/v1/hurried"}
    with transaction.atomic():
        IdempotencyKey.objects.create(**key, request_hash="theirs")
        (answer,) = at_once(
            1, lambda _: client.post("/api/v1/hurried", headers={"Idempotency-Key": "a-good-key"})
        )

    assert isinstance(answer, HttpResponse), answer
    assert kind(answer) == (409, "idempotency-in-progress")
    assert answer["Retry-After"] == "1"
