"""What is left at Hetzner: looked at, noted, and — a reviewed list only — asked to be removed.

Nothing is removed here: `clean_up` does that in a worker, by OpenTofu.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from catalyst.audit.services import record
from catalyst.eventlog import services as eventlog
from catalyst.identity.models import User
from catalyst.problem import Conflict, Invalid
from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from sovereign_wizard.handover import inventory, second_person, wake
from sovereign_wizard.handover.items import Inventory, Item
from sovereign_wizard.handover.models import CleanUp, CleanUpState, Sighting
from sovereign_wizard.provisioning.models import Deployment, RunKind, State

PURPOSE = "hetzner-token"
FACT = "inventory"  # what the runs keep in a Deployment's facts
TOKEN_KEPT = timedelta(hours=1)
# In the other states the cluster lives, or is about to, and would make them anew.
REMOVABLE_IN = (State.FAILED, State.CANCELLED, State.DESTROYED)
# Kinds the clean-up module knows; what a cluster makes.
REMOVABLE = frozenset({"server", "volume", "load_balancer", "primary_ip", "floating_ip", "image"})


@dataclass(frozen=True, slots=True)
class Seen:
    inventory: Inventory
    occasion: str


def see(*, deployment: Deployment, token: Secret | None = None) -> Inventory:
    """What exists now; `token` only where none is kept any more. Notes nothing.

    Raises Invalid (field hetzner_token) when there is no token, and the Problems of
    `inventory.look`.
    """
    return inventory.look(
        token=token or kept_token(deployment),
        deployment_id=str(deployment.pk),
        endpoint=settings.CATALYST.hcloud_endpoint,
        known=known(deployment),
    )


def look(*, deployment: Deployment, occasion: str, token: Secret | None = None) -> Inventory:
    """See, and note what was seen. Raises what `see` raises."""
    found = see(deployment=deployment, token=token)
    note(deployment=deployment, inventory=found, occasion=occasion)
    return found


def note(*, deployment: Deployment, inventory: Inventory, occasion: str) -> Sighting:
    """Keep what was seen, so that before and after can be compared. Joins the transaction."""
    return Sighting.objects.create(
        deployment=deployment, occasion=occasion, document=inventory.as_dict()
    )


def known(deployment: Deployment) -> tuple[Item, ...]:
    """Everything ever seen that was made inside the cluster; the newest word on each."""
    seen: dict[str, Item] = {}
    for sighting in reversed(sightings(deployment)):
        seen |= {item.key: item for item in sighting.inventory.also_found}
    return tuple(seen.values())


def sightings(deployment: Deployment) -> list[Seen]:
    """What was seen, newest first: by people, by clean-ups, and last by a run."""
    found = [Seen(row.inventory, row.occasion) for row in deployment.sightings.all()]
    if kept := deployment.facts.get(FACT):
        found.append(Seen(Inventory.from_dict(kept), "looked at by the run"))
    return sorted(found, key=lambda seen: seen.inventory.looked_at, reverse=True)


def newest(deployment: Deployment) -> Inventory | None:
    return next((seen.inventory for seen in sightings(deployment)), None)


def kept_token(deployment: Deployment) -> Secret:
    """The token in the vault. Raises Invalid, beside the field that asks for one, after it was
    destroyed."""
    if PURPOSE not in deployment.secrets:
        raise Invalid(
            "Catalyst keeps no Hetzner token of this Sovereign. Give a Read & Write token of the "
            "same project; it is used for this alone.",
            field="hetzner_token",
        )
    return vault.get(deployment.secrets[PURPOSE])


def ask(
    *,
    deployment: Deployment,
    keys: Iterable[str],
    confirm_fqdn: str,
    actor: User,
    token: Secret | None = None,
    request: HttpRequest | None = None,
) -> CleanUp:
    """Have exactly these things removed. `keys` are `Item.key` of the newest sighting.

    Raises Invalid with `field` (items, confirm_fqdn, hetzner_token), Conflict while a run or an
    earlier clean-up is at work or while the Sovereign lives, SecondPersonNeeded.
    """
    chosen = tuple(keys)
    first = second_person.removing(deployment, actor, chosen)
    if first:  # what cannot be done is not worth a second person's time
        _possible(deployment, set(chosen), confirm_fqdn, token)
        first.ask(request=request)
    with transaction.atomic():
        return clean_up(
            deployment=deployment,
            keys=chosen,
            confirm_fqdn=confirm_fqdn,
            actor=actor,
            token=token,
            request=request,
            second=first.use() if first else "",
        )


def clean_up(
    *,
    deployment: Deployment,
    keys: Iterable[str],
    confirm_fqdn: str,
    actor: User,
    token: Secret | None = None,
    request: HttpRequest | None = None,
    second: str = "",
) -> CleanUp:
    """The same where it is known that this person may. `second`: who agreed, if that was wanted."""
    with transaction.atomic():
        current = Deployment.objects.select_for_update().get(pk=deployment.pk)
        chosen = _possible(current, set(keys), confirm_fqdn, token)
        asked = CleanUp.objects.create(
            deployment=current,
            asked_by=str(actor),
            items=[item.as_dict() for item in chosen],
            token_reference=vault.put(
                purpose="clean-up.hetzner-token",
                secret=token,
                owner=current.secrets_owner,
                expires_in=TOKEN_KEPT,
            )
            if token
            else "",
        )
        record(
            actor=str(actor),
            act="deployment.clean-up",
            object=current.subject,
            after={
                "clean_up": str(asked.pk),
                "items": [item.key for item in chosen],
                **second_person.named(second),
            },
            request=request,
        )
        names = ", ".join(f"{item.noun} {item.name}" for item in chosen)
        eventlog.reopen(current.subject)
        eventlog.append(current.subject, [eventlog.Line(f"{actor} has removed: {names}")])
        wake.after_commit(asked.pk)
    return asked


def _possible(
    deployment: Deployment, keys: set[str], confirm_fqdn: str, token: Secret | None
) -> tuple[Item, ...]:
    """What was chosen, if it can be removed now. Raises Invalid, Conflict."""
    chosen = _chosen(deployment, keys)
    if confirm_fqdn.strip().lower() != deployment.fqdn:
        raise Invalid(f"Type {deployment.fqdn} to confirm.", field="confirm_fqdn")
    if token is None:
        kept_token(deployment)
    _free(deployment)
    return chosen


def offered(deployment: Deployment) -> tuple[Item, ...]:
    """What may be chosen: the newest list, and of that what the clean-up knows how to remove."""
    seen = newest(deployment)
    return tuple(item for item in seen.also_found if item.kind in REMOVABLE) if seen else ()


def _chosen(deployment: Deployment, keys: set[str]) -> tuple[Item, ...]:
    chosen = tuple(item for item in offered(deployment) if item.key in keys)
    if not chosen:
        raise Invalid("Choose at least one thing to remove.", field="items")
    if {item.key for item in chosen} != keys:
        raise Invalid(
            "Something you chose is not on the newest list. Look again and choose anew.",
            field="items",
        )
    return chosen


def destroys(deployment: Deployment) -> bool:
    """Is a run at work that destroys it? Then a clean-up may run beside."""
    return deployment.runs.filter(finished_at__isnull=True, kind=RunKind.DESTROY).exists()


def being_removed(deployment: Deployment) -> bool:
    """Is a clean-up still to be done?"""
    return deployment.clean_ups.filter(state=CleanUpState.ASKED).exists()


def removable(deployment: Deployment) -> bool:
    """May things made inside the cluster be removed now?"""
    return deployment.state in REMOVABLE_IN or destroys(deployment)


def _free(deployment: Deployment) -> None:
    if not removable(deployment):
        raise Conflict(
            "The Sovereign lives or is being made; the cluster would make these things anew. "
            "Destroy it first."
        )
    if being_removed(deployment):
        raise Conflict("An earlier clean-up is still at work. Wait for its end.")
