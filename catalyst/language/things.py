"""Things that are counted: each language has its own forms for one, two, a few, many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

# The nouns that are kept in rows and JSON → how so many of them are called.
THINGS: dict[str, Callable[[int], str]] = {
    "server": lambda n: ngettext("%(count)s server", "%(count)s servers", n),
    "load balancer": lambda n: ngettext("%(count)s load balancer", "%(count)s load balancers", n),
    "network": lambda n: ngettext("%(count)s network", "%(count)s networks", n),
    "firewall": lambda n: ngettext("%(count)s firewall", "%(count)s firewalls", n),
    "volume": lambda n: ngettext("%(count)s volume", "%(count)s volumes", n),
    "primary IP": lambda n: ngettext("%(count)s primary IP", "%(count)s primary IPs", n),
    "floating IP": lambda n: ngettext("%(count)s floating IP", "%(count)s floating IPs", n),
    "placement group": lambda n: ngettext(
        "%(count)s placement group", "%(count)s placement groups", n
    ),
    "certificate": lambda n: ngettext("%(count)s certificate", "%(count)s certificates", n),
    "SSH key": lambda n: ngettext("%(count)s SSH key", "%(count)s SSH keys", n),
    "snapshot": lambda n: ngettext("%(count)s snapshot", "%(count)s snapshots", n),
}


def counted(counts: Mapping[str, int]) -> str:
    """E.g. `2 servers, 1 network`; `nothing`. Raises KeyError for a noun that is not known here."""
    parts = [THINGS[noun](count) % {"count": count} for noun, count in counts.items()]
    return _(", ").join(parts) or _("nothing")


def listed(things: Iterable[object]) -> str:
    """`a, b and c`: things by their title, texts as they are."""
    said = [each if isinstance(each, str) else str(getattr(each, "title", each)) for each in things]
    if len(said) < 2:
        return "".join(said)
    return _(", ").join(said[:-1]) + _(" and ") + said[-1]
