"""What we hand to OpenBao is not readable in anything it keeps, says or is started with."""

from __future__ import annotations

import secrets

import pytest

from catalyst.eventlog.redaction import forms
from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from tests.e2e.searching import Processes, in_files
from tests.integration.catalyst.vault.conftest import OWNER, Use
from tests.integration.embedded.running import RunningStack

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("vault")]


@pytest.mark.parametrize("owner", ["", OWNER], ids=["openbao-key", "openbao-values"])
def test_given_a_secret_put_and_opened_when_openbao_is_searched_then_it_is_nowhere(
    bao: RunningStack, use: Use, owner: str
) -> None:
    use("openbao")
    word = secrets.token_hex(30)
    reference = vault.put(purpose="test", secret=Secret(word), owner=owner)
    assert vault.get(reference).reveal() == word

    needles = {form.encode() for form in forms(word)}
    processes = Processes(needles, bao.state_dir)
    processes.look()
    assert b"bao" in processes.seen
    assert not processes.told and not processes.given
    assert not list(in_files(needles, bao.state_dir))
