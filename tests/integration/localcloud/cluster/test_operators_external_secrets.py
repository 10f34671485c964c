"""external-secrets as a Pod: what lies in OpenBao comes into a name space, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from catalyst.vault.openbao.logins import Kubernetes
from catalyst.vault.openbao.session import Session
from catalyst.vault.problems import VaultAway
from tests.integration.internet.running import until
from tests.integration.localcloud.cluster.releases import (
    Kit,
    address_of,
    conditions,
    is_ready,
    ready,
    secret,
)
from tests.integration.localcloud.cluster.running import Space

pytestmark = pytest.mark.xdist_group("cluster")

_SECONDS = 90.0
WRITER = "writer"


@pytest.fixture(scope="module")
def openbao(kit: Kit) -> Space:
    """With a role that may write, for this test."""
    space = there(kit, "openbao")
    space.kubectl("create", "serviceaccount", WRITER)
    path = 'path "secret/data/*" { capabilities = ["create", "update"] }'
    role = {"serviceAccount": WRITER, "namespace": space.name, "policies": [WRITER]}
    kit.install(
        "openbao", space, {"configure": {"policies": {WRITER: path}, "roles": {WRITER: role}}}
    )
    return space


@pytest.fixture(scope="module")
def store(kit: Kit, openbao: Space) -> Space:
    """The release with the store `vault-region1`."""
    space = there(kit, "external-secrets-system")
    # Another test may have made it by hand; helm takes over only what is its own.
    space.kubectl("delete", "serviceaccount", "external-secrets", "--ignore-not-found")
    kit.install("external-secrets", space, {})
    return space


def there(kit: Kit, name: str) -> Space:
    """A name space that another test may have made already."""
    found = kit.cluster.kubectl("get", "namespace", name, "--ignore-not-found", "-o", "name")
    return Space(kit.cluster, name) if found else kit.space(name)


def write(openbao: Space, path: str, **data: str) -> None:
    token = openbao.kubectl("create", "token", WRITER).strip()
    url = f"http://{address_of(openbao, 'openbao')}:8200"
    with httpx.Client(base_url=url, trust_env=False, timeout=10) as bao:
        login = bao.post("/v1/auth/kubernetes/login", json={"role": WRITER, "jwt": token})
        bao.headers["X-Vault-Token"] = login.raise_for_status().json()["auth"]["client_token"]
        bao.post(f"/v1/secret/data/{path}", json={"data": data}).raise_for_status()


def wanted(name: str, path: str) -> dict[str, Any]:
    reference = {"key": path, "property": "token"}
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": name},
        "spec": {
            "refreshInterval": "1s",
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": "vault-region1"},
            "target": {"name": name},
            "data": [{"secretKey": "token", "remoteRef": reference}],
        },
    }


def test_given_openbao_then_the_charts_store_is_valid_by_its_own_role(store: Space) -> None:
    until(lambda: is_ready(store, "clustersecretstore", "vault-region1"), seconds=_SECONDS)


def test_given_a_secret_in_openbao_then_it_comes_into_the_name_space_and_follows_its_changes(
    kit: Kit, store: Space, openbao: Space
) -> None:
    space = kit.space("tenants")
    write(openbao, "sovereign/hcloud", token="first")
    space.apply(wanted("hcloud", "sovereign/hcloud"), wanted("nothing", "sovereign/nothing"))
    until(lambda: is_ready(space, "externalsecret", "hcloud"), seconds=_SECONDS)
    assert secret(space, "hcloud") == {"token": "first"}

    write(openbao, "sovereign/hcloud", token="second")
    until(lambda: secret(space, "hcloud") == {"token": "second"}, seconds=_SECONDS)

    until(lambda: ready(space, "externalsecret", "nothing") == "False", seconds=_SECONDS)
    told = conditions(space, "externalsecret", "nothing")
    assert told["Ready"]["reason"] == "SecretSyncedError"
    assert "nothing" not in space.kubectl("get", "secrets", "-o", "name")


def test_given_a_pods_token_when_our_vault_logs_in_then_kubernetes_vouches_for_its_account_only(
    openbao: Space, tmp_path: Path
) -> None:
    def ask(account: str) -> int:
        token_file = tmp_path / account
        token_file.write_text(openbao.kubectl("create", "token", account))
        session = Session(
            address=f"http://{address_of(openbao, 'openbao')}:8200",
            log_in=Kubernetes(WRITER, token_file),
            ca_bundle=None,
        )
        return session.ask(
            lambda bao: bao.secrets.kv.v2.create_or_update_secret(
                f"vault/{account}", {"sealed": "it"}, cas=0
            ),
            lambda answer: int(answer["data"]["version"]),
        )

    assert ask(WRITER) == 1
    openbao.kubectl("create", "serviceaccount", "stranger")
    with pytest.raises(VaultAway):
        ask("stranger")
