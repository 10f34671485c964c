"""A draft's registrar credentials: sealed in the vault while the draft lives, opened to ask the
registrar and to be handed on, never shown."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from catalyst.problem import NotFound
from catalyst.vault import services as vault
from dns.registrars import services as registrars
from dns.registrars.services import Credentials
from sovereign_wizard.wizard.models import Draft

KEPT_FOR = timedelta(hours=24)


def keep(*, draft: Draft, registrar: str, credentials: Credentials) -> None:
    """In the place of those before. What was checked with others no longer counts.

    Inside the caller's transaction; the caller saves the draft.
    """
    if known(draft=draft, registrar=registrar, credentials=credentials):
        return
    forget(draft)
    draft.registrar_reference = vault.put(
        purpose="wizard.registrar-credentials",
        secret=registrars.as_secret(registrar, credentials),
        owner=f"drafts/{draft.pk}",
        expires_in=KEPT_FOR,
    )


def known(*, draft: Draft, registrar: str, credentials: Credentials | None) -> bool:
    """Are these the kept ones? None stands for them."""
    found = kept(draft)
    if found is None or found[0] != registrar:
        return False
    return credentials is None or found[1].fingerprint() == credentials.fingerprint()


def opened(*, draft: Draft, registrar: str) -> Credentials:
    """Those of this registrar, at the moment of use. Raises NotFound."""
    found = kept(draft)
    if found is None or found[0] != registrar:
        raise NotFound(
            _("The registrar's credentials are no longer kept. Give them again."), field="registrar"
        )
    return found[1]


def drop(*, draft: Draft) -> None:
    """Destroy them, saying so in the draft; none is fine."""
    if draft.registrar_reference or draft.checked:
        with transaction.atomic():
            forget(draft)
            draft.save(update_fields=["registrar_reference", "checked", "updated_at"])


def kept(draft: Draft) -> tuple[str, Credentials] | None:
    """The registrar and its credentials, if the draft has some and they have not outlived it."""
    if not draft.registrar_reference:
        return None
    try:
        return registrars.from_secret(vault.get(draft.registrar_reference))
    except NotFound:
        return None


def forget(draft: Draft) -> None:
    """Destroy them inside the caller's transaction; the caller saves the draft."""
    if draft.registrar_reference:
        vault.delete(draft.registrar_reference)
    draft.registrar_reference, draft.checked = "", {}
