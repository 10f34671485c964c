"""Every name a Sovereign will have, and what answers there."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from dns.powerdns.zone import CHALLENGE_PREFIX, HOSTS

# Host as `dns` writes it → what it is for.
PURPOSES = {
    "@": lazy("Where customers redeem a voucher"),
    "*": lazy("Customers’ Apps, each with a name of its own"),
    "console": lazy("The console: log-in, vouchers, Organizations"),
    "api": lazy("The API of the console and of its programs"),
    "gitea": lazy("Git, with everything that is installed"),
    "harbor": lazy("Images and charts"),
}


@dataclass(frozen=True, slots=True)
class Made:
    """A name that will exist."""

    name: str
    purpose: str


def of(fqdn: str) -> tuple[Made, ...]:
    """Of a Sovereign of this name; none while it has none."""
    if not fqdn:
        return ()
    hosts = (
        Made(fqdn if host == "@" else f"{host}.{fqdn}", PURPOSES.get(host, "Reserved"))
        for host in HOSTS
    )
    proof = Made(
        f"{CHALLENGE_PREFIX}{fqdn}", _("For moments only, to prove the name to the issuer")
    )
    return (*hosts, proof)
