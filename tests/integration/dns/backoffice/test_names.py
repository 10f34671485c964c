"""The list of names, one name, its zone; each with what is really on the name servers."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest
from django.test import Client

from dns.pools import services
from dns.pools.models import Allocation, AllocationEvent
from dns.pools.services import Reservation
from dns.powerdns.client import PowerDns
from dns.powerdns.records import RRset, absolute
from tests.integration.dns.asking import POOL
from tests.integration.dns.conftest import commit, sync

pytestmark = pytest.mark.django_db
Reserve = Callable[..., Reservation]
HTMX = {"HX-Request": "true"}


def words(answer) -> str:
    """The page's text without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_given_names_when_the_list_is_opened_then_they_are_shown_and_no_token(
    operator: Client, published: Reservation, address: str
) -> None:
    page = operator.get("/domains/").content.decode()
    for text in (published.fqdn, POOL, "Active", "Published", "deployment:1", address):
        assert text in page
    assert published.token.reveal() not in page


@pytest.mark.parametrize("sought", ["label", "fqdn", "capitals", "owner", "address", "id", "asker"])
def test_given_one_thing_known_of_a_name_when_sought_then_it_alone_is_found(
    operator: Client, reserve: Reserve, label: str, address: str, sought: str
) -> None:
    held = reserve(owner="deployment:sought", created_by="crossplane/abc")
    commit(held, address)
    other = reserve(label="other", idempotency_key="2")
    wish = {
        "label": label[:6], "fqdn": held.fqdn, "capitals": held.fqdn.upper() + ".",
        "owner": "deployment:so", "address": address, "id": str(held.allocation_id),
        "asker": "crossplane/",
    }[sought]  # fmt: skip
    page = operator.get("/domains/", {"q": wish}).content.decode()
    assert held.fqdn in page and other.fqdn not in page


def test_given_a_name_of_other_letters_when_sought_as_people_write_it_then_found(
    operator: Client, reserve: Reserve
) -> None:
    held = reserve(label="bücher")
    assert held.fqdn.startswith("xn--")
    assert held.fqdn in operator.get("/domains/", {"q": "Bücher"}).content.decode()


def test_given_states_when_filtered_then_only_such_names(
    operator: Client, reserve: Reserve, address: str
) -> None:
    kept, active = reserve(label="kept"), reserve(label="busy", idempotency_key="2")
    commit(active, address)
    failing = reserve(label="failing", idempotency_key="3")
    Allocation.objects.filter(pk=failing.allocation_id).update(last_error="powerdns: no")

    def shown(state: str) -> set[str]:
        page = operator.get("/domains/", {"state": state}).content.decode()
        return {each.fqdn for each in (kept, active, failing) if each.fqdn in page}

    assert shown("reserved") == {kept.fqdn, failing.fqdn}
    assert shown("active") == {active.fqdn}
    assert shown("failing") == {failing.fqdn}
    assert shown("released") == set()


