"""Rotating the vault's key while everything runs: the new one first, the old one last to go."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import uuid
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from catalyst.models import AuditEvent, SealedSecret
from catalyst.problem import Conflict
from catalyst.vault import keys, lasting, rotation
from catalyst.vault import services as vault
from catalyst.vault.envelope import seal
from catalyst.vault.keeping import IN_OPENBAO
from catalyst.vault.problems import Unsealable, VaultAway
from catalyst.vault.secret import Secret
from franchise.vouchers import codes
from tests.integration.catalyst.vault.conftest import Use
from tests.integration.internet.running import free_port

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("vault")]


def fresh_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def put(count: int) -> list[str]:
    return [vault.put(purpose="test", secret=Secret(f"secret {n}")) for n in range(count)]


def read(references: list[str]) -> list[str]:
    return [vault.get(reference).reveal() for reference in references]


EXPECTED = [f"secret {n}" for n in range(5)]


def test_given_another_vault_key_when_got_then_refused(settings: Any) -> None:
    reference = vault.put(purpose="test", secret=Secret("mine"))
    settings.CATALYST_VAULT_KEY = fresh_key()
    with pytest.raises(Unsealable):
        vault.get(reference)


def test_given_a_new_key_when_the_old_one_still_opens_then_nobody_notices(settings: Any) -> None:
    references = put(5)
    settings.CATALYST_VAULT_OTHER_KEYS = (settings.CATALYST_VAULT_KEY,)
    settings.CATALYST_VAULT_KEY = fresh_key()
    assert read(references) == EXPECTED
    vault.put(purpose="test", secret=Secret("under the new one"))
    assert sorted(rotation.counts().values()) == [1, 5]


def test_given_a_new_key_when_rotated_then_the_old_key_can_go(settings: Any) -> None:
    references, old = put(5), settings.CATALYST_VAULT_KEY
    sealed = dict(SealedSecret.objects.values_list("pk", "ciphertext"))
    settings.CATALYST_VAULT_KEY = fresh_key()
    settings.CATALYST_VAULT_OTHER_KEYS = (old,)
    call_command("vault", "rotate", "--batch", "2")
    settings.CATALYST_VAULT_OTHER_KEYS = ()
    assert read(references) == EXPECTED
    assert set(rotation.counts()) == {keys.wrapping().current()}
    after = dict(SealedSecret.objects.values_list("pk", "ciphertext"))
    assert {pk: bytes(text) for pk, text in sealed.items()} == {
        pk: bytes(text) for pk, text in after.items() if pk in sealed
    }, "secrets themselves are not touched"
    settings.CATALYST_VAULT_KEY = old
    with pytest.raises(Unsealable):
        vault.get(references[0])


def test_given_a_record_of_a_lost_key_when_rotated_then_it_is_told_and_the_others_move(
    settings: Any,
) -> None:
    lost = vault.put(purpose="test", secret=Secret("lost"))
    settings.CATALYST_VAULT_KEY = fresh_key()
    references, old = put(5), settings.CATALYST_VAULT_KEY
    settings.CATALYST_VAULT_KEY = fresh_key()
    settings.CATALYST_VAULT_OTHER_KEYS = (old,)
    with pytest.raises(CommandError, match="1 records open under no key"):
        call_command("vault", "rotate", "--batch", "2")
    settings.CATALYST_VAULT_OTHER_KEYS = ()
    assert read(references) == EXPECTED
    with pytest.raises(Unsealable):
        vault.get(lost)


def test_given_openbao_when_a_new_key_is_made_then_rotated_and_the_old_ones_are_forgotten(
    use: Use,
) -> None:
    use("openbao")
    references, old = put(5), SealedSecret.objects.values_list("wrapped_key", flat=True)
    before = [bytes(key) for key in old]
    use("openbao", role="catalyst-rotation")
    call_command("vault", "new-key")
    with pytest.raises(CommandError, match="Still under older keys"):
        call_command("vault", "forget-old-keys")
    use("openbao")
    assert read(references) == EXPECTED

    use("openbao", role="catalyst-rotation")
    call_command("vault", "rotate", "--batch", "2")
    call_command("vault", "forget-old-keys")
    use("openbao")
    assert read(references) == EXPECTED
    SealedSecret.objects.filter(pk=references[0]).update(wrapped_key=before[0])
    with pytest.raises(Unsealable):
        vault.get(references[0])


def test_given_records_under_our_own_key_when_openbao_takes_over_then_rotation_moves_them(
    use: Use, settings: Any
) -> None:
    references = put(5)
    use("openbao", role="catalyst-rotation")
    call_command("vault", "rotate")
    assert set(rotation.counts()) == {keys.wrapping().current(), IN_OPENBAO}
    use("openbao")
    settings.CATALYST_VAULT_KEY = fresh_key()
    assert read(references) == EXPECTED


def test_given_openbao_away_when_rotated_then_refused_and_all_still_open(
    use: Use, settings: Any
) -> None:
    references = put(5)
    use("openbao", openbao_address=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(VaultAway):
        list(rotation.rotate(actor="test"))
    assert read(references) == EXPECTED


def test_given_our_own_key_when_openbaos_commands_are_asked_for_then_told_what_to_do() -> None:
    with pytest.raises(Conflict, match="CATALYST_VAULT_KEY"):
        rotation.make_new_key(actor="test")


def test_given_keyed_hashes_when_the_vault_key_is_rotated_then_they_stay(settings: Any) -> None:
    """Or every voucher that was printed would be worth nothing."""
    before = lasting.lasting_key("a-purpose")
    settings.CATALYST_VAULT_OTHER_KEYS = (settings.CATALYST_VAULT_KEY,)
    settings.CATALYST_VAULT_KEY = fresh_key()
    call_command("vault", "rotate")
    settings.CATALYST_VAULT_OTHER_KEYS = ()
    assert lasting.lasting_key("a-purpose") == before != lasting.lasting_key("another")


@pytest.mark.parametrize("rotated", [True, False])
def test_given_codes_printed_before_lasting_keys_when_the_vault_key_goes_then_they_stay_known(
    settings: Any, rotated: bool
) -> None:
    """Nothing was hashed since: the key is first wanted when another one wraps already."""
    old = settings.CATALYST_VAULT_KEY
    put(1)  # as a printed code is, under the key of then
    hashed_by = hmac.digest(base64.b64decode(old), codes.KEY_PURPOSE.encode(), hashlib.sha256)
    settings.CATALYST_VAULT_OTHER_KEYS = (old,)
    settings.CATALYST_VAULT_KEY = fresh_key()
    if rotated:
        call_command("vault", "rotate")
        settings.CATALYST_VAULT_OTHER_KEYS = ()
    assert lasting.lasting_key(codes.KEY_PURPOSE) == hashed_by


def test_given_a_worker_with_the_old_key_when_it_seals_behind_the_rotation_then_that_moves_too(
    settings: Any,
) -> None:
    put(5)
    first, record_id = True, uuid.UUID(int=1)  # before every other
    late = seal(Secret("late"), keys=keys.wrapping(), record_id=str(record_id))
    settings.CATALYST_VAULT_OTHER_KEYS = (settings.CATALYST_VAULT_KEY,)
    settings.CATALYST_VAULT_KEY = fresh_key()
    for _ in rotation.rotate(actor="test", batch=2):
        if first:
            SealedSecret.objects.create(
                id=record_id,
                purpose="test",
                ciphertext=late.ciphertext,
                wrapped_key=late.wrapped.key,
                key_id=late.wrapped.key_id,
            )
            first = False
    settings.CATALYST_VAULT_OTHER_KEYS = ()
    assert set(rotation.counts()) == {keys.wrapping().current()}
    assert vault.get(str(record_id)).reveal() == "late"


def test_given_openbao_when_rotated_then_few_rows_are_locked_at_a_time_and_each_batch_is_audited(
    use: Use,
) -> None:
    use("openbao", role="catalyst-rotation")
    lasting.keep_all()
    put(25)
    there = SealedSecret.objects.filter(path="").count()  # keyed hashes' keys are in OpenBao
    rotation.make_new_key(actor="test")
    assert [step.moved for step in rotation.rotate(actor="test")] == [20, there]
    batches = AuditEvent.objects.filter(act="vault.rotate-batch").order_by("pk")
    assert [event.after["moved"] for event in batches] == [20, there - 20]
