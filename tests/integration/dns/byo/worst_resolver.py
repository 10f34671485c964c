"""A validating resolver that believes everything for as long as it may: the worst there is.

It walks from the root's trust anchor by itself, keeps delegations, DS and keys until their TTLs are
over, and asks whom it was told to ask. What it finds bogus, somebody's resolver would.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import dns.dnssec
import dns.message
import dns.name
import dns.rdatatype
import dns.rrset
from catalyst.embedded.state import StackState
from tests.integration.dns.asking import reply
from tests.integration.dns.validator import Trust

Keys = dict[dns.name.Name, dns.rrset.RRset]
NONE = dns.rdatatype.NONE
DS, DNSKEY, NS, NSEC, RRSIG = (
    dns.rdatatype.DS, dns.rdatatype.DNSKEY, dns.rdatatype.NS, dns.rdatatype.NSEC,
    dns.rdatatype.RRSIG,
)  # fmt: skip


@dataclass
class WorstResolver:
    """For one domain directly below a TLD. `kept`: what → (until when, value)."""

    domain: str
    kept: dict[str, tuple[float, Any]] = field(default_factory=dict)
    asked: str = ""  # the address that was asked last

    def __post_init__(self) -> None:
        self.state = StackState.load()
        self.name = dns.name.from_text(self.domain)
        self.tld = self.name.parent()

    def look(self, kind: str) -> tuple[Trust, tuple[str, ...]]:
        """How an answer is to be taken, and what it says."""
        server = self.asked = self._keep("ns", self._server)
        answer = reply(server, self.domain, kind)
        contents = tuple(
            one.to_text()
            for rrset in answer.answer
            if rrset.rdtype == dns.rdatatype.from_text(kind)
            for one in rrset
        )
        try:
            ds = self._keep("ds", self._ds)
            if ds is None:
                return Trust.INSECURE, contents
            keys = self._keep("keys", lambda: self._keys(self.name, server, ds))
            _validated(answer, kind, self.name, keys)
        except dns.dnssec.ValidationFailure:
            return Trust.BOGUS, contents
        return Trust.SECURE, contents

    def _keep(self, what: str, ask: Callable[[], tuple[int, Any]]) -> Any:
        until, value = self.kept.get(what, (0.0, None))
        if time.monotonic() < until:
            return value
        ttl, value = ask()
        self.kept[what] = (time.monotonic() + ttl, value)
        return value

    def _address(self, last: int) -> str:
        assert self.state.range is not None
        return str(self.state.range[last])

    def _server(self) -> tuple[int, str]:
        """An address of whom the TLD names, and for how long that may be believed."""
        said = reply(self._address(3), self.domain, "NS")
        [rrset] = [one for one in said.authority if one.rdtype == NS and one.name == self.name]
        host = sorted(one.target.to_text() for one in rrset)[0]
        return rrset.ttl, self._address(53 if host.endswith("openova.io.") else 10)

    def _ds(self) -> tuple[int, dns.rrset.RRset | None]:
        anchor = (self.state.state_dir / "internet" / "resolver" / "root.ds").read_text()
        root_ds = dns.rrset.from_text(".", 1, "IN", "DS", anchor.partition("DS ")[2].strip())
        _, root = self._keys(dns.name.root, self._address(2), root_ds)
        tld_ds = _validated(reply(self._address(2), self.tld.to_text(), "DS"), "DS", self.tld, root)
        _, keys = self._keys(self.tld, self._address(3), tld_ds)
        answer = reply(self._address(3), self.domain, "DS")
        if any(one.rdtype == DS for one in answer.answer):
            ds = _validated(answer, "DS", self.name, keys)
            return ds.ttl, ds
        sets = {(one.rdtype, one.covers): one for one in answer.authority if one.name == self.name}
        if (NSEC, NONE) not in sets or (RRSIG, NSEC) not in sets:
            raise dns.dnssec.ValidationFailure("nothing says that there is no DS")
        dns.dnssec.validate(sets[NSEC, NONE], sets[RRSIG, NSEC], keys)
        return 0, None

    def _keys(self, zone: dns.name.Name, server: str, ds: dns.rrset.RRset) -> tuple[int, Keys]:
        answer = reply(server, zone.to_text(), "DNSKEY")
        found = next((one for one in answer.answer if one.rdtype == DNSKEY), None)
        digests = {one.to_text() for one in ds}
        if found is None or not any(
            dns.dnssec.make_ds(zone, key, "SHA256").to_text() in digests for key in found
        ):
            raise dns.dnssec.ValidationFailure(f"no key of {zone} is vouched for")
        _validated(answer, "DNSKEY", zone, {zone: found})
        return found.ttl, {zone: found}


def _validated(
    answer: dns.message.Message, kind: str, name: dns.name.Name, keys: Keys
) -> dns.rrset.RRset:
    wanted = dns.rdatatype.from_text(kind)
    sets = {(one.rdtype, one.covers): one for one in answer.answer if one.name == name}
    if (wanted, NONE) not in sets or (RRSIG, wanted) not in sets:
        raise dns.dnssec.ValidationFailure(f"no signed {kind} of {name}")
    dns.dnssec.validate(sets[wanted, NONE], sets[RRSIG, wanted], keys)
    return sets[wanted, NONE]
