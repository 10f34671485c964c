"""OpenBao as keeper of the vault's key: what happens when it is closed, and who may do what."""

from __future__ import annotations

import json
import os
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalyst.embedded.private_files import read_private
from catalyst.models import SealedSecret, UserSession
from catalyst.problem import NotFound
from catalyst.vault import keys
from catalyst.vault import services as vault
from catalyst.vault.openbao.session import session
from catalyst.vault.problems import Unsealable, VaultAway
from catalyst.vault.secret import Secret
from catalyst.vault.wrapped import Wrapped
from catalyst.work.models import WorkerBeat
from tests.integration.catalyst.vault.conftest import Use
from tests.integration.embedded.running import RunningStack, wait_until
from tests.integration.internet.running import free_port

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("vault")]


@pytest.fixture
def sealed(bao: RunningStack, root: Any, use: Use) -> Any:
    """A record that OpenBao's key is needed for, and OpenBao closed before anybody's eyes."""
    use("openbao")
    reference = vault.put(purpose="test", secret=Secret("mine"))
    root.sys.seal()
    yield reference
    if root.sys.is_sealed():
        unseal(bao, root)


def unseal(bao: RunningStack, root: Any) -> None:
    root.sys.submit_unseal_key(read_private(bao.state.secrets_dir / "openbao-unseal-key"))
    wait_until(lambda: root.sys.read_leader_status().get("is_self"))


def test_given_openbao_sealed_when_got_or_put_then_refused_and_nothing_is_written(
    sealed: str,
) -> None:
    with pytest.raises(VaultAway):
        vault.get(sealed)
    with pytest.raises(VaultAway):
        vault.put(purpose="test", secret=Secret("another"))
    assert SealedSecret.objects.count() == 1


def test_given_openbao_sealed_when_opened_again_then_all_goes_on(
    sealed: str, bao: RunningStack, root: Any
) -> None:
    unseal(bao, root)
    assert vault.get(sealed).reveal() == "mine"


def test_given_openbao_sealed_when_asked_whether_ready_then_it_is_named_and_no_page_goes_away(
    sealed: str, client: Client
) -> None:
    WorkerBeat.objects.create(name="w", seen_at=timezone.now())
    answer = client.get("/readyz")
    assert answer.json()["checks"]["vault"]["verdict"] == "VaultAway"
    assert (answer.status_code, answer.json()["ready"]) == (200, True), answer.json()


def test_given_openbao_sealed_when_a_code_comes_then_a_page_says_so_and_it_is_kept_nowhere(
    sealed: str, client: Client
) -> None:
    answer = client.get("/redeem?code=ABCD-EFGH-JKMN", headers={"Accept": "text/html"})
    assert answer.status_code == 503
    assert "The vault is closed" in answer.content.decode()
    kept = [str(row) for row in (*SealedSecret.objects.values(), *UserSession.objects.values())]
    assert "ABCD" not in "".join(kept)


