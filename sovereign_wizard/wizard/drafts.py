"""What happens to a draft: begun, answered, provisioned, thrown away. The token never leaves the
vault except to ask Hetzner and to be handed to provisioning."""

from __future__ import annotations

import hmac
import uuid
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.identity.models import User
from catalyst.identity.refusals import note_foreign
from catalyst.problem import NotFound
from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from sovereign_wizard.catalog.hetzner import check_token
from sovereign_wizard.provisioning.models import Deployment
from sovereign_wizard.provisioning.services import create
from sovereign_wizard.wizard import registrar_keys, wishes
from sovereign_wizard.wizard.models import Draft

TOKEN_KEPT = timedelta(hours=24)
NOT_KEPT = frozenset({"hetzner_token"})


def find(*, owner: User, draft_id: uuid.UUID) -> Draft:
    """A draft of this person. Raises NotFound for anything else."""
    draft = Draft.objects.filter(owner=owner, pk=draft_id).first()
    if draft is None:
        if Draft.objects.filter(pk=draft_id).exists():
            note_foreign(owner, f"draft:{draft_id}")
        raise NotFound(_("There is no such draft, or it is not yours."))
    return draft


def unfinished(*, owner: User) -> list[Draft]:
    return list(Draft.objects.filter(owner=owner, deployment_id__isnull=True))


def token_kept(draft: Draft) -> bool:
    """Is a token still in the vault? After 24 hours it is not."""
    return _token(draft) is not None


def is_kept(draft: Draft, token: str) -> bool:
    """Is this the token that was checked and is kept? Then nobody need be asked again."""
    kept = _token(draft)
    return kept is not None and hmac.compare_digest(kept.reveal().encode(), token.encode())


def _token(draft: Draft) -> Secret | None:
    if not draft.token_reference:
        return None
    try:
        return vault.get(draft.token_reference)
    except NotFound:
        return None


def keep_token(*, draft: Draft, token: Secret) -> None:
    """Check a token with Hetzner and keep it in the place of the one before.

    Raises the Problems of `check_token`; then the earlier token stays. The page asks for this while
    the same person sends the step: nothing but the token is written, and whoever keeps the same one
    second leaves the first in its place, where the next step may be reading it.
    """
    check_token(token)
    with transaction.atomic():
        _read_again(draft)
        if is_kept(draft, token.reveal()):
            return
        if draft.token_reference:
            vault.delete(draft.token_reference)
        draft.token_reference = vault.put(
            purpose="wizard.hetzner-token",
            secret=token,
            owner=f"drafts/{draft.pk}",
            expires_in=TOKEN_KEPT,
        )
        draft.save(update_fields=["token_reference", "updated_at"])


def answer(*, draft: Draft, step: str, values: dict[str, Any], accepted: bool) -> None:
    """Keep what was typed on a step. A step changed without being accepted is open again."""
    kept = {name: worth for name, worth in values.items() if name not in NOT_KEPT}
    with transaction.atomic():
        begun = not draft._state.adding
        if begun:
            _read_again(draft)
        changed = any(str(draft.values.get(name, "")) != str(worth) for name, worth in kept.items())
        draft.values = {**draft.values, **kept}
        if accepted and step not in draft.passed:
            draft.passed = [*draft.passed, step]
        if changed and not accepted:
            draft.passed = [other for other in draft.passed if other != step]
        draft.told_at = None
        answered = ["values", "passed", "told_at", "updated_at"]
        draft.save(update_fields=answered if begun else None)


def _read_again(draft: Draft) -> None:
    """As it is now, locked: another request of the same page may have written meanwhile."""
    now = Draft.objects.select_for_update().get(pk=draft.pk)
    draft.values, draft.passed = now.values, now.passed
    draft.token_reference = now.token_reference


def reopen(*, draft: Draft, step: str) -> None:
    """The step has to be answered again."""
    draft.passed = [other for other in draft.passed if other != step]
    draft.save(update_fields=["passed", "updated_at"])


def provision(*, draft: Draft, actor: User, request: HttpRequest) -> uuid.UUID:
    """Turn the draft into a Deployment and return its id; twice gives the same one.

    Raises the Problems of `provisioning.services.create` and NotFound when the token is gone.
    """
    with transaction.atomic():
        # Two clicks queue up here; the second finds what the first made.
        draft = Draft.objects.select_for_update().get(pk=draft.pk)
        if draft.deployment_id:
            return draft.deployment_id
        deployment: Deployment = create(
            owner=actor,
            wish=wishes.wish(draft),
            idempotency_key=str(draft.pk),
            request=request,
        )
        vault.delete(draft.token_reference)
        draft.deployment_id, draft.token_reference = deployment.pk, ""
        registrar_keys.forget(draft)
        draft.save()
    return deployment.pk


def discard(*, draft: Draft, actor: str, request: HttpRequest | None = None) -> None:
    """Throw a draft and its secrets away."""
    with transaction.atomic():
        if draft.token_reference:
            vault.delete(draft.token_reference)
        registrar_keys.forget(draft)
        record(
            actor=actor,
            act="sovereign.draft-discard",
            object=f"draft:{draft.pk}",
            request=request,
        )
        draft.delete()
