"""The vendors' own name servers: where a customer's domain lives before it moves.

One real PowerDNS plays all of them. Zones are always signed; whether the parent vouches for that is
up to who registers the domain.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from infra.localcloud.internet.authoritative import NameServer
from infra.localcloud.internet.zones import RRset
from infra.localcloud.registrars.registry import Registry

# Vendor → domain of its name servers, and their labels.
SERVERS: Mapping[str, tuple[str, tuple[str, str]]] = {
    "cloudflare": ("cloudflare.com", ("ada.ns", "bob.ns")),
    "namecheap": ("registrar-servers.com", ("dns1", "dns2")),
    "godaddy": ("domaincontrol.com", ("ns71", "ns72")),
    "ovh": ("ovh.net", ("dns10", "ns10")),
    "dynadot": ("dyna-ns.net", ("ns1", "ns2")),
}
TTL = 60


class Hosting:
    def __init__(self, *, address: str, state_dir: Path, registry: Registry) -> None:
        self._address = address
        self._registry = registry
        self._server = NameServer(
            name="hosting",
            address=address,
            directory=state_dir / "hosting",
            log_file=state_dir / "hosting.log",
        )

    async def start(self) -> None:
        """Raises NotInstalled, StartFailed."""
        await self._server.start()
        for domain, labels in SERVERS.values():
            await self._make_own(domain, labels)

    async def stop(self) -> None:
        await self._server.stop()

    async def host(
        self, vendor: str, domain: str, records: Iterable[RRset], *, ttl: int = TTL
    ) -> list[str]:
        """Serve a customer's zone; returns its DNSKEYs. What was there before is replaced."""
        zone = f"{domain}."
        present = await self._server.rrsets(zone)
        wanted = [*_apex(zone, own_servers(vendor), ttl), *records]
        if present is None:
            await self._server.create(zone, wanted)
        else:
            kept = {(one.name, one.type) for one in wanted}
            gone = [RRset(o.name, o.type, ()) for o in present if (o.name, o.type) not in kept]
            await self._server.write(zone, gone + [one for one in wanted if one.type != "SOA"])
        return [key["dnskey"] for key in await self._server.keys(zone)]

    async def write(self, domain: str, records: Sequence[RRset]) -> None:
        """Replace sets of a customer's zone; a set without contents is removed."""
        await self._server.write(f"{domain}.", records)

    async def _make_own(self, domain: str, labels: Sequence[str]) -> None:
        zone = f"{domain}."
        servers = [f"{label}.{zone}" for label in labels]
        if await self._server.rrsets(zone) is None:
            addresses = [RRset(server, "A", (self._address,), TTL) for server in servers]
            await self._server.create(zone, [*_apex(zone, servers), *addresses])
        await self._registry.delegate(
            domain,
            nameservers=servers,
            glue={server: [self._address] for server in servers},
            ds=await self._server.digests(zone),
        )


def own_servers(vendor: str) -> list[str]:
    """Absolute names."""
    domain, labels = SERVERS[vendor]
    return [f"{label}.{domain}." for label in labels]


def _apex(zone: str, servers: Sequence[str], ttl: int = TTL) -> tuple[RRset, ...]:
    soa = f"{servers[0]} hostmaster.{zone} 1 3600 600 604800 1"
    return RRset(zone, "SOA", (soa,), ttl), RRset(zone, "NS", tuple(servers), ttl)
