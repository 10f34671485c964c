"""Whose signatures are taken here, and at whom ours are redeemed."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalyst.audit.services import record
from catalyst.problem import Conflict, Invalid, NotFound
from catalyst.work import outbox
from franchise.crossing import keys, pairs
from franchise.crossing.models import Peer, PeerKey
from franchise.crossing.token import LONGEST_NAME

ASK = "crossing.ask"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_FQDN = re.compile(rf"(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]*[a-z0-9])")


def trust(
    *,
    fqdn: str,
    public: str,
    actor: str,
    url: str = "",
    request: HttpRequest | None = None,
) -> Peer:
    """Take what this key signs, under this name; a second key of a known peer is added to it.

    `public` was compared with the other side's by people: nothing here can know that it is theirs.
    Raises Invalid(field=…), Conflict.
    """
    fqdn = fqdn.strip().lower().rstrip(".")
    if _FQDN.fullmatch(fqdn) is None or len(fqdn) > LONGEST_NAME or fqdn == keys.our_name():
        raise Invalid(_("Type the full name of the other Sovereign."), field="fqdn")
    url = _url(url or f"https://console.{fqdn}")
    public = "".join(public.split())
    try:
        name = pairs.name_of(public)
    except ValueError as error:
        why = _("This is no public key: 44 characters of base64.")
        raise Invalid(why, field="public") from error
    try:
        with transaction.atomic():
            peer, _made = Peer.objects.update_or_create(
                fqdn=fqdn,
                defaults={"url": url, "takes": True},
                create_defaults={"url": url, "created_by": actor},
            )
            PeerKey.objects.create(peer=peer, name=name, public=public, created_by=actor)
            record(
                actor=actor, act="franchise.crossing-trust", object=f"crossing-peer:{peer.pk}",
                after={"fqdn": fqdn, "url": url, "key": name}, request=request,
            )  # fmt: skip
            outbox.put(topic=ASK, key=fqdn)
    except IntegrityError as error:
        raise Conflict(_("This key is known already; one that was withdrawn stays so.")) from error
    return peer


def turn(*, peer_id: int, takes: bool, actor: str, request: HttpRequest | None = None) -> None:
    """Stop taking a peer's vouchers, or go on. What was given stays, and stays owed."""
    with transaction.atomic():
        peer = _locked(peer_id)
        if peer.takes == takes:
            return
        Peer.objects.filter(pk=peer.pk).update(takes=takes)
        record(
            actor=actor, act="franchise.crossing-turn", object=f"crossing-peer:{peer.pk}",
            before={"takes": peer.takes}, after={"takes": takes}, request=request,
        )  # fmt: skip


def withdraw(*, key_id: int, actor: str, request: HttpRequest | None = None) -> None:
    """Nothing that this key signed counts any more. For good."""
    with transaction.atomic():
        changed = PeerKey.objects.filter(pk=key_id, withdrawn_at=None)
        key = changed.select_related("peer").first()
        if key is None:
            raise NotFound(_("There is no such key, or it was withdrawn."))
        changed.update(withdrawn_at=Now())
        record(
            actor=actor, act="franchise.crossing-withdraw", object=f"crossing-peer:{key.peer_id}",
            before={"key": key.name}, after={"key": None}, request=request,
        )  # fmt: skip


def public_of(fqdn: str) -> dict[str, str]:
    """The keys of a peer that count, by name."""
    rows = PeerKey.objects.filter(peer__fqdn=fqdn, withdrawn_at=None)
    return dict(rows.values_list("name", "public"))


def owner_of(key: str) -> tuple[str, str | None]:
    """Whose key that counts this is, and the key; ("", None) where there is none."""
    found = PeerKey.objects.filter(name=key, withdrawn_at=None).select_related("peer").first()
    return (found.peer.fqdn, found.public) if found else ("", None)


def every() -> list[Peer]:
    return list(Peer.objects.prefetch_related("keys").order_by("fqdn"))


def _locked(peer_id: int) -> Peer:
    found = Peer.objects.select_for_update().filter(pk=peer_id).first()
    if found is None:
        raise NotFound(_("There is no such Sovereign here."))
    return found


def _url(text: str) -> str:
    parts = urlsplit(text.strip())
    is_plain = not (parts.username or parts.query or parts.path.strip("/"))
    if parts.scheme != "https" or not parts.hostname or not is_plain or len(text) > 200:
        raise Invalid(
            _("The address begins with https:// and has no more than a name."), field="url"
        )
    return f"https://{parts.netloc}"
