"""Which registrars there are."""

from __future__ import annotations

from dns.registrars.cloudflare.adapter import CloudflareRegistrar
from dns.registrars.dynadot.adapter import DynadotRegistrar
from dns.registrars.godaddy.adapter import GoDaddyRegistrar
from dns.registrars.namecheap.adapter import NamecheapRegistrar
from dns.registrars.ovh.adapter import OvhRegistrar
from dns.registrars.problems import UnsupportedRegistrar
from dns.registrars.registrar import Registrar

REGISTRARS: dict[str, type[Registrar]] = {
    kind.name: kind
    for kind in (
        CloudflareRegistrar,
        NamecheapRegistrar,
        GoDaddyRegistrar,
        OvhRegistrar,
        DynadotRegistrar,
    )
}


def find(name: str) -> type[Registrar]:
    """Raises UnsupportedRegistrar, which says which there are."""
    kind = REGISTRARS.get(name.strip().lower())
    if kind is None:
        there = sorted(REGISTRARS)
        raise UnsupportedRegistrar(f"There are {', '.join(there)}.", supported=there)
    return kind
