"""Where a person stopped: their drafts, for the start page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from catalyst.identity.models import User
from sovereign_wizard.wizard import drafts, own_domain, steps
from sovereign_wizard.wizard.models import Draft

# From here on the page says it louder.
SOON = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Place:
    """A draft, and the question its owner goes on with. `number` of `count` is that question."""

    draft: Draft
    at: steps.Step
    number: int
    count: int
    url: str
    fqdn: str
    organization: str
    token_gone: bool

    @property
    def soon(self) -> bool:
        return self.draft.expires_at - timezone.now() < SOON


def of(person: User) -> tuple[Place, ...]:
    """What this person began and did not provision, the newest first."""
    return tuple(_place(draft) for draft in drafts.unfinished(owner=person))


def _place(draft: Draft) -> Place:
    at = steps.step(steps.first_open(draft))
    return Place(
        draft=draft,
        at=at,
        number=steps.STEPS.index(at) + 1,
        count=len(steps.STEPS),
        url=steps.url(draft, at.id),
        fqdn=own_domain.fqdn(draft),
        organization=str(draft.values.get("organization_name", "")),
        token_gone=bool(draft.token_reference) and not drafts.token_kept(draft),
    )
