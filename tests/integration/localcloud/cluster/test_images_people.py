"""Keycloak's and Gitea's charts as processes: who people are, and their Git, by one log-in."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from catalyst.vault.secret import Secret
from franchise.gitea import people
from franchise.gitea.http import Connection
from infra.localcloud.machines.control_plane.pki import Pki
from tests.integration.localcloud.cluster.browser import Browser, form_of
from tests.integration.localcloud.cluster.databases import Databases
from tests.integration.localcloud.cluster.releases import FQDN, Kit, address_of, secret
from tests.integration.localcloud.cluster.running import SHELL, Space

pytestmark = pytest.mark.xdist_group("cluster")
AUTH, GIT = f"auth.{FQDN}", f"git.{FQDN}"
REALM = f"https://{AUTH}/realms/catalyst-admin"
FRONT = Path(__file__).with_name("tls_front.py")
PERSON, PASSWORD = "amal", "a-password-of-amal"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def keycloak(kit: Kit, databases: Databases) -> Space:
    space = kit.space("keycloak")
    databases.give(space, "keycloak-db", "keycloak", "keycloak")
    copies = {"catalyst": [], "gitea": [kit.space("gitea").name]}
    clients = [
        {
            "id": "catalyst",
            "host": "console",
            "apex": True,
            "redirect": "/oidc/callback/",
            "pkce": True,
        },
        {
            "id": "gitea",
            "host": "git",
            "redirect": "/user/oauth2/keycloak/callback",
            "pkce": False,
        },
    ]
    listed = [{**each, "logout": "", "copyTo": copies[each["id"]]} for each in clients]
    kit.install("keycloak", space, {"global": {"sovereignFQDN": FQDN}, "clients": listed})
    return space


@pytest.fixture(scope="module")
def gitea(kit: Kit, databases: Databases, keycloak: Space, authority: Pki) -> Space:
    space = Space(kit.cluster, "gitea")
    databases.give(space, "gitea-db", "gitea", "gitea")
    front = in_front(keycloak, AUTH, "keycloak", 80, authority)
    space.apply(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "trusted-authorities"},
            "data": {"ca.crt": authority.server.certificate.read_text()},
        }
    )
    names = {"DOMAIN": GIT, "SSH_DOMAIN": GIT, "ROOT_URL": f"https://{GIT}/"}
    login = {
        "name": "keycloak",
        "provider": "openidConnect",
        "existingSecret": "keycloak-client-gitea",
        "autoDiscoverUrl": f"{REALM}/.well-known/openid-configuration",
    }
    kit.install(
        "gitea",
        space,
        {
            "global": {
                "sovereignFQDN": FQDN,
                "hostAliases": [{"ip": front, "hostnames": [AUTH]}],
            },
            "gitea": {
                "gitea": {
                    "oauth": [login],
                    "config": {
                        "server": names,
                        "webhook": {"ALLOWED_HOST_LIST": f"console.{FQDN}"},
                    },
                }
            },
        },
    )
    return space


def test_given_keycloak_then_the_realm_goes_by_the_sovereigns_name(keycloak: Space) -> None:
    with ask(keycloak) as client:
        path = "/realms/catalyst-admin/.well-known/openid-configuration"
        told = client.get(path).raise_for_status().json()
    assert told["issuer"] == REALM


def test_given_the_clients_then_each_is_known_by_the_secret_made_in_the_cluster(
    keycloak: Space,
) -> None:
    """infra.md §8.21: realm and clients are imported, and no secret is the same everywhere."""
    for name in ("catalyst", "gitea"):
        kept = secret(keycloak, f"keycloak-client-{name}")["secret"]
        # Known, and may do nothing by itself: only people log in through it.
        assert "not enabled" in refusal(keycloak, name, kept)
        assert "Invalid client" in refusal(keycloak, name, "another")


def test_given_the_console_then_it_makes_people_and_changes_nothing_else(keycloak: Space) -> None:
    kept = secret(keycloak, "keycloak-client-catalyst-people")["secret"]
    form = {"grant_type": "client_credentials", "client_id": "catalyst-people"}
    with ask(keycloak) as client:
        path = "/realms/catalyst-admin/protocol/openid-connect/token"
        token = client.post(path, data={**form, "client_secret": kept}).raise_for_status().json()
        client.headers["Authorization"] = f"Bearer {token['access_token']}"
        codes = {
            path: client.get(f"/admin/realms/catalyst-admin/{path}").status_code
            for path in ("users", "groups", "roles/sovereign-admin", "clients", "events")
        }
    assert codes == {
        "users": 200, "groups": 200, "roles/sovereign-admin": 200, "clients": 403, "events": 403,
    }  # fmt: skip


def test_given_the_admin_then_only_its_password_opens_the_administration(keycloak: Space) -> None:
    with ask(keycloak) as client:
        assert log_in_as_admin(client, "another").json()["error"] == "invalid_grant"
        administer(keycloak, client)
        path = "/admin/realms/catalyst-admin/clients"
        (found,) = client.get(path, params={"clientId": "catalyst"}).json()
    homes = (f"https://console.{FQDN}", f"https://{FQDN}")
    assert sorted(found["redirectUris"]) == sorted(f"{home}/oidc/callback/" for home in homes)
    assert not found["publicClient"]


def test_given_gitea_then_its_admin_has_the_password_of_the_secret(gitea: Space) -> None:
    kept = secret(gitea, "gitea-admin")
    url = f"http://{address_of(gitea, 'gitea-http')}:3000/api/v1/user"
    answer = httpx.get(url, auth=(kept["username"], kept["password"]), trust_env=False)
    told = answer.raise_for_status().json()
    assert (told["login"], told["is_admin"]) == (kept["username"], True)
    refused = httpx.get(url, auth=(kept["username"], "another"), trust_env=False)
    assert refused.status_code == 401


def test_given_a_person_of_the_realm_when_logging_in_to_gitea_then_one_password_opens_both(
    keycloak: Space, gitea: Space, authority: Pki
) -> None:
    """infra.md §8.10 and §8.21: Gitea goes by its own name, and by Keycloak."""
    with ask(keycloak) as client:
        administer(keycloak, client)
        client.post("/admin/realms/catalyst-admin/users", json=person()).raise_for_status()
    hosts = {
        AUTH: address_of_pod(keycloak, AUTH),
        GIT: in_front(gitea, GIT, "gitea-http", 3000, authority),
    }
    with Browser(hosts, authority.server.certificate) as browser:
        through_keycloak(browser, f"{PERSON}@omantel.example")
        account = browser.get(f"https://{GIT}/user/settings/account")
    assert account.status_code == 200
    assert person()["email"] in account.text


def test_given_an_account_that_the_console_made_when_its_person_logs_in_then_it_is_theirs(
    keycloak: Space, gitea: Space, authority: Pki
) -> None:
    """By their `sub` alone: somebody with the same word before the @ gets another one."""
    subjects = []
    with ask(keycloak) as client:
        administer(keycloak, client)
        for domain in ("omantel", "rival"):
            body = {
                **person("badr"),
                "username": f"badr-{domain}",
                "email": f"badr@{domain}.example",
            }
            made = client.post("/admin/realms/catalyst-admin/users", json=body).raise_for_status()
            subjects.append(made.headers["Location"].rsplit("/", 1)[-1])
    kept = secret(gitea, "gitea-admin")
    url = f"http://{address_of(gitea, 'gitea-http')}:3000"
    with Connection(url=url, user=kept["username"], token=Secret(kept["password"])) as asked:
        name = people.account(asked, sign_on=1, subject=subjects[0], email="badr@omantel.example")
        hosts = {
            AUTH: address_of_pod(keycloak, AUTH),
            GIT: in_front(gitea, GIT, "gitea-http", 3000, authority),
        }
        for domain in ("omantel", "rival"):
            with Browser(hosts, authority.server.certificate) as browser:
                through_keycloak(browser, f"badr@{domain}.example")
        users = {
            each["login_name"]: each["login"]
            for each in asked.ask("GET", "/admin/users", source_id=1, limit=50)
        }
    assert (name, users[subjects[0]]) == ("badr", "badr")
    assert users[subjects[1]] == subjects[1]


def through_keycloak(browser: Browser, email: str) -> None:
    """From Gitea's page to log in, and back to Gitea."""
    away = browser.get(f"https://{GIT}/user/oauth2/keycloak")
    assert away.headers["Location"].startswith(f"{REALM}/protocol/openid-connect/auth?")
    page = browser.get(away.headers["Location"])
    back = browser.post(form_of(page), {"username": email, "password": PASSWORD})
    assert back.headers["Location"].startswith(f"https://{GIT}/user/oauth2/keycloak/callback?")
    browser.get(back.headers["Location"])


