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
import dns.name
import dns.rdatatype
import dns.rrset
from catalyst.embedded.state import StackState
from tests.integration.dns.asking import reply
from tests.integration.dns.validator import Keys, Trust, ds_in, keys_in, root_ds, validated


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
            keys = self._keep("keys", lambda: self._own_keys(server, ds))
            validated(answer, kind, self.name, keys)
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
        [rrset] = [
            one
            for one in said.authority
            if one.rdtype == dns.rdatatype.NS and one.name == self.name
        ]
        host = sorted(one.target.to_text() for one in rrset)[0]
        return rrset.ttl, self._address(53 if host.endswith("openova.io.") else 10)

    def _ds(self) -> tuple[int, dns.rrset.RRset | None]:
        root, parent = self._address(2), self._address(3)
        keys = self._keys(dns.name.root, root, root_ds())
        tld_ds = validated(reply(root, self.tld.to_text(), "DS"), "DS", self.tld, keys)
        keys = self._keys(self.tld, parent, tld_ds)
        ds = ds_in(reply(parent, self.domain, "DS"), self.name, keys)
        return (0, None) if ds is None else (ds.ttl, ds)

    def _own_keys(self, server: str, ds: dns.rrset.RRset) -> tuple[int, Keys]:
        keys = self._keys(self.name, server, ds)
        return keys[self.name].ttl, keys

    def _keys(self, zone: dns.name.Name, server: str, ds: dns.rrset.RRset) -> Keys:
        return keys_in(reply(server, zone.to_text(), "DNSKEY"), zone, ds)
