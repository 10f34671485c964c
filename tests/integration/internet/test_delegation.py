"""What the registry is told is what the resolver finds, and nothing that does not validate."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

import dns.flags
import dns.message
import dns.rcode
from tests.integration.internet.running import Internet, NameServer

WRONG_DIGEST = f"12345 13 2 {'ab' * 32}"


def addresses(message: dns.message.Message) -> list[str]:
    return [record.address for rrset in message.answer if rrset.rdtype == 1 for record in rrset]


def test_given_a_signed_delegation_when_asked_then_the_answer_is_validated(
    internet: Internet, name_server: NameServer
) -> None:
    ds = name_server.host("signed.works", "198.18.0.20")
    internet.register("signed.works", name_server, ds)

    answer = internet.ask("www.signed.works")

    assert addresses(answer) == ["198.18.0.20"]
    assert answer.flags & dns.flags.AD


def test_given_a_delegation_without_ds_when_asked_then_the_answer_is_not_called_validated(
    internet: Internet, name_server: NameServer
) -> None:
    name_server.host("plain.works", "198.18.0.21")
    internet.register("plain.works", name_server, [])

    answer = internet.ask("www.plain.works")

    assert addresses(answer) == ["198.18.0.21"]
    assert not answer.flags & dns.flags.AD


def test_given_a_wrong_ds_when_asked_then_servfail_and_never_an_answer(
    internet: Internet, name_server: NameServer
) -> None:
    name_server.host("bogus.works", "198.18.0.22")
    internet.register("bogus.works", name_server, [WRONG_DIGEST])

    answer = internet.ask("www.bogus.works")

    assert answer.rcode() == dns.rcode.SERVFAIL
    assert not answer.answer


def test_given_a_delegation_when_deleted_then_the_name_does_not_exist(
    internet: Internet, name_server: NameServer
) -> None:
    ds = name_server.host("gone.works", "198.18.0.23")
    internet.register("gone.works", name_server, ds)
    assert addresses(internet.ask("www.gone.works"))

    assert internet.call("DELETE", "/domains/gone.works").status_code == 204
    internet.forget("gone.works")

    answer = internet.ask("www.gone.works")
    assert answer.rcode() == dns.rcode.NXDOMAIN
    assert answer.flags & dns.flags.AD
    assert internet.call("GET", "/domains/gone.works").status_code == 404
    # Its glue is gone as well.
    assert not internet.ask("ns1.gone.works", server=3).answer


def test_given_a_delegation_when_replaced_then_nothing_of_the_old_one_is_left(
    internet: Internet,
) -> None:
    old = {
        "nameservers": ["ns1.moved.io.", "ns2.moved.io."],
        "glue": {"ns1.moved.io.": ["198.18.0.1"], "ns2.moved.io.": ["198.18.0.2"]},
        "ds": [WRONG_DIGEST],
    }
    new = {"nameservers": ["ns1.elsewhere.com."], "glue": {}, "ds": []}
    internet.call("PUT", "/domains/moved.io", json=old)

    internet.call("PUT", "/domains/moved.io", json=new)

    assert internet.call("GET", "/domains/moved.io").json() == {"name": "moved.io.", **new}
    referral = internet.ask("moved.io", "NS", server=3)
    assert [str(rrset.name) for rrset in referral.authority if rrset.rdtype == 2] == ["moved.io."]
    assert not [rrset for rrset in referral.authority if rrset.rdtype == 43]
    assert not referral.additional


def test_given_a_name_nobody_registered_when_asked_then_its_absence_is_proven(
    internet: Internet,
) -> None:
    answer = internet.ask("www.nobody.com")

    assert answer.rcode() == dns.rcode.NXDOMAIN
    assert answer.flags & dns.flags.AD


@pytest.mark.parametrize("key", [None, "Bearer wrong", "Basic wrong"])
def test_given_no_right_key_when_registering_then_refused(
    internet: Internet, key: str | None
) -> None:
    headers = {"Authorization": key} if key else {}
    for method, path in (("PUT", "/domains/x.io"), ("DELETE", "/domains/x.io"), ("POST", "/flush")):
        answer = httpx.request(
            method, f"{internet.registry}{path}", headers=headers, trust_env=False
        )
        assert answer.status_code == 401


def test_given_a_bad_delegation_when_registering_then_422_and_nothing_changes(
    internet: Internet,
) -> None:
    answer = internet.call(
        "PUT", "/domains/bad.io", json={"nameservers": ["ns1.bad.io."], "glue": {}, "ds": []}
    )

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "ns1.bad.io." in answer.json()["detail"]
    assert internet.call("GET", "/domains/bad.io").status_code == 404


def test_given_many_registrations_at_once_below_several_tlds_then_none_is_refused(
    internet: Internet, name_server: NameServer
) -> None:
    names = [f"many-{n}.{tld}" for n in range(6) for tld in ("com", "io", "works")]

    with ThreadPoolExecutor(6) as registrars:
        list(registrars.map(lambda name: internet.register(name, name_server, []), names))

    found = [internet.call("GET", f"/domains/{name}").status_code for name in names]
    assert found == [200] * len(names)