def test_given_nobody_at_the_address_when_got_then_refused_as_away(use: Use) -> None:
    use("openbao", openbao_address=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(VaultAway):
        vault.put(purpose="test", secret=Secret("mine"))
    with pytest.raises(VaultAway):
        vault.prove()


def test_given_another_secret_id_when_got_then_refused_as_away(use: Use, tmp_path: Path) -> None:
    wrong = tmp_path / "secret-id"
    wrong.write_text("not-it")
    use("openbao", openbao_secret_id_file=wrong)
    with pytest.raises(VaultAway):
        vault.put(purpose="test", secret=Secret("mine"))


def test_given_a_lease_taken_back_when_got_then_a_new_one_is_asked_for(use: Use, root: Any) -> None:
    use("openbao")
    reference = vault.put(purpose="test", secret=Secret("mine"))
    root.sys.revoke_prefix("auth/approle/login")
    assert vault.get(reference).reveal() == "mine"


def test_given_a_thread_per_request_when_secrets_are_put_then_all_use_one_lease(
    use: Use, root: Any
) -> None:
    use("openbao")

    def leases() -> int:
        return len(root.list("auth/token/accessors")["data"]["keys"])

    def put(number: int) -> None:
        keys.by_openbao().wrap(b"k" * 32, record_id=str(number))

    before = leases()
    for number in range(5):
        thread = Thread(target=put, args=(number,))
        thread.start()
        thread.join(timeout=30)
    assert leases() == before + 1


def test_given_a_lease_when_the_process_forks_then_the_child_begins_without_it(use: Use) -> None:
    """Celery's workers fork: two processes on one connection would read each other's answers."""
    use("openbao")
    keys.by_openbao().current()
    child = os.fork()
    if child == 0:
        os._exit(session.cache_info().currsize)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert session.cache_info().currsize == 1


def test_given_a_lease_when_looked_at_then_it_ends_within_minutes_and_has_one_policy(
    use: Use, root: Any, bao: RunningStack
) -> None:
    secret_id = (bao.state.secrets_dir / "openbao-catalyst-worker").read_text()
    lease = root.auth.approle.login("catalyst-worker", secret_id, use_token=False)["auth"]
    assert lease["lease_duration"] <= 600
    assert lease["policies"] == ["catalyst-worker"]


@pytest.mark.parametrize("role", ["catalyst-web", "catalyst-worker"])
def test_given_web_or_a_worker_when_it_wants_to_change_the_key_then_it_may_not(
    role: str, use: Use
) -> None:
    use("openbao", role=role)
    before = keys.by_openbao().current()
    with pytest.raises(VaultAway):
        keys.by_openbao().make_new_key()
    with pytest.raises(VaultAway):
        keys.by_openbao().forget_keys_before(before)
    assert keys.by_openbao().current() == before


def test_given_who_rotates_when_they_want_to_read_a_secret_then_they_may_not(use: Use) -> None:
    use("openbao")
    reference = vault.put(purpose="test", secret=Secret("mine"))
    use("openbao", role="catalyst-rotation")
    with pytest.raises(VaultAway):
        vault.get(reference)


def test_given_the_key_when_asked_for_then_openbao_does_not_give_it(use: Use, root: Any) -> None:
    known = root.secrets.transit.read_key("catalyst")["data"]
    assert (known["exportable"], known["allow_plaintext_backup"], known["derived"]) == (
        False,
        False,
        True,
    )


def test_given_a_record_of_openbaos_when_openbao_is_not_set_up_then_nothing_else_opens_it(
    use: Use,
) -> None:
    use("openbao")
    reference = vault.put(purpose="test", secret=Secret("mine"))
    use("envelope", openbao_address="")
    with pytest.raises(Unsealable):
        vault.get(reference)
    with pytest.raises(NotFound):
        vault.get("00000000-0000-0000-0000-000000000000")


def test_given_a_wrapped_key_when_brought_for_another_record_then_openbao_refuses(use: Use) -> None:
    use("openbao")
    wrapped: Wrapped = keys.by_openbao().wrap(b"k" * 32, record_id="mine")
    assert keys.by_openbao().unwrap(wrapped, record_id="mine") == b"k" * 32
    with pytest.raises(Unsealable):
        keys.by_openbao().unwrap(wrapped, record_id="another")


def test_given_a_secret_opened_when_openbaos_audit_is_read_then_it_says_who_and_not_what(
    use: Use, bao: RunningStack
) -> None:
    use("openbao")
    reference = vault.put(purpose="test", secret=Secret("mine"))
    log = bao.state.log_dir / "openbao.log"
    before = log.stat().st_size
    vault.get(reference)

    def opened() -> list[Any]:
        lines = log.read_text()[before:].splitlines()
        answers = [line for line in lines if '"type":"response"' in line and line.endswith("}")]
        whole = [json.loads(line) for line in answers]
        return [line for line in whole if line["request"]["path"] == "transit/decrypt/catalyst"]

    wait_until(opened)
    [said] = opened()
    assert said["auth"]["policies"] == ["catalyst-worker"]
    assert said["response"]["data"]["plaintext"].startswith("hmac-sha256:")
    whole = log.read_text()
    assert not [text for text in bao.state.secrets.values() if text in whole]
