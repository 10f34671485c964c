"""The list of reserved words: versions, history, audit, who may change it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client

from catalyst.identity.models import Role
from catalyst.models import AuditEvent
from dns.names import NameReserved
from dns.pools import selectors, services
from dns.reserved import services as reserved
from dns.reserved.models import ReservedList, ReservedWord
from dns.reserved.seed import entries
from tests.integration.dns.asking import POOL
from tests.integration.dns.conftest import Reserve

pytestmark = pytest.mark.django_db


def test_given_a_new_installation_when_read_then_what_we_ship_with_reasons() -> None:
    words = reserved.current()
    shipped = list(entries())
    assert words.version == 1
    assert words.exact == {each.word: each.reason for each in shipped if not each.pattern}
    assert len(words.patterns) == len([each for each in shipped if each.pattern]) > 0


def test_given_emptied_tables_when_read_then_what_we_ship_and_never_nothing() -> None:
    ReservedWord.objects.all().delete()
    ReservedList.objects.all().delete()
    assert "console" in reserved.current().exact


def test_given_changes_when_made_then_versions_audit_and_every_earlier_list(
    reserve: Reserve, label: str
) -> None:
    first = reserved.current()
    reserved.add(word=" Royal* ", reason="it is the royal household's.", actor="operator")
    second = reserved.add(word=label, reason="why not", actor="operator")
    third = reserved.remove(word=label, actor="other")
    assert [first.version, second.version, third.version] == [1, 2 + 1, 4]
    assert reserved.at(1) == first and label in reserved.at(3).exact
    assert label not in reserved.current().exact
    acts = AuditEvent.objects.filter(object=f"reserved-word:{label}").order_by("pk")
    assert [(event.act, event.actor) for event in acts] == [
        ("dns.word-reserved", "operator"),
        ("dns.word-freed", "other"),
    ]
    with pytest.raises(NameReserved) as refused:
        reserve(label="royal-oman")
    assert refused.value.extra["reason"] == "it is the royal household's"
    assert reserve()


def test_given_a_change_that_is_rolled_back_when_read_then_no_process_keeps_it() -> None:
    reserved.current()
    with transaction.atomic():
        reserved.add(word="zebra", reason="one", actor="operator")
        assert "zebra" in reserved.current().exact
        transaction.set_rollback(True)
    reserved.add(word="lion", reason="two", actor="operator")
    assert {"zebra", "lion"} & reserved.current().exact.keys() == {"lion"}


@pytest.mark.parametrize("word", ["", "*", "??", "a b", "-x", "ab", "x" * 64, "_acme", "a.b"])
def test_given_a_word_that_cannot_be_when_added_then_refused_beside_the_field(word: str) -> None:
    with pytest.raises(reserved.BadWord) as refused:
        reserved.add(word=word, reason="why", actor="operator")
    assert refused.value.extra["field"] == "word"


def test_given_a_word_twice_or_none_when_changed_then_typed_refusals() -> None:
    with pytest.raises(reserved.AlreadyReserved):
        reserved.add(word="API", reason="why", actor="operator")
    with pytest.raises(reserved.NotReserved):
        reserved.remove(word="nobody", actor="operator")
    with pytest.raises(reserved.BadWord):
        reserved.add(word="lion", reason=" ", actor="operator")


def test_dns_t12_given_disguises_when_checked_and_reserved_then_reserved_on_both(
    reserve: Reserve,
) -> None:
    for typed in ("API", " api ", "api.", "ａｐｉ", "console.x", "c0nsole"):
        assert selectors.check(pool=POOL, label=typed).reason == "reserved", typed
        with pytest.raises(NameReserved):
            services.reserve(pool=POOL, label=typed, owner="o", actor="test", idempotency_key="1")


def test_given_the_api_when_the_list_is_changed_then_by_operators_only(
    operator: Client, log_in: Callable[..., Client]
) -> None:
    def send(client: Client, method: str, path: str = "", **body: str) -> tuple[int, dict]:
        answer = client.generic(
            method, f"/api/v1/reserved{path}", json.dumps(body), content_type="application/json"
        )
        return answer.status_code, answer.json()

    member = log_in(Role.MEMBER)
    status, read = send(member, "GET")
    assert status == 200 and read["reserved"] == sorted(read["reserved"]) and "api" in str(read)
    assert send(member, "POST", word="lion", reason="why")[0] == 403
    assert send(Client(), "GET")[0] == 401
    status, changed = send(operator, "POST", word="lion", reason="why")
    assert (status, changed["version"]) == (201, read["version"] + 1)
    assert "lion" in changed["reserved"]
    assert send(operator, "POST", word="lion", reason="why")[0] == 409
    assert send(member, "DELETE", "/lion")[0] == 403
    assert "lion" not in send(operator, "DELETE", "/lion")[1]["reserved"]
    assert send(operator, "DELETE", "/lion")[0] == 404
