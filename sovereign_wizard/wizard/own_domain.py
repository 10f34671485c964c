"""What the wizard finds out about a domain of one's own: who answers for it and what it says, and
whether the registrar's credentials may change it. It only reads, and it counts: this is no place
to try stolen keys. What was found holds for that domain, registrar and credentials only."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from catalyst.limits.gate import by_address, by_person, too_many
from catalyst.limits.services import hit
from catalyst.problem import Conflict
from dns.byo import services as byo
from dns.byo.values import Level, Look, Record
from dns.registrars import services as registrars
from dns.registrars.catalog import find
from dns.registrars.services import Credentials
from sovereign_wizard.provisioning.models import DomainMode
from sovereign_wizard.wizard import registrar_keys
from sovereign_wizard.wizard.models import Draft

LOOK = (("domain-look", by_person),)
CHECK = (("registrar", by_person), ("registrar-address", by_address))
ALIAS = "CNAME"


class CannotMove(Conflict):
    type = "domain-cannot-move"
    title = lazy("This domain cannot come to us")


def look(*, draft: Draft, domain: str, request: HttpRequest, again: bool = False) -> None:
    """Who answers for the domain and what would stop: kept as the draft's `looked`.

    Asks the world only for another domain than last time, or `again`. Raises Problems of `dns`,
    TooMany.
    """
    if draft.looked.get("domain") == domain and not again:
        return
    draft.looked = {}
    _count(request, LOOK)
    found = byo.look(domain=domain, account=draft.owner.account)
    if found.conflict:
        raise CannotMove(found.conflict)
    draft.looked = _plain(found)
    draft.save(update_fields=["looked", "updated_at"])


def check(
    *,
    draft: Draft,
    domain: str,
    registrar: str,
    credentials: Credentials | None,
    request: HttpRequest,
    again: bool = False,
) -> None:
    """That the credentials (None: those that are kept) may change the domain; then they are kept,
    and the draft's `checked` says for what.

    Asks the registrar only when one of the three is another than last time, or `again`. Raises
    RegistrarProblem, TooMany; then nothing counts as checked.
    """
    asked = {"domain": domain, "registrar": registrar}
    known = registrar_keys.known(draft=draft, registrar=registrar, credentials=credentials)
    if known and not again and asked.items() <= draft.checked.items():
        return
    held = credentials or registrar_keys.opened(draft=draft, registrar=registrar)
    draft.checked = {}
    draft.save(update_fields=["checked", "updated_at"])
    _count(request, CHECK)
    standing = registrars.validate(
        registrar=registrar,
        domain=domain,
        credentials=held,
        actor=str(draft.owner),
        request=request,
    )
    with transaction.atomic():
        registrar_keys.keep(draft=draft, registrar=registrar, credentials=held)
        draft.checked = {**asked, "nameservers": list(standing.nameservers)}
        draft.save(update_fields=["registrar_reference", "checked", "updated_at"])


def standing(draft: Draft) -> dict[str, Any] | None:
    """What the last check found, for people; None when nothing counts as checked."""
    if not draft.checked or not registrar_keys.kept(draft):
        return None
    return {**draft.checked, "title": find(draft.checked["registrar"]).title}


def mode(draft: Draft) -> DomainMode:
    """Where its name comes from; the pool while nothing that counts was chosen."""
    found = str(draft.values.get("domain_mode") or "")
    return DomainMode(found) if found in DomainMode.values else DomainMode.POOL


def fqdn(draft: Draft) -> str:
    """The whole name a draft asks for; empty while it is not complete."""
    values = draft.values
    if mode(draft) != DomainMode.POOL:
        return str(values.get("own_domain", ""))
    label, pool = values.get("subdomain"), values.get("pool_domain")
    return f"{label}.{pool}" if label and pool else ""


def keys_are_gone(draft: Draft) -> bool:
    """Does it need credentials that were thrown away meanwhile?"""
    return mode(draft) == DomainMode.BY_REGISTRAR and registrar_keys.kept(draft) is None


def wish(draft: Draft) -> dict[str, Any]:
    """The part of a DeploymentRequest that names it. Raises NotFound when the
    credentials are no longer kept."""
    values, chosen = draft.values, mode(draft)
    if chosen == DomainMode.POOL:
        return {"pool_domain": values["pool_domain"], "subdomain": values["subdomain"]}
    asked: dict[str, Any] = {
        "domain_mode": chosen,
        "own_domain": values["own_domain"],
        "acknowledgement": values.get("acknowledgement", ""),
        "records": brought(draft),
    }
    if chosen == DomainMode.BY_REGISTRAR:
        asked["registrar"] = values["registrar"]
        asked["registrar_credentials"] = registrar_keys.opened(
            draft=draft, registrar=values["registrar"]
        )
    return asked


def brought(draft: Draft) -> tuple[Record, ...]:
    """The records that come along: those found, if that was ticked, and the customer's own, which
    take the place of those found. An alias is alone at its name (RFC 1034 §3.6.2)."""
    values = draft.values
    found = records(draft) if values.get("bring_records") else ()
    own = byo.records_of(values.get("more_records", ""), domain=values["own_domain"])
    return (*own, *(one for one in found if not any(_replaces(mine, one) for mine in own)))


def _replaces(mine: Record, found: Record) -> bool:
    return mine.name == found.name and (mine.kind == found.kind or ALIAS in (mine.kind, found.kind))


def records(draft: Draft) -> tuple[Record, ...]:
    """What was found and can be brought along."""
    return tuple(Record.of_json(row) for row in draft.looked.get("records", ()))


def _plain(found: Look) -> dict[str, Any]:
    """A look as the draft keeps it: no secret is in it, the whole world may ask the same."""
    registration = found.registration
    return {
        "domain": found.fqdn,
        "display": found.display,
        "nameservers": list(found.nameservers),
        "signed": bool(found.ds),
        "records": [one.as_json() for one in found.records],
        "live": found.needs_acknowledgement,
        "warnings": [one.text for one in found.findings if one.level is Level.WARN],
        "notes": [
            one.text
            for one in found.findings
            if one.level is Level.NOTE and one.kind not in ("apex", "signed")
        ],
        "recommended": found.recommended,
        "registrar": registration.registrar if registration.known else "",
        "locks": list(registration.locks),
        "unanswered": list(found.unanswered),
    }


def _count(request: HttpRequest, limits: tuple[tuple[str, Any], ...]) -> None:
    for action, key in limits:
        verdict = hit(action=action, key=key(request))
        if not verdict.allowed:
            raise too_many(verdict, _("Nothing was asked."))