def test_given_many_names_when_paged_then_each_is_seen_once_and_the_filter_stays(
    operator: Client, more_than_two_pages: list[str]
) -> None:
    seen, url, pages = [], "/domains/?q=many-0", 0
    while url:
        page = operator.get(url).content.decode()
        pages += 1
        seen += re.findall(r"<bdi>(many-0\d+\.[a-z.]+)</bdi>", page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        url = found[1].replace("&amp;", "&") if found else ""
    assert seen == more_than_two_pages and pages == 3


@pytest.mark.parametrize(
    "query",
    ["q=%00", "state=none", "pool=elsewhere.example", "before=%00", "before=1_2", "q=" + "x" * 300],
)
def test_given_nonsense_in_the_address_when_opened_then_a_page_and_no_break(
    operator: Client, pool, query: str
) -> None:
    answer = operator.get(f"/domains/?{query}")
    assert answer.status_code in (200, 422)
    assert (answer.status_code == 422) == ('aria-invalid="true"' in answer.content.decode())


def test_given_htmx_when_searching_then_the_list_alone_comes(
    operator: Client, reserve: Reserve
) -> None:
    held = reserve()
    part = operator.get("/domains/", headers=HTMX).content.decode()
    assert part.lstrip().startswith('<section id="names"') and held.fqdn in part


def test_given_nothing_when_opened_then_told_what_names_are(operator: Client, pool) -> None:
    assert "No name yet" in words(operator.get("/domains/"))
    assert "No name found" in words(operator.get("/domains/?q=nobody"))


def test_given_a_name_when_opened_then_its_history_is_there_newest_first(
    operator: Client, published: Reservation
) -> None:
    page = words(operator.get(f"/domains/{published.allocation_id}/"))
    kinds = AllocationEvent.objects.filter(allocation=published.allocation_id)
    assert page.rindex("reserved for deployment:1") > page.index("committed")
    for event in kinds:
        assert event.kind in page and event.actor in page


def test_given_a_published_name_when_asked_now_then_each_server_is_shown_with_its_answers(
    operator: Client, published: Reservation, settings
) -> None:
    url = f"/domains/{published.allocation_id}/"
    assert "What they answer now" not in words(operator.get(url))
    for headers in ({}, HTMX):
        answer = operator.post(f"{url}check/", headers=headers)
        page = words(answer)
        assert answer.status_code == 200 and "All right" in page
        for server in (*settings.CATALYST.nameserver_addresses, settings.CATALYST.resolver):
            assert re.search(rf"{re.escape(server)} Right (\d+) of \1 answers", page)


def test_given_a_record_was_changed_behind_us_when_asked_now_then_the_wrong_answer_is_shown(
    operator: Client, published: Reservation, server: PowerDns
) -> None:
    moved = RRset(absolute(f"console.{published.fqdn}"), "A", ("203.0.113.99",), 300)
    server.write(published.fqdn, [moved])
    page = words(operator.post(f"/domains/{published.allocation_id}/check/"))
    assert "Not right" in page and "203.0.113.99" in page and "expected" in page


def test_given_a_reservation_when_asked_now_then_told_why_not(
    operator: Client, reserve: Reserve
) -> None:
    url = f"/domains/{reserve().allocation_id}/"
    assert "Ask every name server" not in words(operator.get(url))
    answer = operator.post(f"{url}check/")
    assert answer.status_code == 409 and "has no address yet" in words(answer)


def test_given_a_published_name_when_its_zone_is_opened_then_all_is_right_with_key_and_ds(
    operator: Client, published: Reservation, server: PowerDns
) -> None:
    page = words(operator.get(f"/domains/{published.allocation_id}/zone/"))
    assert "hold what the row wants, and nothing else" in page
    (key,) = server.keys(published.fqdn)
    assert key.sha256_ds[0] in page and "ECDSA" in page.upper()
    assert not re.search(r"Missing|Differs|Too many", page)


def test_given_drift_when_the_zone_is_opened_then_the_diff_says_what_is_and_what_should_be(
    operator: Client, published: Reservation, server: PowerDns, address: str
) -> None:
    fqdn = published.fqdn
    server.write(
        fqdn,
        [
            RRset(absolute(f"api.{fqdn}"), "A", ("203.0.113.9",), 300),
            RRset(absolute(f"gitea.{fqdn}"), "A", (), 300),
            RRset(absolute(f"evil.{fqdn}"), "A", ("203.0.113.66",), 300),
            RRset(absolute(f"_acme-challenge.{fqdn}"), "TXT", ('"token"',), 1),
        ],
    )
    url = f"/domains/{published.allocation_id}/zone/"
    page = words(operator.get(url))
    assert "3 record sets are not as the row wants" in page
    assert f"is there: 203.0.113.9 + should be there: {address} Differs" in page
    assert f"gitea A Missing + should be there: {address} Missing" in page
    assert "is there: 203.0.113.66 Too many" in page
    assert "_acme-challenge TXT Not the row’s &quot;token&quot; Not the row’s" in page

    assert operator.post(f"/domains/{published.allocation_id}/look-again/").status_code == 302
    sync(published)
    assert "and nothing else" in words(operator.get(url))


def test_given_silent_name_servers_when_the_zone_is_opened_then_said_so(
    operator: Client, reserve: Reserve, settings
) -> None:
    held = reserve()
    silent = {"powerdns_url": "http://127.0.0.1:9"}
    settings.CATALYST = settings.CATALYST.model_copy(update=silent)
    answer = operator.get(f"/domains/{held.allocation_id}/zone/")
    assert answer.status_code == 503 and "do not answer at the moment" in words(answer)


def test_given_a_failing_name_when_asked_again_then_due_at_once_and_written_down(
    operator: Client, reserve: Reserve
) -> None:
    held = reserve()
    rows = Allocation.objects.filter(pk=held.allocation_id)
    rows.update(last_error="powerdns: no", attempts=7)
    assert "Attempt 7 failed" in words(operator.get(f"/domains/{held.allocation_id}/"))
    operator.post(f"/domains/{held.allocation_id}/look-again/")
    row = rows.get()
    assert (row.attempts, row.last_error) == (0, "")
    assert row.events.get(kind="asked-again").actor.endswith("@example.com")


def test_given_an_unknown_id_when_opened_then_not_found(operator: Client, pool) -> None:
    for part in ("", "zone/", "quarantine/"):
        assert operator.get(f"/domains/{uuid.uuid4()}/{part}").status_code == 404
    for part in ("check/", "look-again/"):
        assert operator.post(f"/domains/{uuid.uuid4()}/{part}").status_code == 404


def test_given_a_name_given_back_when_its_zone_is_opened_then_nothing_is_wanted(
    operator: Client, published: Reservation
) -> None:
    services.release(allocation_id=published.allocation_id, token=published.token, actor="test")
    page = words(operator.get(f"/domains/{published.allocation_id}/zone/"))
    assert "Too many" in page and "should be there" not in page
