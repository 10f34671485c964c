"""What workers do for this app: three lines each."""

from __future__ import annotations

from contextlib import suppress

from celery import shared_task
from kombu.exceptions import OperationalError

from catalyst.work import beat, outbox
from catalyst.work.leases import me, take
from catalyst.work.models import OutboxItem
from franchise.applications import hooks, lifecycle, watching, worker
from franchise.applications import journal as apps_journal
from franchise.billing.orders import checkout, refunding
from franchise.billing.orders import services as orders
from franchise.billing.subscriptions import renewing
from franchise.billing.webhooks import reconciling
from franchise.billing.webhooks import services as webhooks
from franchise.crossing import services as crossing
from franchise.ledger import services as ledger
from franchise.ledger import telling
from franchise.mails import delivery as mails
from franchise.mails import services as mail_promises
from franchise.organizations import people
from franchise.organizations.ending import deletion
from franchise.site import carts, installing

CHECK_SECONDS = 600.0
TELL_SECONDS = 300.0
CARTS_SECONDS = 3600.0


@outbox.handler(mail_promises.TOPIC)
def write_mail(item: OutboxItem) -> None:
    """Send one promised mail."""
    mails.deliver(mail_id=int(item.key))


@outbox.handler(orders.CLOSE_PAGE)
def close_payment_page(item: OutboxItem) -> None:
    """Nobody is to pay an order that has ended."""
    checkout.close_page(number=item.key)


@outbox.handler(orders.MONEY_BACK)
def send_money_back(item: OutboxItem) -> None:
    """A payment that came for an order that had ended."""
    checkout.send_back(**item.payload)


@outbox.handler(refunding.TOPIC)
def refund_card(item: OutboxItem) -> None:
    """The card's part of a refund."""
    refunding.give_back_at_provider(refund_id=int(item.key))


@outbox.handler(renewing.CHARGE)
def charge_card(item: OutboxItem) -> None:
    """A month that credit does not pay for."""
    renewing.charge(number=item.key)


@outbox.handler(webhooks.TOPIC)
def look_at_event(item: OutboxItem) -> None:
    """An event of Stripe's that could not be taken in at once."""
    webhooks.again(event_id=item.key)


@beat.every_round
def look_for_payments() -> None:
    """Every few minutes, in a task of its own: it asks Stripe."""
    if reconciling.is_due():
        with suppress(OperationalError):  # Redis is away: the next time will do
            reconcile_payments.apply_async(retry=False, expires=reconciling.EVERY_SECONDS)


@shared_task(name="franchise.payments.reconcile")
def reconcile_payments() -> None:
    """Orders that wait although their page is paid."""
    reconciling.reconcile()


@beat.every_round
def bill() -> None:
    """Months that are over, and orders that nobody paid in time."""
    renewing.renew_due()
    checkout.expire_overdue()


@beat.every_round
def end_credit() -> None:
    """Reservations that nobody paid for, and credit whose time is over."""
    ledger.release_overdue()
    ledger.expire_due()


@beat.every_round
def tell_of_credit() -> None:
    """Every few minutes; the lease is not given back, so that nobody looks before it ends."""
    if take("franchise:credit-mails", holder=me(), ttl=TELL_SECONDS):
        telling.tell()


@beat.every_round
def check_the_ledger() -> None:
    """Once a day, in a task of its own: it reads the whole book."""
    if ledger.is_due() and take("franchise:ledger-check", holder=me(), ttl=CHECK_SECONDS):
        with suppress(OperationalError):  # Redis is away: the next time will do
            nightly_check.apply_async(retry=False, expires=CHECK_SECONDS)


@shared_task(name="franchise.ledger.check")
def nightly_check() -> None:
    """Compare what is kept beside the book with the book."""
    ledger.check_tonight()


@outbox.handler(people.TOPIC)
def keep_groups(item: OutboxItem) -> None:
    """An Organization's groups at Keycloak hold its members."""
    people.sync(slug=item.payload["slug"])


@beat.every_round
def delete_organizations() -> None:
    """Those whose grace period is over."""
    deletion.finish_due()


@beat.every_round
def forget_carts() -> None:
    """Those that nobody came back to."""
    if take("franchise:carts", holder=me(), ttl=CARTS_SECONDS):
        carts.forget_old()


@outbox.handler(apps_journal.TOPIC)
def follow_app(item: OutboxItem) -> None:
    """Go on with an App, if its time has come."""
    worker.follow(app_id=int(item.key))


@outbox.handler(apps_journal.ORGANIZATION_TOPIC)
def bring_place(item: OutboxItem) -> None:
    """What Git and the cluster hold of an Organization follows its row."""
    lifecycle.bring_place(slug=item.key)


@outbox.handler(apps_journal.PEOPLE_TOPIC)
def bring_people(item: OutboxItem) -> None:
    """An Organization's teams at Gitea hold its members."""
    lifecycle.bring_people(slug=item.key)


@beat.every_round
def look_at_apps() -> None:
    """Each in a task of its own: asking Git and the cluster takes seconds."""
    for app_id in worker.due():
        with suppress(OperationalError):  # Redis is away: the next round will do
            follow_app_later.apply_async((app_id,), retry=False, expires=beat.EVERY_SECONDS)


@shared_task(name="franchise.app.follow")
def follow_app_later(app_id: int) -> None:
    """Go on with an App."""
    worker.follow(app_id=app_id)


@outbox.handler(hooks.TOPIC)
def follow_push(item: OutboxItem) -> None:
    """Somebody pushed: Flux looks at once."""
    hooks.follow_push(repository=item.key, branch=item.payload["branch"])


@beat.every_round
def look_at_the_cluster() -> None:
    """Now and then, in a task of its own: it asks the cluster. The lease is the clock."""
    if apps_journal.enabled() and take(
        "franchise:apps-seen", holder=me(), ttl=watching.EVERY_SECONDS
    ):
        with suppress(OperationalError):  # Redis is away: the next time will do
            see_apps.apply_async(retry=False, expires=watching.EVERY_SECONDS)


@shared_task(name="franchise.app.see")
def see_apps() -> None:
    """What the cluster says of Apps."""
    watching.look()


@outbox.handler(crossing.REPORT)
def tell_an_issuer(item: OutboxItem) -> None:
    """What was redeemed here and is owed by another Sovereign."""
    crossing.report(fqdn=item.key)


@outbox.handler(crossing.ASK)
def ask_an_issuer(item: OutboxItem) -> None:
    """What another Sovereign took back."""
    crossing.ask(fqdn=item.key)


@beat.every_round
def keep_lists_new() -> None:
    """Our own list of what was taken back, and those of others."""
    crossing.renew_due()
    crossing.ask_due()


@outbox.handler(installing.TOPIC)
def install_bought(item: OutboxItem) -> None:
    """The Apps of an order that was paid."""
    installing.install(number=item.key)
