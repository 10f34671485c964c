"""OpenBao's chart as processes: initialised, unsealed and told who may read, by its own Job."""

from __future__ import annotations

import httpx
import pytest

from tests.integration.localcloud.cluster.releases import Kit, address_of, secret
from tests.integration.localcloud.cluster.running import Space

pytestmark = pytest.mark.xdist_group("cluster")
READER, READERS = "external-secrets", "external-secrets-system"


@pytest.fixture(scope="module")
def openbao(kit: Kit) -> Space:
    readers = kit.space(READERS)
    for name in (READER, "another"):
        readers.kubectl("create", "serviceaccount", name)
    space = kit.space("openbao")
    kit.install("openbao", space, {})
    return space


def test_given_openbao_then_it_is_unsealed_and_its_root_token_is_gone(openbao: Space) -> None:
    """infra.md §8.5: initialised, unsealed and configured without a person."""
    with ask(openbao) as bao:
        told = bao.get("/v1/sys/seal-status").raise_for_status().json()
    assert (told["initialized"], told["sealed"], told["storage_type"]) == (True, False, "raft")
    assert set(secret(openbao, "openbao-keys")) == {"recovery-key"}


def test_given_openbao_then_external_secrets_may_read_and_nobody_else(openbao: Space) -> None:
    with ask(openbao) as bao:
        refused = bao.post("/v1/auth/kubernetes/login", json=login(openbao, "another"))
        assert refused.status_code == 403
        answer = bao.post("/v1/auth/kubernetes/login", json=login(openbao, READER))
        bao.headers["X-Vault-Token"] = answer.raise_for_status().json()["auth"]["client_token"]
        # Allowed, and not there yet.
        assert bao.get("/v1/secret/data/hetzner").status_code == 404
        assert bao.post("/v1/secret/data/hetzner", json={"data": {}}).status_code == 403


def ask(space: Space) -> httpx.Client:
    url = f"http://{address_of(space, 'openbao')}:8200"
    return httpx.Client(base_url=url, trust_env=False, timeout=10)


def login(space: Space, account: str) -> dict[str, str]:
    token = space.cluster.kubectl("create", "token", account, "--namespace", READERS).strip()
    return {"role": READER, "jwt": token}
