"""The wizard counts what its API counts: token checks and Sovereigns asked for."""

from __future__ import annotations

import pytest

from catalyst.vault.models import SealedSecret
from sovereign_wizard.provisioning.models import Deployment
from sovereign_wizard.wizard.models import Draft

pytestmark = pytest.mark.django_db


def test_given_token_checks_used_up_then_a_good_token_is_not_checked_and_the_rest_is_kept(
    walk, lower
) -> None:
    lower("token-check", 1)
    assert walk.credentials(hetzner_token="short").status_code == 422

    answer = walk.credentials()

    assert answer.status_code == 429 and answer["RateLimit-Remaining"] == "0"
    assert answer["Retry-After"] == answer["RateLimit-Reset"]
    page = answer.content.decode()
    assert "It was not checked. Try again in" in page and 'id="id_hetzner_token-error"' in page
    assert 'value="3311"' in page and walk.key in page and walk.tokens.read_write not in page
    assert not SealedSecret.objects.filter(purpose="wizard.hetzner-token").exists()


def test_given_sovereigns_asked_for_too_often_then_nothing_is_made_and_the_draft_stays(
    walk, name, lower
) -> None:
    walk.credentials()
    walk.provider()
    walk.domain(name)
    lower("provision", 0)

    refused = walk.client.post(walk.url("review"))

    assert refused.status_code == 429 and refused["RateLimit-Remaining"] == "0"
    assert "Try again in" in refused.content.decode()
    assert not Deployment.objects.exists() and Draft.objects.get().token_reference

    lower("provision", 1)
    made = walk.client.post(walk.url("review"))
    assert made.status_code == 302 and made["RateLimit-Remaining"] == "0"
    assert Deployment.objects.count() == 1
