"""A mail server of this test's own, and the worker's side of the outbox."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings as django_settings

from catalyst.embedded.state import StackState
from catalyst.work.models import OutboxItem
from franchise.mails.services import TOPIC
from franchise.tasks import write_mail
from infra.localcloud.internet.acme import make_server_certificate

CERTIFICATE = "mailbox-of-tests"


class Server:
    """Takes mails, or answers what it was told to. Every connection must come by TLS."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.answers: dict[str, str] = {}
        self.in_clear = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if session.ssl is None:
            self.in_clear += 1
        if answer := self.answers.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if answer := self.answers.get("DATA"):
            return answer
        content = envelope.content
        assert isinstance(content, bytes)
        self.taken.append(message_from_bytes(content, policy=policy.default))  # type: ignore[arg-type]
        return "250 OK"


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    """With a certificate of the stack's authority, which our side has to believe."""
    acme = StackState.load().acme_dir
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    make_server_certificate(acme, CERTIFICATE)
    context.load_cert_chain(acme / f"{CERTIFICATE}.pem", acme / f"{CERTIFICATE}.key")
    taking = Server()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(taking, hostname="127.0.0.1", port=port, tls_context=context)
    controller.start()
    settings.EMAIL_BACKEND = "catalyst.mail.Smtp"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    settings.EMAIL_USE_TLS = True
    settings.CATALYST = django_settings.CATALYST.model_copy(
        update={"ca_bundle": acme / "ca" / "ca.pem"}
    )
    yield taking
    controller.stop()


@pytest.fixture
def work(db: None) -> Callable[[], list[Exception]]:
    """What the worker does with every mail that is promised; what failed."""

    def once() -> list[Exception]:
        failed: list[Exception] = []
        for item in OutboxItem.objects.filter(topic=TOPIC, done_at__isnull=True).order_by("pk"):
            try:
                write_mail(item)
            except Exception as error:  # noqa: BLE001 - the outbox catches everything too
                failed.append(error)
            else:
                OutboxItem.objects.filter(pk=item.pk).update(done_at=item.available_at)
        return failed

    return once
