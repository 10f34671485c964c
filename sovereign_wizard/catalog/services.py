"""The catalogue and the project for a page: asked live, then kept for a minute so that one visit
is one asking."""

from __future__ import annotations

from django.core.cache import cache

from catalyst.vault import services as vault
from sovereign_wizard.catalog import hetzner, project
from sovereign_wizard.catalog.offer import Catalogue
from sovereign_wizard.catalog.project import Project

KEPT_SECONDS = 60


def catalogue_for(*, token_reference: str) -> Catalogue:
    """What the project of a kept token can buy now.

    Raises NotFound when the token is no longer kept, and the Problems of `hetzner.catalogue`.
    """
    key = f"hetzner-catalogue:{token_reference}"
    known: Catalogue | None = cache.get(key)
    if known is None:
        known = hetzner.catalogue(vault.get(token_reference))
        cache.set(key, known, KEPT_SECONDS)
    return known


def project_for(*, token_reference: str) -> Project:
    """What is in the project of a kept token now. Raises as `catalogue_for` does."""
    key = f"hetzner-project:{token_reference}"
    known: Project | None = cache.get(key)
    if known is None:
        known = project.look(vault.get(token_reference))
        cache.set(key, known, KEPT_SECONDS)
    return known
