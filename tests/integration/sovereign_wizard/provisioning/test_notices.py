"""Mail to the owner: one for each change of state worth one, none to whoever wants none."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client

from catalyst.limits.actions import LIMITS
from catalyst.limits.services import forgive, hit
from catalyst.models import AuditEvent
from catalyst.problem import Problem
from catalyst.work.models import OutboxItem
from catalyst.work.steps import Fail, Wait
from sovereign_wizard import tasks
from sovereign_wizard.notices import services as notices
from sovereign_wizard.notices.models import Told
from sovereign_wizard.provisioning import director
from sovereign_wizard.provisioning.context import Context, Outcome
from sovereign_wizard.provisioning.models import Deployment, State
from tests.integration.sovereign_wizard.provisioning.scripted import phases

pytestmark = pytest.mark.django_db(transaction=True)


class Stuck(Problem):
    type = "stuck"
    title = "The quota is used up"


def fails(_: Context) -> Outcome:
    return Fail(Stuck("Ask Hetzner for more."))


def waits(_: Context) -> Outcome:
    return Wait("The plan waits for approval.", 60)


def advance(row: Deployment, **answers: Any) -> Deployment:
    director.advance(row.pk, phases=phases(**answers))
    row.refresh_from_db()
    return row


def promised(row: Deployment) -> list[OutboxItem]:
    spans = [str(pk) for pk in row.spans.values_list("pk", flat=True)]
    return list(OutboxItem.objects.filter(topic=notices.TOPIC, key__in=spans).order_by("pk"))


def deliver(row: Deployment, *, times: int = 1) -> list[mail.EmailMessage]:
    """What a worker does with the promises, and the mails that came of it."""
    mail.outbox.clear()
    for item in promised(row) * times:
        tasks.write(item)
    return list(mail.outbox)


def test_given_ready_then_its_owner_gets_one_mail_however_often_it_is_delivered(make) -> None:
    row = advance(make())

    sent = deliver(row, times=3)

    assert row.state == State.READY
    assert [one.to for one in sent] == [[row.owner.email]]
    assert sent[0].subject == f"{row.fqdn} is ready"
    assert row.console_url in sent[0].body
    assert f"/sovereign/deployments/{row.pk}/" in sent[0].body
    span = row.spans.get(until__isnull=True)
    assert sent[0].extra_headers["Message-ID"].startswith(f"<deployment-{span.pk}@")


def test_given_a_failure_and_a_second_one_then_each_is_told_and_says_why(make) -> None:
    row = advance(make(), tofu_apply=fails)
    (first,) = deliver(row)
    from sovereign_wizard.provisioning import services

    services.retry(deployment=row, actor="owner")
    advance(row, tofu_apply=fails)
    (second,) = deliver(row)

    assert first.subject == f"{row.fqdn} stopped"
    assert "The quota is used up. Ask Hetzner for more." in first.body
    assert first.extra_headers["Message-ID"] != second.extra_headers["Message-ID"]


def test_given_a_technical_wait_then_nobody_is_told(make) -> None:
    row = advance(make(), tls=waits)

    assert row.state == State.WAITING and promised(row) == []


def test_given_it_waits_for_a_person_then_they_are_told_once_it_lasts(make) -> None:
    row = advance(make(approve_plan=True), approve=waits)
    (item,) = promised(row)

    assert item.available_at > item.created_at
    assert [one.subject for one in deliver(row)] == [f"{row.fqdn} waits for you"]
    assert len(promised(advance(row, approve=waits))) == 1  # looked at again, it waits on


def test_given_the_wait_is_over_then_it_is_no_news(make) -> None:
    row = advance(make(approve_plan=True), approve=waits)
    advance(row)

    assert row.state == State.READY
    assert [one.subject for one in deliver(row)] == [f"{row.fqdn} is ready"]


def test_given_no_mail_is_wanted_then_none_comes_until_it_is_wanted_again(make) -> None:
    row = advance(make(), tofu_apply=fails)
    notices.choose(person=row.owner, wanted=False)
    nothing = deliver(row)
    notices.choose(person=row.owner, wanted=True)

    assert nothing == [] and len(deliver(row)) == 1


def test_given_the_mail_server_is_away_then_it_is_tried_again(make, settings) -> None:
    row = advance(make())
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 9, 2
    settings.EMAIL_USE_TLS = False
    with pytest.raises(OSError):
        deliver(row)
    assert not Told.objects.filter(span__deployment=row).exists()

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert len(deliver(row)) == 1


def test_given_a_mailbox_that_had_enough_then_no_more_are_sent(make) -> None:
    row = advance(make())
    key = row.owner.email.lower()
    for _ in range(LIMITS["mail"].amount):
        hit(action="mail", key=key)

    assert deliver(row) == []
    forgive(action="mail", key=key)


def test_given_the_switch_on_the_page_then_it_is_kept_for_all_of_theirs_and_audited(make) -> None:
    row = make()
    client = Client()
    client.force_login(row.owner)
    page = f"/sovereign/deployments/{row.pk}/"

    before = client.get(page).content.decode()
    for _ in range(2):
        answer = client.post(f"{page}mail/", {"mail": "off"})
    after = client.get(page).content.decode()

    assert answer.url == f"{page}#tell-title"
    assert "Send me none" in before and "You get none" in after
    assert not notices.wants_mail(row.owner)
    said = AuditEvent.objects.filter(act="notices.choose", object=f"user:{row.owner.pk}")
    assert said.count() == 1
    assert client.get(f"{page}mail/").status_code == 405
