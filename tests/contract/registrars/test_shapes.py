"""The adapters on documents as the vendors' own pages show them, and what they send for them."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest

from dns.registrars.budget import Budget
from dns.registrars.catalog import find
from dns.registrars.credentials import Credentials
from dns.registrars.domains import read
from dns.registrars.exchange import Link
from dns.registrars.problems import ReadBackDiffers, RegistrarProblem
from dns.registrars.registrar import Registrar
from tests.contract.registrars.replay import Replay, replaying, shapes

SECRET = "the-secret-key"
OURS = ("ns1.openova.io", "ns2.openova.io")
FIELDS: dict[str, dict[str, str]] = {
    "cloudflare": {"token": SECRET},
    "namecheap": {"api_user": "acme", "api_key": SECRET},
    "godaddy": {"key": "k", "secret": SECRET},
    "ovh": {"application_key": "a", "application_secret": SECRET, "consumer_key": f"c-{SECRET}"},
    "dynadot": {"key": SECRET, "secret": f"s-{SECRET}"},
    "dynadot-api3": {"key": SECRET},
}
CLOUDFLARE, NAMECHEAP, GODADDY = shapes("cloudflare"), shapes("namecheap"), shapes("godaddy")
OVH, DYNADOT = shapes("ovh"), shapes("dynadot")
OVH_READ = [(200, 0), (200, OVH["ids"]), (200, OVH["current"]), (200, OVH["current-2"])]


def adapter(way: str, replay: Replay) -> Registrar:
    kind = find(way.partition("-")[0])
    link = Link(replay.url, None, "192.0.2.7", Budget(tries=1))
    return kind(Credentials.read(kind.fields, FIELDS[way]), link)


def asked_of(way: str, *answers: tuple[int, Any], domain: str = "acme.com") -> tuple[Any, Replay]:
    """Name servers, or the problem, and what was sent for it."""
    with replaying(*answers) as replay, adapter(way, replay) as registrar:
        try:
            return registrar.nameservers(read(domain)), replay
        except RegistrarProblem as problem:
            return problem, replay


@pytest.mark.parametrize(
    ("way", "domain", "answers"),
    [
        (
            "cloudflare",
            "cloud.acme.com",
            [(200, CLOUDFLARE["zones"]), (200, CLOUDFLARE["records"])],
        ),
        ("namecheap", "acme.co.uk", [(200, NAMECHEAP["list"])]),
        ("godaddy", "acme.com", [(200, GODADDY["domain"])]),
        ("ovh", "acme.com", [*OVH_READ, (200, OVH["leaving"])]),
        ("dynadot", "acme.com", [(200, DYNADOT["servers"])]),
        ("dynadot", "acme.com", [(200, DYNADOT["servers-named"])]),
        ("dynadot-api3", "acme.com", [(200, DYNADOT["api3-info"])]),
    ],
)
def test_given_the_documented_answer_when_read_then_the_name_servers_and_no_secret_in_an_address(
    way: str, domain: str, answers: list[tuple[int, Any]]
) -> None:
    found, replay = asked_of(way, *answers, domain=domain)

    assert found == OURS
    in_addresses = [SECRET in asked.path for asked in replay.asked]
    # API3 takes its key there and nowhere else.
    assert any(in_addresses) is (way == "dynadot-api3")


def test_given_godaddy_before_a_domain_is_active_when_read_then_it_has_no_name_servers() -> None:
    assert asked_of("godaddy", (200, GODADDY["registering"]))[0] == ()


def namecheap_error(number: str) -> list[tuple[int, Any]]:
    return [(200, NAMECHEAP["error"].replace("NUMBER", number))]


@pytest.mark.parametrize(
    ("way", "answers", "kind"),
    [
        ("cloudflare", [(400, CLOUDFLARE["invalid-headers"])], "invalid-token"),
        ("cloudflare", [(403, CLOUDFLARE["authentication"])], "invalid-token"),
        ("cloudflare", [(200, CLOUDFLARE["no-zones"])], "domain-not-in-account"),
        ("cloudflare", [(200, "<html>")], "registrar-error"),
        (
            "cloudflare",
            [(200, CLOUDFLARE["zones"]), (403, CLOUDFLARE["authentication"])],
            "scope-missing",
        ),
        ("namecheap", namecheap_error("1011102"), "invalid-token"),
        ("namecheap", namecheap_error("1011150"), "ip-not-allowed"),
        ("namecheap", namecheap_error("2016166"), "domain-not-in-account"),
        ("namecheap", namecheap_error("2019166"), "domain-not-in-account"),
        ("namecheap", namecheap_error("2030166"), "domain-locked"),
        ("namecheap", namecheap_error("500000"), "rate-limited"),
        ("namecheap", namecheap_error("1017411"), "rate-limited"),
        ("namecheap", namecheap_error("3050900"), "api-unavailable"),
        ("namecheap", namecheap_error("9999999"), "registrar-error"),
        ("namecheap", [(200, NAMECHEAP["bomb"])], "registrar-error"),
        ("namecheap", [(200, "{}")], "registrar-error"),
        ("godaddy", [(401, GODADDY["unauthorized"])], "invalid-token"),
        ("godaddy", [(403, GODADDY["denied"])], "not-eligible"),
        ("godaddy", [(404, GODADDY["unknown"])], "domain-not-in-account"),
        ("godaddy", [(429, GODADDY["too-many"])], "rate-limited"),
        ("godaddy", [(302, "")], "registrar-error"),
        ("ovh", [(200, 0), (403, OVH["not-granted"])], "scope-missing"),
        ("ovh", [(200, 0), (403, OVH["no-credential"])], "invalid-token"),
        ("ovh", [(200, 0), (400, OVH["signature"])], "invalid-token"),
        ("ovh", [(200, 0), (404, OVH["unknown"])], "domain-not-in-account"),
        ("ovh", [(503, "down")], "registrar-error"),
        ("dynadot", [(200, DYNADOT["refused-in-200"])], "domain-not-in-account"),
        ("dynadot", [(200, "{}")], "registrar-error"),
        ("dynadot-api3", [(200, DYNADOT["api3-refused"])], "domain-not-in-account"),
        # A wrapper that the vendor does not have is no success.
        ("dynadot-api3", [(200, DYNADOT["api3-odd"])], "registrar-error"),
    ],
)
def test_given_a_documented_refusal_when_asked_then_our_problem_without_the_vendors_words(
    way: str, answers: list[tuple[int, Any]], kind: str
) -> None:
    domain = "cloud.acme.com" if way == "cloudflare" else "acme.com"

    problem, _ = asked_of(way, *answers, domain=domain)

    assert isinstance(problem, RegistrarProblem)
    assert (problem.type, problem.as_dict()["error"]) == (kind, kind)
    assert SECRET not in str(problem.as_dict())


def test_given_godaddys_429_when_asked_then_the_seconds_are_those_of_its_body() -> None:
    problem, _ = asked_of("godaddy", (429, GODADDY["too-many"]))

    assert problem.extra["retry_after"] == 37


def test_given_updated_false_when_set_at_namecheap_then_the_name_as_the_registry_cuts_it() -> None:
    wanted = ("ns3.openova.io", "ns4.openova.io")
    with replaying((200, NAMECHEAP["updated"]), (200, NAMECHEAP["list"])) as replay:
        with adapter("namecheap", replay) as registrar, pytest.raises(ReadBackDiffers):
            registrar.set_nameservers(read("acme.co.uk"), wanted)

    sent = {name: values[0] for name, values in parse_qs(replay.asked[0].body).items()}
    assert (replay.asked[0].method, replay.asked[0].path) == ("POST", "/xml.response")
    assert (sent["SLD"], sent["TLD"], sent["ClientIp"]) == ("acme", "co.uk", "192.0.2.7")
    assert sent["Nameservers"] == "ns3.openova.io,ns4.openova.io"


def test_given_a_hosted_domain_when_set_at_ovh_then_made_external_first_and_a_task_follows() -> (
    None
):
    answers = [(200, 0), (200, OVH["hosted"]), (200, None), (200, OVH["task"])]
    with replaying(*answers) as replay, adapter("ovh", replay) as registrar:
        outcome = registrar.set_nameservers(read("acme.com"), OURS)

    assert (outcome.state, outcome.job and outcome.job.id) == ("pending", "4711")
    assert [(asked.method, asked.path, asked.body) for asked in replay.asked[1:]] == [
        ("GET", "/domain/acme.com", ""),
        ("PUT", "/domain/acme.com", '{"nameServerType":"external"}'),
        (
            "POST",
            "/domain/acme.com/nameServers/update",
            '{"nameServers":[{"host":"ns1.openova.io"},{"host":"ns2.openova.io"}]}',
        ),
    ]


def test_given_ovh_entries_that_a_task_replaces_when_read_then_the_list_is_read_anew() -> None:
    gone = [(200, OVH["ids"]), (404, OVH["unknown"])]
    found, replay = asked_of("ovh", (200, 0), *gone, *OVH_READ[1:], (200, OVH["leaving"]))
    assert found == OURS and len(replay.asked) == 7

    never, _ = asked_of("ovh", (200, 0), *(gone * 3))
    assert never.type == "pending-operation" and never.extra["retry_after"] > 0


def test_given_named_numbers_when_dynadots_ds_records_are_read_then_numbers() -> None:
    with replaying((200, DYNADOT["dnssec"])) as replay, adapter("dynadot", replay) as registrar:
        [signer] = registrar.signers(read("acme.com"))

    assert signer.text() == "55648 13 2 b4c8"
