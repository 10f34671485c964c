"""Old keys are deleted for good, so never one that a record may still need."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest
from django.db import connection, connections, transaction

from catalyst.problem import Conflict
from catalyst.vault import gate, keys, rotation
from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from tests.integration.catalyst.vault.conftest import Use
from tests.integration.internet.running import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("vault")]
END_SECONDS = 30.0


WAITS = """
SELECT 1 FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = 'advisory'
"""


def waits_at_the_gate() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITS)
        return cursor.fetchone() is not None


@contextmanager
def on_its_way(text: str) -> Iterator[Any]:
    """A record that is wrapped and not committed; yields what commits it and gives its
    reference."""
    wrapped, commit = Event(), Event()

    def seal() -> str:
        try:
            with transaction.atomic():
                reference = vault.put(purpose="test", secret=Secret(text))
                wrapped.set()
                assert commit.wait(END_SECONDS)
            return reference
        finally:
            connections.close_all()

    def committed() -> str:
        commit.set()
        return made.result(END_SECONDS)

    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(seal)
        try:
            assert wrapped.wait(END_SECONDS)
            yield committed
        finally:
            commit.set()


def forget() -> str:
    try:
        rotation.forget_old_keys(actor="test")
    except Conflict as refused:
        return refused.detail
    finally:
        connections.close_all()
    return "forgotten"


def test_given_a_newer_key_made_meanwhile_when_keys_are_forgotten_then_the_judged_one_stays(
    use: Use,
) -> None:
    use("openbao")
    reference = vault.put(purpose="test", secret=Secret("under the judged one"))
    use("openbao", role="catalyst-rotation")
    store = keys.by_openbao()
    judged = store.current()
    store.make_new_key()  # by somebody else, after counting
    store.forget_keys_before(judged)
    use("openbao")
    assert vault.get(reference).reveal() == "under the judged one"


def test_given_a_record_wrapped_and_not_committed_when_keys_are_forgotten_then_it_is_counted(
    use: Use,
) -> None:
    use("openbao")
    with on_its_way("committed later") as committed:
        use("openbao", role="catalyst-rotation")
        old = keys.by_openbao().current()
        keys.by_openbao().make_new_key()
        with ThreadPoolExecutor(1) as pool:
            forgetting = pool.submit(forget)
            until(lambda: waits_at_the_gate() or forgetting.done())
            reference = committed()
            said = forgetting.result(END_SECONDS)
    assert said.startswith("Still under older keys") and old in said
    use("openbao")
    assert vault.get(reference).reveal() == "committed later"


def test_given_a_record_that_stays_on_its_way_when_keys_are_forgotten_then_refused_in_words(
    use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "PATIENCE_SECONDS", 1)
    use("openbao", role="catalyst-worker")
    with on_its_way("never mind"):
        use("openbao", role="catalyst-rotation")
        keys.by_openbao().make_new_key()
        with pytest.raises(Conflict, match="on its way into the vault"):
            rotation.forget_old_keys(actor="test")
