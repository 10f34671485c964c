"""Keycloak's chart as a process: the Sovereign's realm is there, with the clients it was told."""

from __future__ import annotations

import httpx
import pytest

from tests.integration.localcloud.cluster.databases import Databases
from tests.integration.localcloud.cluster.releases import FQDN, Kit, address_of, secret
from tests.integration.localcloud.cluster.running import Space

pytestmark = pytest.mark.xdist_group("cluster")
REALM = f"https://auth.{FQDN}/realms/sovereign"


@pytest.fixture(scope="module")
def keycloak(kit: Kit, databases: Databases) -> Space:
    space = kit.space("keycloak")
    databases.give(space, "keycloak-db", "keycloak", "keycloak")
    kit.install("keycloak", space, {"global": {"sovereignFQDN": FQDN}})
    return space


def test_given_keycloak_then_the_realm_goes_by_the_sovereigns_name(keycloak: Space) -> None:
    with ask(keycloak) as client:
        path = "/realms/sovereign/.well-known/openid-configuration"
        told = client.get(path).raise_for_status().json()
    assert told["issuer"] == REALM


def test_given_the_clients_then_each_is_known_by_the_secret_made_in_the_cluster(
    keycloak: Space,
) -> None:
    """infra.md §8.21: realm and clients are imported, and no secret is the same everywhere."""
    for name in ("catalyst", "gitea"):
        kept = secret(keycloak, f"keycloak-client-{name}")["secret"]
        # Known, and may do nothing by itself: only people log in through it.
        assert error(keycloak, name, kept) == "unauthorized_client"
        assert error(keycloak, name, "another") == "invalid_client"


def test_given_the_admin_then_only_its_password_opens_the_administration(keycloak: Space) -> None:
    kept = secret(keycloak, "keycloak-admin")
    form = {"grant_type": "password", "client_id": "admin-cli", "username": kept["username"]}
    path = "/realms/master/protocol/openid-connect/token"
    with ask(keycloak) as client:
        assert client.post(path, data={**form, "password": "another"}).status_code == 401
        answer = client.post(path, data={**form, "password": kept["password"]})
        client.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['access_token']}"
        (found,) = client.get(
            "/admin/realms/sovereign/clients", params={"clientId": "catalyst"}
        ).json()
    assert found["redirectUris"] == [f"https://console.{FQDN}/oidc/callback/"]
    assert not found["publicClient"]


def ask(space: Space) -> httpx.Client:
    # As the Gateway asks on behalf of a browser.
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": f"auth.{FQDN}"}
    url = f"http://{address_of(space, 'keycloak')}"
    return httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=30)


def error(space: Space, client_id: str, client_secret: str) -> str:
    form = {"grant_type": "client_credentials", "client_id": client_id}
    with ask(space) as client:
        answer = client.post(
            "/realms/sovereign/protocol/openid-connect/token",
            data={**form, "client_secret": client_secret},
        )
    return str(answer.json()["error"])
