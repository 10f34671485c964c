"""Will Let's Encrypt issue one more certificate for the pool's domain this week?

Counted from what our own Deployments were seen to get. Somebody else may get certificates for the
same domain; nobody tells us. Renewals do not count (https://letsencrypt.org/docs/rate-limits/).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from publicsuffixlist import PublicSuffixList

from catalyst.language.words import lazy
from sovereign_wizard.preflight.subject import Subject
from sovereign_wizard.preflight.verdict import Check, Finding, failed, passed, unknown, warning
from sovereign_wizard.provisioning.models import Deployment, PhaseState

LETS_ENCRYPT = "acme-v02.api.letsencrypt.org"
# "New Certificates per Registered Domain": up to 50 every 7 days.
BUDGET = 50
WEEK = timedelta(days=7)
NEARLY = 45


def look(subject: Subject) -> Finding:
    authority = urlsplit(settings.CATALYST.acme_directory).hostname or ""
    if authority != LETS_ENCRYPT:
        return unknown(
            _("%(authority)s issues the certificate; its limits are not known here.")
            % {"authority": authority}
        )
    domain = registered(subject.certified)
    issued = issued_since(domain, timezone.now() - WEEK)
    count = _("%(issued)s of %(budget)s certificates of a week were issued for %(domain)s") % {
        "issued": len(issued),
        "budget": BUDGET,
        "domain": domain,
    }
    if len(issued) >= BUDGET:
        again = issued[-BUDGET] + WEEK
        return failed(
            _(
                "%(count)s: Let's Encrypt would refuse another. One more is possible on "
                "%(again)s UTC, or in another pool now."
            )
            % {"count": count, "again": f"{again:%-d %B %Y at %H:%M}"}
        )
    return (warning if len(issued) >= NEARLY else passed)(f"{count}.")


def issued_since(domain: str, since: datetime) -> list[datetime]:
    """When Deployments under a registered domain were first seen with a certificate, in order."""
    pools = Deployment.objects.values_list("pool_domain", flat=True).distinct()
    under = [pool for pool in pools if pool and registered(pool) == domain]
    own = Q(pool_domain="") & (Q(fqdn=domain) | Q(fqdn__endswith=f".{domain}"))
    seen = (
        Deployment.objects.filter(
            Q(pool_domain__in=under) | own,
            runs__phases__phase="tls",
            runs__phases__state=PhaseState.DONE,
            runs__phases__finished_at__gte=since,
        )
        .annotate(issued=Max("runs__phases__finished_at"))
        .values_list("issued", flat=True)
    )
    return sorted(seen)


def registered(domain: str) -> str:
    """The registered domain by the Public Suffix List, e.g. `b.co.uk` of `a.b.co.uk`."""
    return _suffixes().privatesuffix(domain) or domain


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


CHECK = Check("certificates", lazy("Certificates of this week"), look)
