"""How this franchise bills. A field left blank never forgets a key; removing one is its own act."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.problem import Invalid, NotFound
from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from catalyst.work.clock import database_now
from franchise.billing.settings.models import BillingSecret, BillingSettings

OWNER = "billing/stripe"
RETRY_DAYS = (1, 3, 7)
SUBJECT = "billing:settings"
PREFIXES = {BillingSecret.Name.API_KEY: ("sk_", "rk_"), BillingSecret.Name.WEBHOOK: ("whsec_",)}
FIELDS = frozenset({
    "seller_name", "seller_address", "seller_tax_number", "country", "currency",
    "prices_include_tax", "series_prefix", "retry_days", "publishable_key",
})  # fmt: skip


def current() -> BillingSettings:
    """The one row."""
    return BillingSettings.objects.get_or_create(pk=1, defaults={"retry_days": list(RETRY_DAYS)})[0]


def secret(name: str) -> Secret | None:
    """A key (`BillingSecret.Name`), opened now; None while it was not given."""
    kept = BillingSecret.objects.filter(name=name).first()
    return vault.get(str(kept.reference)) if kept else None


def secrets() -> dict[str, BillingSecret]:
    """What is known of each key that was given: its end and when."""
    return {kept.name: kept for kept in BillingSecret.objects.all()}


def change(
    *, actor: str, changes: dict[str, Any], secrets: dict[str, Secret] | None = None,
    request: HttpRequest | None = None,
) -> BillingSettings:  # fmt: skip
    """Change what is named in `changes`, and keep the keys that are not blank, all or nothing.

    Raises Invalid(field=…) for a key that does not look like one.
    """
    if strange := set(changes) - FIELDS:
        raise TypeError(f"no settings of billing: {', '.join(sorted(strange))}")
    given = {name: key for name, key in (secrets or {}).items() if key.reveal().strip()}
    with transaction.atomic():
        current()
        row = BillingSettings.objects.select_for_update().get(pk=1)
        before = {name: getattr(row, name) for name in changes}
        after = {name: value for name, value in changes.items() if value != before[name]}
        if after:
            for name, value in after.items():
                setattr(row, name, value)
            row.changed_at, row.changed_by = database_now(), actor
            row.save(update_fields=[*after, "changed_at", "changed_by"])
            record(
                actor=actor, act="franchise.billing-settings", object=SUBJECT,
                before={name: before[name] for name in after}, after=after, request=request,
            )  # fmt: skip
        for name, key in given.items():
            _keep(name, key, actor=actor, request=request)
    return row


def remove_secret(*, name: str, actor: str, request: HttpRequest | None = None) -> None:
    """Forget a key for good. Raises NotFound when there is none."""
    with transaction.atomic():
        kept = BillingSecret.objects.select_for_update().filter(name=name).first()
        if kept is None:
            raise NotFound(_("There is no such key here."))
        vault.delete(str(kept.reference))
        kept.delete()
        record(
            actor=actor, act="franchise.billing-key-remove", object=SUBJECT,
            before={"name": name, "last4": kept.last4}, request=request,
        )  # fmt: skip


def _keep(name: str, key: Secret, *, actor: str, request: HttpRequest | None) -> None:
    text = key.reveal().strip()
    if not text.startswith(PREFIXES[BillingSecret.Name(name)]) or not 12 <= len(text) <= 255:
        expected = " / ".join(f"{prefix}…" for prefix in PREFIXES[BillingSecret.Name(name)])
        raise Invalid(
            _("Such a key begins with %(prefix)s. Nothing was changed.") % {"prefix": expected},
            field=name,
        )
    old = BillingSecret.objects.select_for_update().filter(name=name).first()
    if old:
        vault.delete(str(old.reference))
    reference = vault.put(purpose="franchise.billing", secret=Secret(text), owner=OWNER)
    last4 = text[-4:]
    facts = {"last4": last4, "changed_at": database_now(), "changed_by": actor}
    BillingSecret.objects.update_or_create(name=name, defaults={"reference": reference, **facts})
    record(
        actor=actor, act="franchise.billing-key", object=SUBJECT,
        before={"name": name, "last4": old.last4} if old else None,
        after={"name": name, "last4": last4}, request=request,
    )  # fmt: skip
