"""Reserved words: added, given another reason, freed; each a version that can be read back."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from catalyst.audit.models import AuditEvent
from dns.reserved import services as reserved
from tests.integration.dns.backoffice.test_names import HTMX, words

pytestmark = pytest.mark.django_db
PAGE = "/domains/reserved/"


def test_given_a_word_when_reserved_then_nobody_may_take_it_and_the_audit_knows(
    operator: Client,
) -> None:
    version = reserved.current().version
    answer = operator.post(PAGE, {"word": "royal*", "reason": "it is the court's"})
    assert answer.status_code == 302
    now = reserved.current()
    assert now.reason(label="royal-mail", display="royal-mail") == "it is the court's"
    assert now.version == version + 1
    event = AuditEvent.objects.get(act="dns.word-reserved")
    assert event.actor.endswith("@example.com") and event.after["version"] == now.version
    assert "royal* reserved it is the court&#x27;s" in words(operator.get(PAGE))


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"word": "", "reason": "why"}, "word", "Write the word"),
        ({"word": "fine", "reason": ""}, "reason", "Say why"),
        ({"word": "api", "reason": "again"}, "word", "is reserved already"),
        ({"word": "no good!", "reason": "why"}, "word", ""),
        ({"word": "a\0b", "reason": "why"}, "word", "Null characters"),
    ],
)
def test_given_a_bad_word_when_sent_then_said_beside_the_field_and_what_was_typed_stays(
    operator: Client, typed: dict[str, str], field: str, said: str
) -> None:
    before = reserved.current().version
    answer = operator.post(PAGE, typed)
    page = answer.content.decode()
    assert answer.status_code == 422 and reserved.current().version == before
    (error,) = re.findall(rf'id="id_{field}-error">(.*?)</p>', page, re.DOTALL)
    assert said in error
    assert re.search(rf'id="id_{field}"[^>]*aria-describedby="[^"]*id_{field}-error', page)
    other = "reason" if field == "word" else "word"
    assert f'value="{typed[other]}"' in page


def test_given_a_word_when_its_reason_changes_then_both_reasons_can_be_read_back(
    operator: Client,
) -> None:
    old = reserved.current()
    url = f"{PAGE}api/"
    assert old.exact["api"] in words(operator.get(url)) or "api" in words(operator.get(url))
    assert operator.post(url, {"reason": ""}).status_code == 422
    assert operator.post(url, {"reason": "it is what programs call"}).status_code == 302
    assert reserved.current().exact["api"] == "it is what programs call"
    assert reserved.at(old.version).exact["api"] == old.exact["api"]
    then = words(operator.get(f"{PAGE}?version={old.version}&q=api"))
    assert "This is the list as it was" in then
    assert "it is what programs call" not in then.split("Last changes")[0]


def test_given_a_word_when_freed_then_it_may_be_taken(operator: Client) -> None:
    reserved.add(word="ministry", reason="it is a ministry's", actor="test")
    assert operator.post(f"{PAGE}ministry/free/").status_code == 302
    assert "ministry" not in reserved.current().exact
    assert "ministry freed" in words(operator.get(PAGE))


@pytest.mark.parametrize("path", ["not-there/", "%00/"])
def test_given_a_word_that_is_not_there_when_opened_then_not_found(
    operator: Client, path: str
) -> None:
    assert operator.get(f"{PAGE}{path}").status_code == 404


def test_given_a_freed_word_when_freed_again_then_not_found(operator: Client) -> None:
    assert operator.post(f"{PAGE}not-there/free/").status_code == 404


def test_given_letters_when_sought_then_words_and_reasons_that_have_them(operator: Client) -> None:
    reserved.add(word="souq", reason="it is the market's", actor="test")
    for sought in ("sou", "MARKET"):
        part = words(operator.get(PAGE, {"q": sought}, headers=HTMX))
        assert part.startswith("1 word") and "souq" in part
    assert "No word found" in words(operator.get(PAGE, {"q": "zzzzz"}))


@pytest.mark.parametrize("query", ["version=0", "version=999999", "version=x", "q=%00"])
def test_given_nonsense_in_the_address_when_opened_then_the_list_of_now(
    operator: Client, query: str
) -> None:
    answer = operator.get(f"{PAGE}?{query}")
    assert answer.status_code == 200 and "Reserve a word" in words(answer)
