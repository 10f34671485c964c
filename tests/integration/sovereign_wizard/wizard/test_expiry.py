"""A draft that nobody goes on with: said on the page, by mail, then gone with its secrets."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from catalyst.vault.models import SealedSecret
from catalyst.work.models import OutboxItem
from sovereign_wizard.wizard import expiry
from sovereign_wizard.wizard.models import KEPT, Draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def old(walk):  # type: ignore[no-untyped-def]
    """Ages the person's draft; `old(KEPT)` is over this moment."""
    walk.credentials()

    def aged(by: timedelta) -> Draft:
        Draft.objects.filter(pk=walk.draft().pk).update(updated_at=timezone.now() - by)
        return walk.draft()

    return aged


def mailed() -> list[OutboxItem]:
    return list(OutboxItem.objects.filter(topic=expiry.TOPIC))


def test_given_a_draft_then_the_page_says_until_when_it_is_kept(walk, old) -> None:
    draft = old(timedelta(days=1))
    page = walk.client.get("/sovereign/").content.decode()
    assert f'Kept until <time datetime="{draft.expires_at.isoformat()[:10]}' in page
    assert "triangle-alert" not in page

    old(KEPT - timedelta(days=1))
    assert "triangle-alert" in walk.client.get("/sovereign/").content.decode()


def test_given_three_days_left_then_its_owner_is_told_once_and_going_on_keeps_it(walk, old) -> None:
    old(KEPT - expiry.TOLD_BEFORE - timedelta(minutes=1))
    expiry.look()
    assert mailed() == []

    draft = old(KEPT - expiry.TOLD_BEFORE + timedelta(minutes=1))
    expiry.look()
    expiry.look()
    [item] = mailed()
    expiry.send(draft_id=draft.pk)
    [sent] = mail.outbox
    assert sent.to == [draft.owner.email] and item.key == str(draft.pk)
    assert walk.url("provider") in sent.body and f"{draft.expires_at:%-d %B %Y}" in sent.body
    assert Draft.objects.get().expires_at == draft.expires_at, "telling kept it longer"

    walk.topology("ha")
    assert walk.draft().told_at is None
    expiry.send(draft_id=draft.pk)
    assert len(mail.outbox) == 1


def test_given_its_time_is_over_then_it_is_gone_with_its_secrets_and_others_stay(
    walk, old, person, browser
) -> None:
    other = type(walk)(browser(person("other@example.com")), walk.tokens, walk.key)
    other.credentials()
    reference = old(KEPT + timedelta(seconds=1)).token_reference

    assert expiry.look() == 1

    assert list(Draft.objects.all()) == [other.draft()]
    assert not SealedSecret.objects.filter(pk=reference).exists()
    assert expiry.look() == 0


def test_given_a_draft_that_became_a_deployment_then_it_stays(walk, old) -> None:
    draft = old(KEPT + timedelta(days=1))
    Draft.objects.filter(pk=draft.pk).update(deployment_id=draft.pk)

    assert expiry.look() == 0 and Draft.objects.exists() and mailed() == []
