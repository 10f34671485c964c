"""What workers do for this app: three lines each."""

from __future__ import annotations

from catalyst.work import outbox
from catalyst.work.models import OutboxItem
from franchise.mails import delivery as mails
from franchise.mails import services as mail_promises


@outbox.handler(mail_promises.TOPIC)
def write_mail(item: OutboxItem) -> None:
    """Send one promised mail."""
    mails.deliver(mail_id=int(item.key))
