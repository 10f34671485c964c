"""The preflight of a draft, check by check, for the review. What a check needs is asked now; only
a good answer is believed for a minute, so that looking and then provisioning is one asking."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from django.core.cache import cache
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalyst.problem import NotFound
from catalyst.vault import services as vault
from sovereign_wizard.preflight.services import CHECKS, PASSING, examine_one
from sovereign_wizard.preflight.subject import Subject
from sovereign_wizard.preflight.verdict import Answer, Check, Verdict
from sovereign_wizard.provisioning.models import DomainMode
from sovereign_wizard.wizard import own_domain, steps, wishes
from sovereign_wizard.wizard.models import Draft

KEPT_SECONDS = 60
# Check → the step where its subject is answered, and the part of that page.
PLACES = {
    "token": ("credentials", "id_hetzner_token"),
    "project": ("credentials", "id_hetzner_project_id"),
    "quota": ("provider", "id_worker_count"),
    "placement": ("provider", "id_region"),
    "memory": ("provider", "id_control_plane_size"),
    "name": ("domain", "id_subdomain"),
    "pool": ("domain", "id_pool_domain"),
    "ssh-key": ("credentials", "id_ssh_public_key"),
    "certificates": ("domain", "id_pool_domain"),
}
# `name` is decided when the name is taken, and said beside its field.
_NEVER_REFUSE = frozenset({"project", "quota", "name"})
LOOKS = {
    Answer.PASSED: ("success", "circle-check"),
    Answer.WARNING: ("warning", "triangle-alert"),
    Answer.UNKNOWN: ("info", "info"),
    Answer.FAILED: ("error", "circle-x"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A check on the review. `verdict` is None while nobody has looked; `url` is where its subject
    is answered, empty where no answer changes it."""

    id: str
    title: str
    url: str
    verdict: Verdict | None = None

    @property
    def failed(self) -> bool:
        return self.verdict is not None and self.verdict.verdict is Answer.FAILED

    @property
    def word(self) -> str:
        return str(Answer(self.verdict.verdict).label) if self.verdict else ""

    @property
    def tone(self) -> str:
        return LOOKS[self.verdict.verdict][0] if self.verdict else "quiet"

    @property
    def icon(self) -> str:
        return LOOKS[self.verdict.verdict][1] if self.verdict else "hourglass"


def listed(draft: Draft) -> tuple[Shown, ...]:
    """All of them, before anybody has looked."""
    return tuple(Shown(check.id, check.title, _url(draft, check.id)) for check in CHECKS)


def examined(draft: Draft) -> tuple[Shown, ...]:
    """All of them with their verdicts, one after the other."""
    return tuple(_examined(draft, check) for check in CHECKS)


def standing_against(draft: Draft) -> tuple[Shown, ...]:
    """Those that refuse it. What can only inform is not asked: somebody waits for this answer."""
    asked = (_examined(draft, check) for check in CHECKS if check.id not in _NEVER_REFUSE)
    return tuple(shown for shown in asked if shown.failed)


def examined_one(draft: Draft, check_id: str) -> Shown:
    """One. Raises NotFound where there is no such check."""
    check = next((one for one in CHECKS if one.id == check_id), None)
    if check is None:
        raise NotFound(_("There is no such check."))
    return _examined(draft, check)


def _examined(draft: Draft, check: Check) -> Shown:
    key = f"wizard-check:{draft.pk}:{check.id}:{_digest(draft)}"
    known = cache.get(key)
    verdict = _read(known) if known else _look(draft, check)
    if not known and verdict.verdict is not Answer.FAILED:
        cache.set(key, verdict.as_dict(), KEPT_SECONDS)
    return Shown(check.id, check.title, _url(draft, check.id), verdict)


def _read(known: dict[str, object]) -> Verdict:
    kept: dict[str, object] = {**known, "verdict": Answer(str(known["verdict"]))}
    return Verdict(**kept)  # type: ignore[arg-type]


def _look(draft: Draft, check: Check) -> Verdict:
    try:
        return examine_one(check, subject_of(draft))
    except PASSING as away:
        # No verdict about the wish: the run waits for it, and so need not this page.
        return Verdict(
            check.id, str(check.title), Answer.UNKNOWN, f"{away.title}. {away.detail}", 0
        )


def _digest(draft: Draft) -> str:
    """Another answer is another question; and its evidence is in the reader's language."""
    asked = json.dumps([draft.values, draft.token_reference, get_language()], sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()[:32]


def _url(draft: Draft, check_id: str) -> str:
    if check_id not in PLACES:
        return ""
    step, part = PLACES[check_id]
    if check_id in ("name", "pool", "certificates") and own_domain.mode(draft) != DomainMode.POOL:
        part = "id_own_domain"
    return f"{steps.url(draft, step)}#{part}"


def subject_of(draft: Draft) -> Subject:
    """What a complete draft asks of the outside. Raises NotFound when its token is gone."""
    values = draft.values
    pool = own_domain.mode(draft) == DomainMode.POOL
    return Subject(
        token=vault.get(draft.token_reference),
        project_id=values["hetzner_project_id"],
        region=values["region"],
        control_plane_size=values["control_plane_size"],
        worker_size=values["worker_size"],
        worker_count=int(values["worker_count"]),
        ssh_public_key=values["ssh_public_key"],
        pool_domain=values["pool_domain"] if pool else "",
        subdomain=values["subdomain"] if pool else "",
        ha_enabled=wishes.ha_enabled(values),
        small_control_plane=bool(values.get("small_control_plane")),
        own_domain="" if pool else own_domain.fqdn(draft),
    )
