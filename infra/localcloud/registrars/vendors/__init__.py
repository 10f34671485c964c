"""A module per vendor."""

from infra.localcloud.registrars.vendors.cloudflare import Cloudflare
from infra.localcloud.registrars.vendors.dynadot import Dynadot
from infra.localcloud.registrars.vendors.godaddy import GoDaddy
from infra.localcloud.registrars.vendors.namecheap import Namecheap
from infra.localcloud.registrars.vendors.ovh import Ovh

VENDORS = (Cloudflare, Namecheap, GoDaddy, Ovh, Dynadot)

__all__ = ["VENDORS"]
