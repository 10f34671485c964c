"""Check 17 (peers.md §5.2), failed authorization: a foreign object is "not there" for who asks, and
the audit keeps who asked for it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from catalyst.audit.models import AuditEvent
from catalyst.identity.models import Role
from catalyst.limits.services import forgive
from tests.security.things import client_of, things_of, unknown_things

pytestmark = pytest.mark.django_db
# An address for each way in which a room finds an object, and how the audit names it.
FOUND_BY = {
    "/sovereign/deployments/{deployment_id}/": "deployment:{deployment_id}",
    "/api/v1/deployments/{deployment_id}": "deployment:{deployment_id}",
    "/api/v1/actions/executions/{execution_id}/logs": "deployment:{deployment_id}",
    "/sovereign/new/{draft_id}/credentials/": "draft:{draft_id}",
    "/approvals/{approval_id}/": "deployment:{deployment_id}",
    "/own-domains/{move_id}/": "domain:{move_id}",
    "/api/v1/domains/{move_id}": "domain:{move_id}",
    "/log/{subject}/page": "log:{subject}",
    "/log/{subject}/events": "log:{subject}",
}


@pytest.fixture
def stranger(person) -> Iterator:
    made = person(f"{uuid.uuid4().hex}@example.com", Role.MEMBER)
    yield made
    forgive(action="refusal", key=f"person:{made.pk}")


@pytest.mark.parametrize("address", FOUND_BY)
def test_17_given_a_foreign_object_when_asked_for_then_404_and_in_the_audit(
    person, stranger, address: str
) -> None:
    things = things_of(person("owner@example.com", Role.MEMBER))
    client = client_of(stranger)

    assert client.get(address.format(**unknown_things())).status_code == 404
    assert not AuditEvent.objects.filter(act="identity.refused").exists(), "nothing is nobody's"

    assert client.get(address.format(**things)).status_code == 404
    [kept] = AuditEvent.objects.filter(act="identity.refused")
    assert (kept.object, kept.actor) == (FOUND_BY[address].format(**things), str(stranger))
    assert kept.person == stranger.pk and kept.after == {"foreign": True}
    assert kept.address and kept.request_id
