"""`/api/v1` of this app: the pool-domain-manager's paths and field names (dns.md §1.4).

A module a concern. Routes parse, call one service and shape its answer; they decide nothing.
"""

from ninja import Router

from dns.api import aliases, domains, held, mine, pool, tokens, words
from dns.registrars import api as registrars

router = Router()
router.add_router("/pool", pool.router)
router.add_router("/pool", held.router)
router.add_router("/pool", mine.router)
router.add_router("/reserved", words.router)
router.add_router("/service-tokens", tokens.router)
router.add_router("/domains", domains.router)
router.add_router("", aliases.router)
router.add_router("", registrars.router)

__all__ = ["router"]
