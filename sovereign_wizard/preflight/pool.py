"""Is the pool's domain delegated to our name servers, with a chain of trust from its parent?

Asked as anybody on the internet would; our own rows prove nothing here.
"""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from dns.delegation.ask import Answer, ask, digests, system_resolver
from dns.pools.selectors import pool_of
from sovereign_wizard.preflight.subject import Subject
from sovereign_wizard.preflight.verdict import Check, Finding, failed, passed, unknown


def look(subject: Subject) -> Finding:
    if subject.own_domain:
        return passed(
            _("%(own_domain)s is moved to us before anything is paid for.")
            % {"own_domain": subject.own_domain}
        )
    domain = pool_of(subject.pool_domain).domain
    resolver = settings.CATALYST.resolver or system_resolver()
    servers = ask(resolver, domain, "NS", recursive=True)
    return (
        _not_ours(domain, servers)
        or _not_trusted(domain, resolver, servers)
        or passed(
            _(
                "%(domain)s is delegated to %(contents)s and signed; its parent vouches for our "
                "key. %(milliseconds)s ms."
            )
            % {
                "domain": domain,
                "contents": _listed(servers.contents),
                "milliseconds": round(servers.milliseconds),
            }
        )
    )


def _not_ours(domain: str, servers: Answer) -> Finding | None:
    if servers.failure:
        return unknown(
            _("Our resolver did not answer about %(domain)s (%(failure)s).")
            % {"domain": domain, "failure": servers.failure}
        )
    if servers.rcode != "NOERROR" or not servers.contents:
        return failed(
            _("The world cannot find %(domain)s: the resolver says %(rcode)s.")
            % {"domain": domain, "rcode": servers.rcode}
        )
    wanted = {name.rstrip(".").lower() for name in settings.CATALYST.nameservers}
    actual = {name.rstrip(".").lower() for name in servers.contents}
    if wanted != actual:
        return failed(
            _(
                "%(domain)s is delegated to %(actual)s, not to %(wanted)s. Its registrar has to "
                "be told."
            )
            % {"domain": domain, "actual": _listed(actual), "wanted": _listed(wanted)}
        )
    return None


def _not_trusted(domain: str, resolver: str, servers: Answer) -> Finding | None:
    """The parent's DS has to be of a key that our servers really sign with."""
    parent = ask(resolver, domain, "DS", recursive=True)
    if parent.failure:
        return unknown(
            _("Our resolver did not answer about %(domain)s DS (%(failure)s).")
            % {"domain": domain, "failure": parent.failure}
        )
    if not parent.contents or not servers.authenticated:
        return failed(
            _(
                "%(domain)s is not trusted: its parent publishes no DS for it. Its registrar has "
                "to be given ours."
            )
            % {"domain": domain}
        )
    addresses = (
        settings.CATALYST.nameserver_addresses
        or ask(resolver, servers.contents[0], "A", recursive=True).contents
    )
    ours = {digest.lower() for server in addresses[:1] for digest in digests(server, domain)}
    if not ours & {digest.lower() for digest in parent.contents}:
        return failed(
            _("The parent's DS of %(domain)s is of a key our name servers do not have.")
            % {"domain": domain}
        )
    return None


def _listed(names: object) -> str:
    assert isinstance(names, set | tuple)
    return ", ".join(sorted(name.rstrip(".") for name in names))


CHECK = Check("pool", lazy("Pool domain"), look)
