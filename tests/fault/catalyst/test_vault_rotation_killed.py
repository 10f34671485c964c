"""A rotation that is killed in the middle of a batch loses nothing, and the next one goes on."""

from __future__ import annotations

import base64
import os
import signal
from typing import Any

import pytest
from django.db import connection, transaction

from catalyst.models import AuditEvent, SealedSecret
from catalyst.vault import rotation
from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from tests.fault.catalyst.processes import process
from tests.integration.internet.running import until

pytestmark = pytest.mark.django_db(transaction=True)
COUNT, BATCH = 40, 10
ROTATION = f"""
from catalyst.vault import rotation
for progress in rotation.rotate(actor="test", batch={BATCH}):
    say(progress.moved)
say("whole")
"""
WAITS = """
SELECT 1 FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def waits_for_a_row() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITS)
        return cursor.fetchone() is not None


def read(references: dict[str, str]) -> None:
    assert {reference: vault.get(reference).reveal() for reference in references} == references


def test_given_a_rotation_when_killed_in_a_batch_then_all_still_opens_and_the_next_one_ends_it(
    settings: Any,
) -> None:
    old, new = settings.CATALYST_VAULT_KEY, base64.b64encode(os.urandom(32)).decode()
    references = {
        vault.put(purpose="test", secret=Secret(f"secret {n}")): f"secret {n}" for n in range(COUNT)
    }
    settings.CATALYST_VAULT_KEY, settings.CATALYST_VAULT_OTHER_KEYS = new, (old,)
    code = f"""
settings.CATALYST_VAULT_KEY = {new!r}
settings.CATALYST_VAULT_OTHER_KEYS = ({old!r},)
"""
    held = sorted(references)[BATCH + BATCH // 2]

    with process(code + ROTATION) as first:
        with transaction.atomic():
            SealedSecret.objects.select_for_update().get(pk=held)
            assert first.line() == str(BATCH)
            until(waits_for_a_row)
            first.signal(signal.SIGKILL)
            first.popen.wait(timeout=30)
    lasting = SealedSecret.objects.exclude(purpose="test").count()  # made before, under the new key
    assert sorted(rotation.counts().values()) == [BATCH + lasting, COUNT - BATCH]
    audited = AuditEvent.objects.filter(act="vault.rotate-batch")
    assert [event.after["moved"] for event in audited] == [BATCH], "what was done is told"
    read(references)

    with process(code + ROTATION) as second:
        said = [second.line()]
        # The application goes on meanwhile.
        reference = vault.put(purpose="test", secret=Secret("meanwhile"))
        while said[-1] != "whole":
            read(references)
            said.append(second.line())
    assert said == ["10", "20", "30", "whole"]

    settings.CATALYST_VAULT_OTHER_KEYS = ()
    read({**references, reference: "meanwhile"})
