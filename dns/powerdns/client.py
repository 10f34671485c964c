"""HTTP client of the PowerDNS authoritative API, as small as our needs.

Raises typed errors, never logs the API key, never reads a whole zone unless asked for its records.
Source: https://doc.powerdns.com/authoritative/http-api/ (checked against 4.7).
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import httpx
import stamina
from django.conf import settings

from catalyst.closing import Closing
from catalyst.problem import Problem
from catalyst.telemetry.shared import upstream
from catalyst.trust import context
from catalyst.vault.secret import Secret
from dns.powerdns.records import Key, RRset, Zone, absolute

TIMEOUT_SECONDS = 5.0
ATTEMPTS = 3
# INCEPTION-EPOCH lets the served serial move when signatures do; DEFAULT counts every API write.
SOA_EDIT = "INCEPTION-EPOCH"
SOA_EDIT_API = "DEFAULT"
OWNER = "X-CATALYST-OWNER"  # PowerDNS takes metadata of ours only with this prefix


class PowerDnsError(Problem):
    type = "powerdns"
    title = "The name servers refused"
    status = 502


class Unavailable(PowerDnsError):
    """No answer, or an answer of the 5xx kind; it was asked ATTEMPTS times."""

    type = "powerdns-unavailable"
    title = "The name servers do not answer at the moment"
    status = 503


class KeyRefused(PowerDnsError):
    type = "powerdns-key-refused"
    title = "The name servers do not accept our API key"


class ZoneExists(PowerDnsError):
    type = "zone-exists"
    title = "A zone of this name is there already"
    status = 409


class ZoneMissing(PowerDnsError):
    type = "zone-missing"
    title = "There is no zone of this name"


class PowerDns(Closing):
    """One server. A context manager; may be used from several threads, not across a fork."""

    def __init__(
        self, *, url: str, api_key: Secret, server: str = "localhost", ca_bundle: Path | None = None
    ) -> None:
        self._http = httpx.Client(
            base_url=f"{url}/api/v1/servers/{server}",
            headers={"X-API-Key": api_key.reveal()},
            timeout=TIMEOUT_SECONDS,
            verify=context(ca_bundle) if url.startswith("https://") else _NO_TRUST,
            trust_env=False,  # a proxy from somebody's shell must not see the key
        )

    @classmethod
    def from_settings(cls) -> Self:
        env = settings.CATALYST
        return cls(
            url=env.powerdns_url,
            api_key=Secret(env.powerdns_api_key.get_secret_value()),
            server=env.powerdns_server,
            ca_bundle=env.ca_bundle if env.powerdns_url.startswith("https://") else None,
        )

    def close(self) -> None:
        self._http.close()

    def zone(self, name: str) -> Zone | None:
        """The zone without its records; None when there is none."""
        try:
            found = self._ask("GET", f"{_path(name)}?rrsets=false").json()
        except ZoneMissing:
            return None
        return Zone(found["name"], found["account"], found["dnssec"], found["serial"])

    def zones(self) -> tuple[Zone, ...]:
        """Every zone of the server in one answer, without records; `signed` is not looked up."""
        entries = self._ask("GET", "/zones", params={"dnssec": "false"}).json()
        return tuple(Zone(one["name"], one["account"], False, one["serial"]) for one in entries)

    def create_zone(self, name: str, *, account: str, rrsets: Sequence[RRset]) -> None:
        """Make a Native zone with these records and one ECDSA P-256 CSK (PowerDNS' default key).

        PowerDNS makes the key after the zone: a crash in between leaves a zone without one, which
        `sign` repairs. Raises ZoneExists.
        """
        body = {
            "name": absolute(name),
            "kind": "Native",
            "account": account,
            "dnssec": True,
            "api_rectify": True,
            "soa_edit": SOA_EDIT,
            "soa_edit_api": SOA_EDIT_API,
            "nameservers": [],
            "rrsets": [_as_json(rrset) for rrset in rrsets],
        }
        self._ask("POST", "/zones", json=body)

    def sign(self, name: str) -> None:
        """Have the zone signed; makes one ECDSA P-256 CSK when it has no key."""
        body = {"dnssec": True, "soa_edit": SOA_EDIT, "soa_edit_api": SOA_EDIT_API}
        self._ask("PUT", _path(name), json={**body, "api_rectify": True})

    def keys(self, name: str) -> tuple[Key, ...]:
        """The zone's keys. Raises ZoneMissing."""
        return tuple(
            Key(
                id=key["id"],
                active=key["active"],
                published=key["published"],
                kind=key["keytype"],
                algorithm=key["algorithm"],
                ds=tuple(key.get("ds", ())),
            )
            for key in self._ask("GET", f"{_path(name)}/cryptokeys").json()
        )

    def rrsets(self, zone: str, *, name: str | None = None) -> tuple[RRset, ...]:
        """Records of the zone, or of one name in it only. Raises ZoneMissing."""
        params = {"rrset_name": absolute(name)} if name else {}
        return tuple(
            RRset(
                name=entry["name"],
                type=entry["type"],
                ttl=entry["ttl"],
                contents=tuple(sorted(record["content"] for record in entry["records"])),
            )
            for entry in self._ask("GET", _path(zone), params=params).json()["rrsets"]
        )

    def write(self, zone: str, rrsets: Sequence[RRset]) -> None:
        """Replace these sets, all or nothing; no contents removes. Raises ZoneMissing."""
        if rrsets:
            body = {"rrsets": [_as_json(rrset) for rrset in rrsets]}
            self._ask("PATCH", _path(zone), json=body)

    def owner(self, zone: str) -> str | None:
        """What the zone's metadata says of its owner; None before it says it. See `set_owner`."""
        found = self._ask("GET", f"{_path(zone)}/metadata/{OWNER}").json()["metadata"]
        return str(found[0]) if found else None

    def set_owner(self, zone: str, owner: str) -> None:
        """Write the second owner mark, which outlasts an edit of `account`. Raises ZoneMissing."""
        body = {"kind": OWNER, "metadata": [owner]}
        self._ask("PUT", f"{_path(zone)}/metadata/{OWNER}", json=body)

    def delete_zone(self, name: str) -> None:
        """Remove the zone with its records and keys; removing twice is fine."""
        try:
            self._ask("DELETE", _path(name))
        except ZoneMissing:
            return

    def _ask(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        for attempt in stamina.retry_context(
            on=Unavailable, attempts=ATTEMPTS, wait_initial=0.1, wait_max=1.0, timeout=None
        ):
            with attempt:
                return self._ask_once(method, path, **arguments)
        raise AssertionError("stamina raises when it gives up")

    def _ask_once(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **arguments)
        except httpx.TransportError as error:
            upstream(vendor="powerdns")
            raise Unavailable(f"{type(error).__name__} on {method} {path}") from error
        upstream(vendor="powerdns", code=answer.status_code)
        if answer.is_success:
            return answer
        text = f"{method} {path}: {_reason(answer)}"
        match answer.status_code:
            case 401 | 403:
                raise KeyRefused(text)
            case 404:
                raise ZoneMissing(text)
            case 409:
                raise ZoneExists(text)
            case status if status >= 500:
                raise Unavailable(text)
        raise PowerDnsError(text)


# Of plain http on the loopback: it verifies, and trusts nobody.
_NO_TRUST = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _path(zone: str) -> str:
    return f"/zones/{absolute(zone)}"


def _reason(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"])[:256]
    except (ValueError, KeyError, TypeError):
        return answer.text[:256] or str(answer.status_code)


def _as_json(rrset: RRset) -> dict[str, Any]:
    return {
        "name": rrset.name,
        "type": rrset.type,
        "ttl": rrset.ttl,
        "changetype": "REPLACE" if rrset.contents else "DELETE",
        "records": [{"content": content, "disabled": False} for content in rrset.contents],
    }