def person(name: str = PERSON) -> dict[str, object]:
    return {
        "username": name,
        "email": f"{name}@omantel.example",
        "emailVerified": True,
        "firstName": "Amal",
        "lastName": "Al Harthy",
        "enabled": True,
        "credentials": [{"type": "password", "value": PASSWORD, "temporary": False}],
    }


def in_front(space: Space, host: str, service: str, port: int, authority: Pki) -> str:
    """TLS for that name in front of a Service; the address of its Pod."""
    name = host.partition(".")[0]
    pair = authority.leaf(name, authority=authority.server, user=host, hosts=(host,))
    files = {"tls.crt": pair.certificate.read_text(), "tls.key": pair.key.read_text()}
    script = f"exec python {FRONT} /etc/front/tls.crt /etc/front/tls.key {service} {port}"
    container = {
        "name": "main",
        "image": SHELL,
        "args": [script],
        "readinessProbe": {"tcpSocket": {"port": 443}, "periodSeconds": 1},
        "volumeMounts": [{"name": "front", "mountPath": "/etc/front"}],
    }
    spec = {
        "containers": [container],
        "volumes": [{"name": "front", "secret": {"secretName": name}}],
    }
    space.apply(
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": files},
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec},
    )
    space.kubectl("wait", "--for=condition=Ready", f"pod/{name}", "--timeout=50s")
    return address_of_pod(space, host)


def address_of_pod(space: Space, host: str) -> str:
    name = host.partition(".")[0]
    return space.kubectl("get", "pod", name, "-o", "jsonpath={.status.podIP}")


def ask(space: Space) -> httpx.Client:
    # As the Gateway asks on behalf of a browser.
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": AUTH}
    url = f"http://{address_of(space, 'keycloak')}"
    return httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=30)


def log_in_as_admin(client: httpx.Client, password: str) -> httpx.Response:
    form = {"grant_type": "password", "client_id": "admin-cli", "username": "admin"}
    path = "/realms/master/protocol/openid-connect/token"
    return client.post(path, data={**form, "password": password})


def administer(space: Space, client: httpx.Client) -> None:
    answer = log_in_as_admin(client, secret(space, "keycloak-admin")["password"])
    client.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['access_token']}"


def refusal(space: Space, client_id: str, client_secret: str) -> str:
    form = {"grant_type": "client_credentials", "client_id": client_id}
    with ask(space) as client:
        answer = client.post(
            "/realms/catalyst-admin/protocol/openid-connect/token",
            data={**form, "client_secret": client_secret},
        )
    return str(answer.json()["error_description"])
