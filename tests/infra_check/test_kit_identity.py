"""Who may log in and speak: the faults 20 and 21 that the reference's charts had."""

from __future__ import annotations

import json
import re

import pytest

from infra.check.render import HelmRefused
from tests.infra_check.conftest import Kit
from tests.infra_check.kit_secrets import made, references

FQDN = "omantel.omani.works"


def test_given_spire_when_rendered_then_fault_20_the_trust_domain_is_the_sovereigns_name(
    kit: Kit,
) -> None:
    reached = kit.rendered("spire").reached["spire"]
    identities = reached["spire-server"]["controllerManager"]["identities"]
    assert identities["clusterSPIFFEIDs"]["default"]["enabled"] is True
    own = {"global": {"sovereignFQDN": FQDN, "spire": {"trustDomain": FQDN}}}
    kit.template("spire", settings=own)
    with pytest.raises(HelmRefused, match="must be the Sovereign's name"):
        kit.template("spire", settings={"global": {"sovereignFQDN": FQDN}})


def test_given_nats_when_rendered_then_fault_20_nobody_speaks_without_a_password_and_tls(
    kit: Kit,
) -> None:
    rendered = kit.rendered("nats-jetstream")
    nats = rendered.reached["nats"]
    config, env = nats["config"], nats["container"]["env"]
    users = [user for each in config["merge"]["accounts"].values() for user in each["users"]]
    secret = rendered.one("Secret", "nats-auth").body["data"]
    assert len(users) == 2 and "no_auth_user" not in config["merge"]
    for user in users:
        variable = re.fullmatch(r"<< \$(\w+) >>", user["password"])
        assert variable and env[variable[1]]["valueFrom"]["secretKeyRef"]["key"] in secret
    tls = config["nats"]["tls"]
    issued = {each.spec["secretName"] for each in rendered.of_kind("Certificate")}
    assert tls["enabled"] is True and tls["secretName"] in issued
    assert config["cluster"]["enabled"] is False


def test_given_every_chart_of_the_kit_when_rendered_then_fault_21_no_frozen_image_is_used(
    kit: Kit,
) -> None:
    for folder in kit.charts:
        shown = json.dumps([each.body for each in kit.rendered(folder).documents])
        assert "bitnami" not in re.sub(r"bitnami\.com|bitnami-labs", "", shown), folder
        for each in kit.charts[folder].dependencies:
            assert "bitnamicharts" not in each.repository
    gitea = kit.rendered("gitea").reached["gitea"]
    for bundled in ("postgresql", "postgresql-ha", "valkey", "valkey-cluster"):
        assert gitea[bundled] == {"enabled": False}


def test_given_keycloak_when_rendered_then_fault_21_its_realm_lets_people_into_console_and_git(
    kit: Kit,
) -> None:
    settings = {"global": {"sovereignFQDN": FQDN}}
    rendered = kit.template("keycloak", namespace="keycloak", settings=settings)
    realm = json.loads(
        rendered.one("ConfigMap", "keycloak-realm").body["data"]["catalyst-admin-realm.json"]
    )
    (container,) = rendered.one("StatefulSet", "keycloak").containers()
    env = {each["name"] for each in container["env"]}
    clients = {each["clientId"]: each for each in realm["clients"]}
    assert container["image"].startswith("quay.io/keycloak/keycloak:")
    assert "--import-realm" in container["args"]
    assert clients["catalyst"]["rootUrl"] == f"https://console.{FQDN}"
    assert clients["gitea"]["rootUrl"] == f"https://git.{FQDN}"
    # Customers log in under the bare name: a browser's session is that of one host.
    homes = [f"https://console.{FQDN}", f"https://{FQDN}"]
    assert clients["catalyst"]["redirectUris"] == [f"{home}/oidc/callback/" for home in homes]
    leaving = "##".join(f"{home}/" for home in homes)
    assert clients["catalyst"]["attributes"]["post.logout.redirect.uris"] == leaving
    assert clients["gitea"]["redirectUris"] == [f"https://git.{FQDN}/user/oauth2/keycloak/callback"]
    # Gitea does not know PKCE: where it is asked for, nobody would get in.
    assert {name for name, each in clients.items() if "pkce" in str(each)} == {"catalyst"}
    people = clients.pop("catalyst-people")
    assert people["serviceAccountsEnabled"] and not people["standardFlowEnabled"]
    assert people["secret"].removeprefix("${").removesuffix("}") in env
    (account,) = realm["users"]
    assert account["serviceAccountClientId"] == "catalyst-people"
    assert account["clientRoles"] == {"realm-management": ["manage-users", "view-realm"]}
    assert (realm["realm"], realm["bruteForceProtected"]) == ("catalyst-admin", True)
    assert realm["groups"] == [{"name": "orgs"}]
    claims = {each["config"]["claim.name"] for each in clients["catalyst"]["protocolMappers"]}
    assert claims == {"roles", "groups"}
    back = clients["catalyst"]["attributes"]["backchannel.logout.url"]
    assert back == f"https://console.{FQDN}/oidc/backchannel-logout/"
    for client in clients.values():
        assert client["serviceAccountsEnabled"] is False
        assert client["publicClient"] is False and client["directAccessGrantsEnabled"] is False
        assert client["secret"].removeprefix("${").removesuffix("}") in env
        assert client["redirectUris"] == [uri for uri in client["redirectUris"] if "*" not in uri]
    assert {name for name, _ in references(rendered)} <= made(rendered, "keycloak")


def test_given_a_mail_server_then_addresses_are_proven_and_its_password_is_a_secret(
    kit: Kit,
) -> None:
    def realm(**smtp: object) -> dict[str, object]:
        settings = {"smtp": smtp} if smtp else {}
        rendered = kit.template("keycloak", settings=settings)
        (text,) = rendered.one("ConfigMap", "keycloak-realm").body["data"].values()
        return dict(json.loads(text))

    assert realm()["verifyEmail"] is False and realm()["smtpServer"] == {}
    told = realm(host="mail.a.example", **{"from": "auth@a.example"}, secret="smtp")
    assert told["verifyEmail"] is True
    assert told["smtpServer"] == {
        "host": "mail.a.example", "port": "587", "from": "auth@a.example",
        "starttls": "true", "ssl": "false",
        "auth": "true", "user": "${KEYCLOAK_SMTP_USER}", "password": "${KEYCLOAK_SMTP_PASSWORD}",
    }  # fmt: skip
    with pytest.raises(HelmRefused):
        realm(host="mail.a.example")


def test_given_gitea_when_it_logs_people_in_then_fault_21_keycloak_made_the_secret_it_reads(
    kit: Kit,
) -> None:
    (source,) = kit.rendered("gitea").reached["gitea"]["gitea"]["oauth"]
    clients = [dict(each) for each in kit.charts["keycloak"].values["clients"]]
    for each in clients:
        each["copyTo"] = ["gitea"] if each["id"] == "gitea" else []
    keycloak = kit.template("keycloak", namespace="keycloak", settings={"clients": clients})
    (copy,) = [each for each in keycloak.of_kind("Secret") if each.namespace == "gitea"]
    assert copy.name == source["existingSecret"] and set(copy.body["data"]) == {"key", "secret"}
    original = [each for each in keycloak.of_kind("Secret") if each.name == copy.name]
    assert len({each.body["data"]["secret"] for each in original}) == 1
