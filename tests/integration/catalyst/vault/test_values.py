"""OpenBao keeps the values: where they are, who may do what with them, and that they end."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F

from catalyst.models import AuditEvent, Destruction, SealedSecret
from catalyst.problem import Conflict, NotFound
from catalyst.vault import keys, places, rotation, sweeping
from catalyst.vault import services as vault
from catalyst.vault.problems import RoleRefused, Unsealable, ValueMissing, VaultAway
from catalyst.vault.secret import Secret
from tests.integration.catalyst.vault.conftest import OWNER, Use
from tests.integration.catalyst.vault.values import content, path_of, put_back, remove, work
from tests.integration.internet.running import free_port

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("vault")]


@pytest.fixture(autouse=True)
def _kept_in_openbao(use: Use, root: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing there of other tests, whose rows were taken back; nothing has to be an hour old."""
    use("openbao")
    for path in keys.values().paths():
        remove(root, path)
    monkeypatch.setattr(sweeping, "AGE", timedelta(seconds=-5))


def put(text: str = "mine", owner: str = OWNER) -> str:
    return vault.put(purpose="test", secret=Secret(text), owner=owner)


def taken_back(text: str = "taken back") -> str:
    """Path of a value whose transaction ended without its record."""
    with transaction.atomic():
        path = path_of(put(text))
        transaction.set_rollback(True)
    return path


def test_given_a_secret_of_a_deployment_when_put_then_it_is_under_its_path_and_sealed_there(
    root: Any,
) -> None:
    canary = secrets.token_urlsafe(24)
    reference = put(canary)
    row = SealedSecret.objects.get(pk=reference)
    assert row.path.startswith(f"{OWNER}/{reference}-")
    assert (bytes(row.ciphertext), row.version) == (b"", 1)
    value = content(root, row.path)
    assert value and canary not in str(value)


@pytest.mark.parametrize(("owner", "size"), [("", 10), (OWNER, places.MOST_BYTES + 1)])
def test_given_what_the_table_leaves_in_the_row_when_put_then_openbao_wraps_its_key_only(
    owner: str, size: int
) -> None:
    reference = put("x" * size, owner)
    row = SealedSecret.objects.get(pk=reference)
    assert (row.path, row.key_id) == ("", keys.wrapping().current())
    assert vault.get(reference).reveal() == "x" * size
    assert list(keys.values().paths()) == []


def test_given_values_changed_about_in_openbao_when_got_then_neither_opens(root: Any) -> None:
    references = [put("one"), put("other")]
    one, other = map(path_of, references)
    values = content(root, one), content(root, other)
    for path, value in zip((one, other), reversed(values), strict=True):
        assert value
        remove(root, path)
        put_back(root, path, value)
    for reference in references:
        with pytest.raises(Unsealable):
            vault.get(reference)


def test_given_a_value_written_over_when_got_then_the_new_one_is_not_taken(root: Any) -> None:
    reference = put()
    path = path_of(reference)
    value = content(root, path)
    root.secrets.kv.v2.create_or_update_secret(path, value, cas=1, mount_point="catalyst")
    with pytest.raises(ValueMissing):
        vault.get(reference)


def test_given_a_deleted_secret_when_looked_for_then_gone_at_once_and_destroyed_with_proof(
    root: Any,
) -> None:
    reference = put()
    path = path_of(reference)
    vault.delete(reference)
    with pytest.raises(NotFound):
        vault.get(reference)
    assert content(root, path) and not vault.is_destroyed(reference)
    assert work() == 1
    assert content(root, path) is None and vault.is_destroyed(reference)
    told = AuditEvent.objects.get(act="vault.destroy-value")
    assert (told.object, told.after["path"]) == (f"secret:{reference}", path)


def test_given_a_deletion_taken_back_when_workers_worked_then_the_secret_is_there() -> None:
    reference = put()
    with transaction.atomic():
        vault.delete(reference)
        transaction.set_rollback(True)
    work()
    assert vault.get(reference).reveal() == "mine"


def test_given_openbao_away_when_deleted_then_unreadable_and_destroyed_when_it_is_back(
    use: Use, root: Any
) -> None:
    reference = put()
    path = path_of(reference)
    use("openbao", openbao_address=f"http://127.0.0.1:{free_port()}")
    vault.delete(reference)
    assert work() == 0
    assert not vault.is_destroyed(reference)
    use("openbao")
    assert work() == 1
    assert content(root, path) is None and vault.is_destroyed(reference)


def test_given_an_expired_secret_when_swept_then_its_value_is_destroyed(root: Any) -> None:
    reference = put()
    path = path_of(reference)
    SealedSecret.objects.filter(pk=reference).update(expires_at=F("created_at"))
    assert (vault.delete_expired(), work()) == (1, 1)
    assert content(root, path) is None


def test_given_a_transaction_taken_back_when_swept_then_its_value_is_destroyed_and_no_other(
    root: Any,
) -> None:
    kept, path = put("kept"), taken_back()
    assert content(root, path)
    assert sweeping.sweep() == 1
    assert sweeping.sweep() == 0, "it is asked for once"
    work()
    assert content(root, path) is None
    assert vault.get(kept).reveal() == "kept"


