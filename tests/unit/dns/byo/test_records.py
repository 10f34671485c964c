"""The customer's own list, and what the zone says of it beside the Sovereign's names."""

from __future__ import annotations

import pytest

from dns.byo import records
from dns.byo.problems import BadRecord
from dns.byo.values import Record
from dns.powerdns.records import RRset

LIST = """
; mail
@        IN MX  10 mail
@        3600 TXT "v=spf1 include:_spf.acme.com -all"
mail     300 IN A 203.0.113.9
www      CNAME acme.com.
_sip._tls SRV 1 2 443 sip.other.net.
@ A 203.0.113.1
console A 203.0.113.2
"""


def sets(text: str, **more: str | None) -> dict[tuple[str, str], RRset]:
    given = {
        "nameservers": ("ns1.openova.io", "ns2.openova.io"),
        "address_v4": None,
        "address_v6": None,
        "acme_directory": "https://acme-v02.api.letsencrypt.org/directory",
        **more,
    }
    found = records.rrsets("acme.com", records.read(text, domain="acme.com"), **given)  # type: ignore[arg-type]
    return {(one.name, one.type): one for one in found if one.contents}


def test_given_a_list_when_read_then_names_are_whole_and_absolute() -> None:
    found = {(one.name, one.kind): one for one in records.read(LIST, domain="acme.com")}
    assert found["acme.com", "MX"].contents == ("10 mail.acme.com.",)
    assert found["acme.com", "TXT"] == Record(
        "acme.com", "TXT", ('"v=spf1 include:_spf.acme.com -all"',), 3600
    )
    assert found["www.acme.com", "CNAME"].contents == ("acme.com.",)
    assert found["_sip._tls.acme.com", "SRV"].contents == ("1 2 443 sip.other.net.",)


def test_given_tabs_between_words_when_read_then_the_same() -> None:
    lines = "@\t3600\tIN\tMX\t10 mail\nwww\tA\t\t203.0.113.9"
    found = records.read(lines, domain="acme.com")
    assert found == records.read("@ 3600 IN MX 10 mail\nwww A 203.0.113.9", domain="acme.com")


def test_given_what_was_read_when_checked_again_then_nothing_changes() -> None:
    found = records.read(LIST, domain="acme.com")
    assert records.checked(found, domain="acme.com") == found


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("@ NS ns1.evil.net.", "NS"),
        ("@ DS 1 2 3 aa", "DS"),
        ("@ LUA A \"os.execute('x')\"", "LUA"),
        ("www.other.com. A 203.0.113.1", "other.com"),
        ("notacme.com. A 203.0.113.1", "notacme.com"),
        ("@ CNAME other.net.", "alias"),
        ("@ A 999.1.1.1", "A record"),
        ("@ A 203.0.113.1 extra", "A record"),
        ("@ MX mail", "MX record"),
        ("lonely", "name, a type"),
    ],
)
def test_given_a_line_that_is_none_when_read_then_its_number_and_why(line: str, word: str) -> None:
    with pytest.raises(BadRecord) as caught:
        records.read(f"@ A 203.0.113.1\n\n{line}", domain="acme.com")
    assert caught.value.extra["line"] == 3 and word in caught.value.detail


def test_given_an_alias_with_other_records_when_read_then_refused() -> None:
    with pytest.raises(BadRecord):
        records.read("www CNAME a.net.\nwww A 203.0.113.1", domain="acme.com")


def test_given_no_address_yet_then_what_came_along_answers() -> None:
    found = sets(LIST)
    assert found["acme.com.", "A"].contents == ("203.0.113.1",)
    assert ("api.acme.com.", "A") not in found
    assert found["acme.com.", "NS"].contents == ("ns1.openova.io.", "ns2.openova.io.")


def test_given_an_address_then_the_six_names_are_the_sovereigns_and_mail_stays() -> None:
    found = sets(LIST, address_v4="203.0.113.77")
    for name in ("", "*.", "console.", "api.", "gitea.", "harbor."):
        assert found[f"{name}acme.com.", "A"].contents == ("203.0.113.77",)
    assert found["acme.com.", "MX"].contents == ("10 mail.acme.com.",)
    assert found["mail.acme.com.", "A"].contents == ("203.0.113.9",)
    assert found["www.acme.com.", "CNAME"].contents == ("acme.com.",)


def test_given_an_alias_where_the_sovereign_answers_then_it_gives_way() -> None:
    found = sets("console CNAME old.net.\n* CNAME old.net.", address_v4="203.0.113.77")
    assert ("console.acme.com.", "CNAME") not in found and ("*.acme.com.", "CNAME") not in found


def test_given_a_caa_of_the_customers_then_ours_stands_beside_it() -> None:
    found = sets('@ CAA 0 issue "other-ca.net"', address_v4="203.0.113.77")
    assert found["acme.com.", "CAA"].contents == (
        '0 issue "letsencrypt.org"',
        '0 issue "other-ca.net"',
    )
