"""The vault with either keeper of its key; OpenBao is one server for all these tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from catalyst.embedded.openbao.__main__ import connect
from catalyst.embedded.private_files import read_private
from catalyst.vault.openbao.session import session
from tests.integration.embedded.running import RunningStack, short_folder

# Who keeps, and for whom: catalyst/vault/places.py.
OWNER = "deployments/0b54e0a3-6c3e-4a35-9a4e-0d3f0a1d2c11"
STORES = {
    "envelope": ("envelope", OWNER),
    "openbao-key": ("openbao", ""),
    "openbao-values": ("openbao", OWNER),
}


@pytest.fixture(scope="session")
def bao() -> Iterator[RunningStack]:
    """Initialised, unsealed and furnished by the stack itself."""
    with short_folder() as folder:
        stack = RunningStack(folder / "state")
        try:
            stack.up("openbao", CATALYST_VAULT="openbao")
            yield stack
        finally:
            stack.end()


@pytest.fixture
def root(bao: RunningStack) -> Any:
    """OpenBao's own administrator."""
    client = connect(bao.state)
    client.token = read_private(bao.state.secrets_dir / "openbao-root-token")
    return client


Use = Callable[..., None]


@pytest.fixture
def use(settings: Any, request: pytest.FixtureRequest) -> Use:
    """Have this process seal with one of the stores, as one of the roles."""
    original = settings.CATALYST

    def use(store: str, *, role: str = "catalyst-worker", **changes: Any) -> None:
        update: dict[str, Any] = {"vault": store}
        if store == "openbao":
            state = request.getfixturevalue("bao").state
            update |= {
                "openbao_address": state.openbao_url,
                "openbao_role_id": role,
                "openbao_secret_id_file": state.secrets_dir / f"openbao-{role}",
            }
        settings.CATALYST = original.model_copy(update=update | changes)
        session.cache_clear()  # no lease of an earlier test

    return use


@pytest.fixture(params=STORES)
def owner(request: pytest.FixtureRequest, use: Use) -> str:
    """Each way to keep a secret; gives whose it has to be for that."""
    store, owner = STORES[request.param]
    use(store)
    return owner


@pytest.fixture
def secret_id(bao: RunningStack) -> Path:
    return bao.state.secrets_dir / "openbao-catalyst-worker"