def test_given_workers_that_look_every_few_seconds_when_it_was_swept_then_not_again_this_hour(
    use: Use,
) -> None:
    taken_back()
    use("envelope")
    sweeping.sweep_due()
    assert Destruction.objects.count() == 0, "OpenBao is not asked where it keeps nothing"
    use("openbao")
    sweeping.sweep_due()
    taken_back("another")
    sweeping.sweep_due()
    assert Destruction.objects.count() == 1


def test_given_a_value_younger_than_an_hour_when_swept_then_it_stays(
    root: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "AGE", sweeping.EVERY)
    path = taken_back()
    assert sweeping.sweep() == 0
    assert content(root, path)


def test_given_more_values_without_record_than_with_when_swept_then_it_stops_and_asks() -> None:
    put("kept")
    paths = {taken_back(str(number)) for number in range(sweeping.FROM)}
    with pytest.raises(Conflict, match="restored from an older day"):
        sweeping.sweep()
    assert paths < set(keys.values().paths())
    call_command("vault", "sweep", "--everything")
    work()
    assert not paths & set(keys.values().paths())


def test_given_an_older_copy_of_openbao_when_swept_then_what_was_destroyed_is_so_again(
    root: Any,
) -> None:
    reference = put()
    path = path_of(reference)
    value = content(root, path)
    vault.delete(reference)
    work()
    assert value
    put_back(root, path, value)
    assert sweeping.sweep() == 1
    assert not vault.is_destroyed(reference)
    work()
    assert content(root, path) is None and vault.is_destroyed(reference)


def test_given_records_and_values_that_do_not_fit_when_checked_then_each_is_named(
    root: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, lost, left = put(), put(), taken_back()
    call_command("vault", "rotate")  # the key that it makes is whole as well
    remove(root, path_of(lost))
    with pytest.raises(ValueMissing, match="restored from another moment"):
        vault.get(lost)
    with pytest.raises(CommandError, match="1 records without value, 1 values without record"):
        call_command("vault", "check")
    said = capsys.readouterr().out
    assert lost in said and left in said and whole not in said
    vault.delete(lost)
    sweeping.sweep()
    work()
    call_command("vault", "check")


def test_given_openbao_away_when_kept_got_or_checked_then_refused_and_nothing_is_written(
    use: Use,
) -> None:
    reference, before = put(), SealedSecret.objects.count()
    use("openbao", openbao_address=f"http://127.0.0.1:{free_port()}")
    for act in (put, lambda: vault.get(reference), sweeping.check, sweeping.sweep):
        with pytest.raises(VaultAway):
            act()
    assert (SealedSecret.objects.count(), Destruction.objects.count()) == (before, 0)


def test_given_web_when_it_wants_more_than_to_keep_and_open_then_it_may_not(use: Use) -> None:
    reference = put()
    use("openbao", role="catalyst-web")
    assert vault.get(reference).reveal() == "mine"
    path = path_of(reference)
    for act in (
        lambda: keys.values().destroy(path),
        lambda: list(keys.values().paths()),
        lambda: keys.values().write(path, b"another"),
    ):
        with pytest.raises(VaultAway):
            act()
    assert vault.get(reference).reveal() == "mine"


def test_given_a_worker_when_it_wants_to_write_over_or_read_a_draft_then_it_may_not(
    use: Use,
) -> None:
    reference = put()
    with pytest.raises(VaultAway):
        keys.values().write(path_of(reference), b"another")
    use("openbao", role="catalyst-web")
    draft = put("half typed", "drafts/1")
    use("openbao", role="catalyst-worker")
    with pytest.raises(RoleRefused):
        vault.get(draft)
    vault.delete(draft)
    assert work() == 1, "and destroys it nevertheless"


def test_given_our_own_key_before_when_rotated_then_values_move_and_nobody_needed_to_read_one(
    use: Use,
) -> None:
    use("envelope")
    owned, other = put("owned"), put("other", "")
    use("openbao", role="catalyst-rotation")
    call_command("vault", "rotate")
    use("openbao")
    assert (bool(path_of(owned)), bool(path_of(other))) == (True, False)
    assert [vault.get(it).reveal() for it in (owned, other)] == ["owned", "other"]
    assert rotation.out_of_place() == 0


def test_given_values_in_openbao_when_our_own_key_keeps_again_then_they_come_back_and_end_there(
    use: Use, root: Any
) -> None:
    reference = put()
    path = path_of(reference)
    use("openbao", role="catalyst-rotation", vault="envelope")
    with pytest.raises(CommandError, match="1 records stay at their earlier keeper"):
        call_command("vault", "rotate")
    use("openbao", vault="envelope")
    call_command("vault", "rotate")
    work()
    assert content(root, path) is None
    use("envelope")
    assert (path_of(reference), vault.get(reference).reveal()) == ("", "mine")
