"""Makes sure that our name servers' own zone and every pool's zone are there, signed, with a row.

Adds and corrects only the records it needs; it never removes a record or a zone, because a pool
domain may have a life of its own (website, mail).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from catalyst.audit.services import record
from catalyst.language.words import lazy
from catalyst.problem import Invalid
from dns.delegation.parent import LiveElsewhere, refuse_if_live_elsewhere
from dns.pools.models import Pool
from dns.powerdns import zone as desired
from dns.powerdns.client import PowerDns, ZoneExists, ZoneMissing
from dns.powerdns.records import POOL_MARK, RRset, absolute, trusted_ds

ACTOR = "system:dns-bootstrap"


class BadNameservers(Invalid):
    type = "bad-nameservers"
    title = lazy("The name servers of the settings cannot be used")


@dataclass(frozen=True, slots=True)
class Domain:
    """What the registrar has to be told about a domain; `ds` in presentation format."""

    name: str
    nameservers: tuple[str, ...]
    glue: dict[str, tuple[str, ...]]
    ds: tuple[str, ...]


def follow_settings(server: PowerDns) -> tuple[Domain, ...]:
    """Bootstrap every domain the settings name; other pools give out no new names any more.

    Their rows and zones stay. Raises BadNameservers, LiveElsewhere, PowerDnsError.
    """
    env = settings.CATALYST
    wanted = set(_plain(env.pool_domains))
    for pool in Pool.objects.all():
        if pool.enabled != (pool.domain in wanted):
            with transaction.atomic():
                Pool.objects.filter(pk=pool.pk).update(enabled=not pool.enabled)
                act = "dns.pool-disabled" if pool.enabled else "dns.pool-enabled"
                record(actor=ACTOR, act=act, object=f"pool:{pool.domain}")
    return bootstrap(
        server=server,
        pool_domains=env.pool_domains,
        nameservers=env.nameservers,
        addresses=env.nameserver_addresses,
    )


def of_settings(server: PowerDns) -> tuple[Domain, ...]:
    """The domains the settings name, as they are: nothing is made, `ds` is empty without a zone.

    Raises BadNameservers, PowerDnsError.
    """
    env = settings.CATALYST
    hosts = _hosts(env.nameservers, env.nameserver_addresses)
    return tuple(
        _domain(server, domain, hosts) for domain in _domains(hosts, _plain(env.pool_domains))
    )


def bootstrap(
    *,
    server: PowerDns,
    pool_domains: Sequence[str],
    nameservers: Sequence[str],
    addresses: Sequence[str],
) -> tuple[Domain, ...]:
    """Bring zones and Pool rows to what the settings say; running it again changes nothing.

    `addresses` belong to `nameservers` one by one. A domain that is in use elsewhere hinders no
    other: LiveElsewhere comes after all. Raises BadNameservers, LiveElsewhere, PowerDnsError.
    """
    hosts, pools = _hosts(nameservers, addresses), _plain(pool_domains)
    domains, refused = [], []
    for domain in _domains(hosts, pools):
        try:
            _ensure_zone(server, domain, nameservers=nameservers, within=_within(domain, hosts))
        except LiveElsewhere as refusal:
            refused.append(refusal.detail)
            continue
        made = _domain(server, domain, hosts)
        if not made.ds:
            server.sign(domain)
            made = _domain(server, domain, hosts)
        if domain in pools:
            _ensure_pool(domain)
        domains.append(made)
    if refused:
        raise LiveElsewhere(" ".join(refused))
    return tuple(domains)


def _plain(domains: Sequence[str]) -> list[str]:
    return [domain.lower().rstrip(".") for domain in domains]


def _hosts(nameservers: Sequence[str], addresses: Sequence[str]) -> dict[str, str]:
    """Name server → its address."""
    if len(addresses) != len(nameservers):
        raise BadNameservers(
            f"There are {len(nameservers)} name servers and {len(addresses)} addresses for them."
        )
    return dict(zip((absolute(name) for name in nameservers), addresses, strict=True))


def _domains(hosts: Iterable[str], pools: Iterable[str]) -> tuple[str, ...]:
    """The name servers' own domains first."""
    own = (host.split(".", 1)[1].rstrip(".") for host in hosts)
    return tuple(dict.fromkeys([*own, *pools]))


def _within(domain: str, hosts: dict[str, str]) -> dict[str, str]:
    return {host: address for host, address in hosts.items() if host.endswith(f".{domain}.")}


def _domain(server: PowerDns, domain: str, hosts: dict[str, str]) -> Domain:
    return Domain(
        name=domain,
        nameservers=tuple(hosts),
        glue={host: (address,) for host, address in _within(domain, hosts).items()},
        ds=_ds(server, domain),
    )


def _ds(server: PowerDns, domain: str) -> tuple[str, ...]:
    try:
        return trusted_ds(server.keys(domain))
    except ZoneMissing:
        return ()


def _ensure_zone(
    server: PowerDns, domain: str, *, nameservers: Sequence[str], within: dict[str, str]
) -> None:
    hosts = [RRset(host, "A", (address,), desired.ADDRESS_TTL) for host, address in within.items()]
    if server.zone(domain) is None:
        refuse_if_live_elsewhere(domain, nameservers=nameservers)
        apex = desired.apex(domain, nameservers=nameservers)
        # Somebody may run this at the same moment: then the zone is theirs, and good.
        with suppress(ZoneExists):
            server.create_zone(domain, account=POOL_MARK, rrsets=[*apex, *hosts])
    wanted = [desired.delegation_ns(domain, nameservers=nameservers), *hosts]
    actual = [rrset for one in (domain, *within) for rrset in server.rrsets(domain, name=one)]
    server.write(domain, desired.changes(actual, wanted))


def _ensure_pool(domain: str) -> None:
    with transaction.atomic():
        pool, created = Pool.objects.get_or_create(domain=domain)
        if created:
            record(actor=ACTOR, act="dns.pool-added", object=f"pool:{pool.domain}")
