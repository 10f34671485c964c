"""The audit as people see it: all of it, or what is theirs; by key, filtered, without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalyst.audit import selectors
from catalyst.audit.sealing import seal
from catalyst.identity.models import Role, User
from catalyst.models import AuditEvent

pytestmark = pytest.mark.django_db
Act = Callable[..., AuditEvent]


def shown(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'id="event-(\d+)"', page)]


@pytest.fixture
def owner(person) -> User:
    return person("owner@example.com", Role.MEMBER)


@pytest.fixture
def thing_of_owner(owner: User, monkeypatch) -> str:
    """The people called `owner@…` own the thing with their id."""
    monkeypatch.setitem(
        selectors._owned, "thing", lambda user: User.objects.filter(pk=user.pk, email=owner.email)
    )
    return f"thing:{owner.pk}"


def test_given_an_operator_when_looking_then_every_event_newest_first(
    act: Act, person, log_in
) -> None:
    made = [act(number).pk for number in range(3)]
    page = log_in(person("op@example.com", Role.OPERATOR)).get("/audit/").text
    assert shown(page) == made[::-1]
    assert page.count("waiting") == 3
    seal()
    page = log_in(User.objects.get()).get("/audit/").text
    assert "waiting" not in page and AuditEvent.objects.first().seal.hash in page


def test_given_an_owner_when_looking_then_his_acts_and_his_things_and_nobodys_address(
    act: Act, owner: User, thing_of_owner: str, person, log_in
) -> None:
    stranger = person("stranger@example.com", Role.MEMBER)
    by_operator = act(actor="op@example.com", object=thing_of_owner, address="198.51.100.66")
    by_himself = act(actor=str(owner), object="thing:0", person=owner)
    of_himself = act(actor="op", object=f"user:{owner.pk}")
    act(object="thing:999999")
    act(actor="login", object="login")
    page = log_in(owner).get("/audit/").text
    assert shown(page) == [of_himself.pk, by_himself.pk, by_operator.pk]
    assert "198.51.100.66" not in page
    assert shown(log_in(stranger).get("/audit/").text) == []
    assert "Nothing yet" in log_in(stranger).get("/audit/").text
    assert "198.51.100.66" in log_in(person("op@example.com", Role.OPERATOR)).get("/audit/").text


@pytest.mark.parametrize("role", ["zero", "sovereign"])
def test_given_a_sovereign_admin_when_looking_then_all_in_a_sovereign_and_his_own_in_zero(
    act: Act, person, log_in, settings, role: str
) -> None:
    from catalyst.settings.base import ROLE_AUDITORS

    settings.AUDIT_READ_ALL = ROLE_AUDITORS[role]
    act()
    page = log_in(person("admin@example.com", Role.SOVEREIGN_ADMIN)).get("/audit/").text
    assert len(shown(page)) == (1 if role == "sovereign" else 0)


def test_given_more_than_two_pages_when_leafed_through_then_each_event_once_and_few_queries(
    act: Act, person, log_in
) -> None:
    event = act()
    AuditEvent.objects.bulk_create(
        AuditEvent(actor="x", act="test.act", object=f"thing:{n % 7}") for n in range(119)
    )
    client = log_in(person("op@example.com", Role.OPERATOR))
    client.get("/audit/")
    seen: list[int] = []
    url, counts = "/audit/?act=test.", set()
    while url:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page = client.get(url).text
        counts.add(len(asked))
        seen += shown(page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        url = found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == len(set(seen)) == 120 and seen == sorted(seen, reverse=True)
    assert seen[-1] == event.pk and max(counts) <= 4


def test_given_a_filter_when_sent_then_only_what_fits_and_the_words_stay(
    act: Act, person, log_in
) -> None:
    wanted = act(7, act="dns.reserve", actor="a@example.com")
    act(8, act="dns.release", actor="a@example.com")
    act(7, act="franchise.issue")
    client = log_in(person("op@example.com", Role.OPERATOR))
    for query in ("act=dns.res", "act=dns.&object=thing:7", "actor=a@example.com&object=thing:7"):
        assert shown(client.get(f"/audit/?{query}").text) == [wanted.pk], query
    day = wanted.at.date().isoformat()
    assert len(shown(client.get(f"/audit/?since={day}&until={day}").text)) == 3
    assert shown(client.get("/audit/?until=2000-01-01").text) == []
    assert len(shown(client.get("/audit/?since=0001-01-01&until=9999-12-31").text)) == 3
    page = client.get("/audit/?act=<b>none").text
    assert "Nothing found" in page and 'value="&lt;b&gt;none"' in page


@pytest.mark.parametrize(
    "query",
    ["since=yesterday", "before=x", "before=-1", "before=99999999999999999999", f"act={'x' * 99}"],
)
def test_given_a_filter_that_cannot_be_read_when_sent_then_422_beside_it(
    act: Act, person, log_in, query: str
) -> None:
    act()
    answer = log_in(person("op@example.com", Role.OPERATOR)).get(f"/audit/?{query}")
    assert answer.status_code == 422 and shown(answer.text) == []
    assert "error" in answer.text


def test_given_odd_facts_when_shown_then_as_text(act: Act, person, log_in) -> None:
    act(
        before={"n": 1, "gone": "x"},
        after={"n": [1, {"a": None}], "html": "<script>alert(1)</script>"},
    )
    page = log_in(person("op@example.com", Role.OPERATOR)).get("/audit/").text
    assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page
    assert "[1, {&quot;a&quot;: null}]" in page
