"""Promises a mail in the transaction of a change of state; a worker sends it, once.

A worker killed between the mail server's answer and its own commit sends it again: the mail keeps
its Message-ID, by which mail programs know it (RFC 5322 §3.6.4).
"""

from __future__ import annotations

from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from catalyst.audit.services import record
from catalyst.identity.models import User
from catalyst.limits.services import hit
from catalyst.work import outbox
from sovereign_wizard.notices.models import MailChoice, Told
from sovereign_wizard.provisioning.models import Deployment, State, StateSpan

log = structlog.get_logger(__name__)
TOPIC = "deployment.mail"
# Most waits that ask a person are over by then: somebody sits before the page.
PATIENCE_SECONDS = 60.0


def promise(deployment: Deployment, *, delay: float = 0) -> None:
    """Tell of the state it came to just now. Joins the caller's transaction."""
    span = deployment.spans.get(until__isnull=True)
    outbox.put(topic=TOPIC, key=str(span.pk), delay=delay)


def promise_of_wait(deployment: Deployment) -> None:
    """The same for a wait that asks a person, if it lasts."""
    promise(deployment, delay=PATIENCE_SECONDS)


def wants_mail(person: User) -> bool:
    """Does this person want mail about their Deployments?"""
    kept = MailChoice.objects.filter(person=person).values_list("wanted", flat=True).first()
    return kept is not False


def choose(*, person: User, wanted: bool, request: HttpRequest | None = None) -> None:
    """Keep a person's choice; said twice it stays the same. Audited."""
    with transaction.atomic():
        before = wants_mail(person)
        MailChoice.objects.update_or_create(person=person, defaults={"wanted": wanted})
        if before != wanted:
            record(
                actor=str(person),
                act="notices.choose",
                object=f"user:{person.pk}",
                before={"mail": before},
                after={"mail": wanted},
                request=request,
            )


def send(*, span_id: int) -> None:
    """Write to the owner of this change of state, unless it was told or is of no use any more."""
    with transaction.atomic():
        found = StateSpan.objects.select_for_update(of=("self",)).filter(pk=span_id)
        span = found.select_related("deployment__owner").first()
        if span is None or Told.objects.filter(span=span).exists() or not _is_news(span):
            return
        if not wants_mail(span.deployment.owner):
            return
        if not hit(action="mail", key=span.deployment.owner.email.lower()).allowed:
            log.warning("mail not sent: too many to one recipient", span=span.pk)
            return
        Told.objects.create(span=span)
        _message(span).send()


def _is_news(span: StateSpan) -> bool:
    """That it waited is no news once it goes on; that it failed or was ready is."""
    return span.state != State.WAITING or span.until is None


def _message(span: StateSpan) -> EmailMessage:
    deployment = span.deployment
    subject, text = _words(deployment, span)
    site = settings.CATALYST.public_url
    page = f"{site}{reverse('deployment', args=[deployment.pk])}"
    return EmailMessage(
        subject,
        f"{text}\n\n{page}\n\nNo more of these: the page has a switch, under “Tell me”.\n",
        to=[deployment.owner.email],
        headers={"Message-ID": f"<deployment-{span.pk}@{urlsplit(site).hostname}>"},
    )


def _words(deployment: Deployment, span: StateSpan) -> tuple[str, str]:
    name = deployment.fqdn
    match span.state:
        case State.READY:
            return f"{name} is ready", f"{name} is ready: {deployment.console_url}"
        case State.DESTROYED:
            return f"{name} is destroyed", f"Nothing of {name} is left at Hetzner."
        case State.WAITING:
            return f"{name} waits for you", f"{deployment.reason or span.because}"
    detail = str(deployment.problem.get("detail", "")) if span.until is None else ""
    what = f"{span.because}. {detail}".strip()
    return f"{name} stopped", f"{what}\n\nWhat was made stays, and costs what it costs."
