"""The one rule for Organization slugs: a DNS label that collides with nothing we name ourselves.

Source: spec franchise §6.4. Environments are called `{organization}-{env_type}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.utils.text import slugify
from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from catalyst.problem import Invalid

SLUG = "[a-z](?:[a-z0-9]|-(?!-)){1,28}[a-z0-9]"
LONGEST = 30
ENV_TYPES = ("prod", "stg", "uat", "dev", "poc")
RESERVED = frozenset(
    """
    admin api auth catalog catalog-sovereign catalyst console crossplane flux gitea harbor mail
    marketplace mine shared-blueprints status system www redeem
    hetzner fsn1 nbg1 hel1 ash hil sin
    prod stg uat dev poc
    """.split()  # noqa: SIM905  (a list of words reads better)
)
# Gitea's own addresses, which no organization there may have (its reservedUsernames).
RESERVED |= frozenset(
    """
    assets attachments avatar avatars captcha commits debug devtest error explore ghost
    gitea-actions healthz issues login metrics milestones new notifications org pulls raw repo
    repo-avatars search swagger template user
    """.split()  # noqa: SIM905
)
# Also inside: `{organization}-{type}-{app}` is to say one Organization only.
_HAS_AN_ENVIRONMENT = re.compile(rf".+-({'|'.join(ENV_TYPES)})(?:-.+)?")


class BadSlug(Invalid):
    """`suggestions` in `extra`: slugs that obey the rule (perhaps taken)."""

    type = "organization-slug-invalid"
    title = lazy("This short name cannot be used")


def from_name(name: str) -> str:
    """The slug a name suggests: `Acme & Sons L.L.C` → `acme-sons-llc`. May be empty or invalid."""
    return slugify(name)[:LONGEST].strip("-_").replace("_", "-")


def check(slug: str) -> str:
    """Return the slug if it obeys the rule. Raises BadSlug that says which part it breaks."""
    if re.fullmatch(SLUG, slug) is None:
        raise BadSlug(
            _(
                "A short name has 3 to 30 letters a-z, digits and single hyphens, starts with a "
                "letter and ends with a letter or digit."
            ),
            field="organization_slug",
        )
    if slug in RESERVED or slug.startswith("kube-"):
        raise BadSlug(
            _("“%(slug)s” is a name the platform uses itself. Choose another short name.")
            % {"slug": slug},
            field="organization_slug",
        )
    if found := _HAS_AN_ENVIRONMENT.fullmatch(slug):
        raise BadSlug(
            _("“-%(type)s” is how an Environment is named. Choose another short name.")
            % {"type": found[1]},
            field="organization_slug",
        )
    return slug


def alternatives(slug: str) -> Iterator[str]:
    """Other slugs near this one, best first; all obey the rule if `slug` does."""
    for ending in ("-2", "-3", "-hq", "-group", "-team", "-4", "-5", "-6", "-7", "-8", "-9"):
        yield slug[: LONGEST - len(ending)].rstrip("-") + ending
