"""What a Sovereign's people do and its workers keep, by name; for a process of `sovereigns`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from catalyst.vault.secret import Secret
from catalyst.work import outbox
from catalyst.work.models import OutboxItem
from franchise import tasks  # noqa: F401 - registers who keeps what
from franchise.crossing import keys, services
from franchise.crossing.models import Owed, Peer, Settled, SignedVoucher
from franchise.crossing.services import Terms
from franchise.ledger import services as ledger
from franchise.ledger.models import LedgerAccount
from franchise.money import Money
from franchise.redeem.services import redeem as redeem_code

TOPICS = (services.ASK, services.REPORT)


def key() -> str:
    return keys.current().public


def trust(fqdn: str, public: str, url: str) -> int:
    return services.trust(fqdn=fqdn, public=public, url=url, actor="admin").pk


def sign(audience: str, count: int, minor: int = 5_000) -> list[list[str]]:
    """Serial and code of each."""
    terms = Terms(
        name="Both", audience_id=Peer.objects.get(fqdn=audience).pk, credit=Money(minor, "OMR"),
        ends_at=timezone.now() + timedelta(days=30), cap=count,
    )  # fmt: skip
    made = services.sign(
        campaign_id=services.create(terms=terms, actor="seller").pk, count=count, actor="seller"
    )
    rows = SignedVoucher.objects.select_related("campaign__audience", "key").order_by("id")
    found = services.written(list(rows.filter(pk__in=[each.pk for each in made])))
    return [[voucher.serial, code.reveal()] for voucher, code in found]


def revoke(serial: str) -> None:
    voucher = SignedVoucher.objects.get(serial=serial)
    services.revoke(voucher_id=voucher.pk, because="printed twice", actor="seller")


def ask() -> str:
    """Have the peers' lists now; what went wrong."""
    for peer in Peer.objects.all():
        services.ask(fqdn=peer.fqdn)
    return "".join(Peer.objects.values_list("trouble", flat=True))


def redeem(code: str, who: str) -> str:
    done = redeem_code(
        code=Secret(code), email=f"{who}@example.com", organization_name=f"Shop of {who}",
        idempotency_key=f"by-{who}-{code[-20:]}",
    )  # fmt: skip
    return str(done.amount)


def work() -> int:
    """Keep what is promised to peers, as a worker does; how much of it is left."""
    OutboxItem.objects.filter(topic__in=TOPICS, done_at=None).update(available_at=timezone.now())
    outbox.drain()
    return OutboxItem.objects.filter(topic__in=TOPICS, done_at=None).count()


def owed(by: str) -> list[int]:
    """What that Sovereign owes us, and we it."""
    found = [each for each in ledger.between() if each.peer == by]
    return [found[0].they_owe.minor, found[0].we_owe.minor] if found else [0, 0]


def books() -> dict[str, Any]:
    return {
        "discrepancies": len(ledger.check()),
        "sum": sum(LedgerAccount.objects.values_list("balance_minor", flat=True)),
        "unsaid": Owed.objects.filter(said_at=None).count(),
        "settled": Settled.objects.filter(refused="").count(),
    }
