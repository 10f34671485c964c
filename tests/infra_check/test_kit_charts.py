"""The faults of the reference that the kit's charts must not have (infra/check/README.md)."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from infra.check import charts
from infra.check.render import HelmRefused, Rendered
from infra.tools import manifest
from tests.infra_check.conftest import Kit
from tests.infra_check.kit_secrets import made, references

FQDN = "omantel.omani.works"
KIT = [
    *("cilium", "cert-manager", "flux", "crossplane", "sealed-secrets", "spire", "nats-jetstream"),
    *("openbao", "keycloak", "gitea", "powerdns", "external-dns", "external-secrets", "cnpg"),
    "valkey",
]
# In deploy/charts/cert-manager/values.yaml of upstream's module, `startupapicheck.jobAnnotations`.
STARTUPAPICHECK_WEIGHT = 1


def weight(body: dict[str, Any]) -> int:
    return int(body["metadata"]["annotations"]["helm.sh/hook-weight"])


def test_given_issuers_and_store_when_rendered_then_fault_4_they_wait_for_their_webhook(
    kit: Kit,
) -> None:
    issuers = kit.rendered("cert-manager").of_kind("ClusterIssuer")
    stores = kit.rendered("external-secrets").of_kind("ClusterSecretStore")
    assert {each.name for each in issuers} == {"letsencrypt-dns01-prod", "letsencrypt-http01-prod"}
    assert [each.name for each in stores] == ["vault-region1"]
    for each in [*issuers, *stores]:
        assert each.annotations["helm.sh/hook"] == "post-install,post-upgrade"
        assert weight(each.body) > STARTUPAPICHECK_WEIGHT
    reached = kit.rendered("cert-manager").reached["cert-manager"]
    assert reached["startupapicheck"]["enabled"] is True


def test_given_openbao_when_rendered_then_fault_5_a_job_configures_what_external_secrets_asks_for(
    kit: Kit,
) -> None:
    bao = kit.template("openbao", namespace="openbao")
    server = kit.rendered("openbao").reached["openbao"]["server"]
    store = kit.rendered("external-secrets").one("ClusterSecretStore", "vault-region1").spec
    asked = store["provider"]["vault"]
    wanted = json.loads(bao.one("ConfigMap", "openbao-configure").body["data"]["wanted.json"])
    (job,) = bao.of_kind("Job")

    # As a hook it would wait for a server that waits for it.
    assert "helm.sh/hook" not in job.annotations
    assert server["ha"]["replicas"] == 1
    assert ("openbao-seal", "key") in {
        (each["secretName"], each["secretKey"]) for each in server["extraSecretEnvironmentVars"]
    }
    assert {"openbao-seal", "openbao-keys"} <= made(bao, "openbao")
    assert 'current_key = "env://BAO_SEAL_KEY"' in server["ha"]["raft"]["config"]
    role = wanted["roles"][asked["auth"]["kubernetes"]["role"]]
    account = asked["auth"]["kubernetes"]["serviceAccountRef"]
    assert (role["serviceAccount"], role["namespace"]) == (account["name"], account["namespace"])
    assert all(policy in wanted["policies"] for policy in role["policies"])
    assert wanted["mount"] == asked["path"]
    service = bao.one("Service", "openbao")
    port = service.spec["ports"][0]["port"]
    assert asked["server"] == f"http://{service.name}.openbao.svc.cluster.local:{port}"


def test_given_powerdns_when_rendered_then_fault_6_all_of_it_is_in_one_namespace(
    kit: Kit,
) -> None:
    pdns = kit.template("powerdns", namespace="powerdns", settings={"tsig": {"copyTo": ["cm"]}})
    elsewhere = {(each.name, each.namespace) for each in pdns.own() if each.namespace != "powerdns"}
    assert elsewhere == {("powerdns-tsig", "cm")}
    assert {name for name, _ in references(pdns)} <= made(pdns, "powerdns")
    kinds = {each.kind for each in pdns.own()}
    assert {"Cluster", "Deployment", "Job"} <= kinds and not kinds & {"Ingress", "Middleware"}
    config = pdns.one("ConfigMap", "powerdns").body["data"]["pdns.conf"]
    cluster = pdns.of_kind("Cluster")[0]
    assert f"gpgsql-host={cluster.name}-rw" in config
    assert f"gpgsql-user={cluster.spec['bootstrap']['initdb']['owner']}" in config


def test_given_a_chart_of_the_kit_when_read_then_fault_6_nothing_depends_on_when_it_is_rendered(
    kit: Kit,
) -> None:
    for folder in KIT:
        for template in kit.charts[folder].templates():
            assert ".Capabilities" not in template.read_text(), template


def test_given_external_dns_when_rendered_then_fault_6_it_reads_the_secret_of_powerdns_there(
    kit: Kit,
) -> None:
    env = kit.rendered("external-dns").reached["external-dns"]["env"]
    given = {each["name"]: each for each in env}
    pdns = kit.template("powerdns", namespace="powerdns")
    ref = given["EXTERNAL_DNS_PDNS_API_KEY"]["valueFrom"]["secretKeyRef"]
    assert ref["key"] in pdns.one("Secret", ref["name"]).body["data"]
    api = pdns.one("Service", "powerdns-api")
    address = f"http://{api.name}.powerdns.svc.cluster.local:{api.spec['ports'][0]['port']}"
    assert given["EXTERNAL_DNS_PDNS_SERVER"]["value"] == address


@pytest.mark.parametrize("told", [{"txtOwnerId": FQDN}, {"domainFilters": [FQDN]}])
def test_given_half_of_the_names_when_external_dns_is_rendered_then_fault_10_it_is_refused(
    kit: Kit, told: dict[str, Any]
) -> None:
    whole = {"txtOwnerId": FQDN, "domainFilters": [FQDN]}
    settings = {"global": {"sovereignFQDN": FQDN}, "external-dns": whole}
    assert kit.template("external-dns", settings=settings).reached["external-dns"]["txtPrefix"]
    with pytest.raises(HelmRefused, match="names of others"):
        kit.template("external-dns", settings={**settings, "external-dns": told})


def test_given_either_solver_when_rendered_then_fault_7_names_are_proven_in_the_own_zone(
    kit: Kit,
) -> None:
    def solver(name: str) -> dict[str, Any]:
        settings = {"issuers": {"dns01": {"solver": name}}}
        rendered = kit.template("cert-manager", settings=settings)
        acme = rendered.one("ClusterIssuer", "letsencrypt-dns01-prod").spec["acme"]
        assert acme["email"] and acme["server"].startswith("https://")
        found: dict[str, Any] = acme["solvers"][0]["dns01"]
        return found

    assert solver("acme-dns")["acmeDNS"]["accountSecretRef"] == {
        "name": "acme-dns-account",
        "key": "acmedns.json",
    }
    update = solver("rfc2136")["rfc2136"]
    pdns = kit.template(
        "powerdns", namespace="powerdns", settings={"tsig": {"copyTo": ["cert-manager"]}}
    )
    copies = [each for each in pdns.of_kind("Secret") if each.namespace == "cert-manager"]
    secret = update["tsigSecretSecretRef"]
    assert [each.name for each in copies] == [secret["name"]]
    assert secret["key"] in copies[0].body["data"]
    assert pdns.one("Service", "powerdns").spec["ports"][0]["port"] == 53
    assert update["nameserver"] == "powerdns.powerdns.svc.cluster.local:53"
    wanted = json.loads(next(env["value"] for env in zone_env(pdns) if env["name"] == "WANTED"))
    assert update["tsigKeyName"] == wanted["key"]
    assert "dnsupdate=yes" in pdns.one("ConfigMap", "powerdns").body["data"]["pdns.conf"]


def zone_env(pdns: Rendered) -> list[dict[str, Any]]:
    (container,) = pdns.one("Job", "powerdns-zone").containers()
    env: list[dict[str, Any]] = container["env"]
    return env


@pytest.mark.parametrize(("folder", "host"), [("keycloak", "auth"), ("gitea", "git")])
def test_given_a_page_when_rendered_then_fault_8_the_gateway_has_a_route_to_its_service(
    kit: Kit, folder: str, host: str
) -> None:
    rendered = kit.rendered(folder)
    (route,) = rendered.of_kind("HTTPRoute")
    fqdn = kit.charts[folder].values["global"]["sovereignFQDN"]
    (backend,) = route.spec["rules"][0]["backendRefs"]
    service = rendered.one("Service", backend["name"])
    assert route.spec["hostnames"] == [f"{host}.{fqdn}"]
    assert backend["port"] in {port["port"] for port in service.spec["ports"]}
    gateway = kit.rendered("gateway").of_kind("Gateway")[0]
    (parent,) = route.spec["parentRefs"]
    listeners = {each["name"]: each for each in gateway.spec["listeners"]}
    assert parent["name"] == gateway.name
    assert listeners[parent["sectionName"]]["protocol"] == "HTTPS"
    assert kit.rendered("cilium").reached["cilium"]["gatewayAPI"]["enabled"] is True


def gitea_for(fqdn: str) -> dict[str, Any]:
    return {
        "global": {"sovereignFQDN": fqdn},
        "gitea": {
            "gitea": {
                "config": {
                    "server": {
                        "DOMAIN": f"git.{fqdn}",
                        "SSH_DOMAIN": f"git.{fqdn}",
                        "ROOT_URL": f"https://git.{fqdn}/",
                    },
                    "webhook": {"ALLOWED_HOST_LIST": f"console.{fqdn}"},
                },
                "oauth": [{"name": "keycloak", "autoDiscoverUrl": f"https://auth.{fqdn}/realms/x"}],
            }
        },
    }


def test_given_a_sovereigns_name_when_gitea_is_rendered_then_fault_10_it_reaches_gitea(
    kit: Kit,
) -> None:
    rendered = kit.template("gitea", settings=gitea_for(FQDN))
    server = rendered.reached["gitea"]["gitea"]["config"]["server"]
    assert server["ROOT_URL"] == f"https://git.{FQDN}/" and server["DOMAIN"] == f"git.{FQDN}"
    # What writes Gitea's settings before it starts.
    configure, _ = rendered.one("Deployment", "gitea").containers()
    assert {"name": "GITEA__server__DOMAIN", "value": f"git.{FQDN}"} in configure["env"]


@pytest.mark.parametrize("forgotten", ["DOMAIN", "ROOT_URL", "SSH_DOMAIN", "oauth", "webhook"])
def test_given_a_name_that_was_forgotten_when_gitea_is_rendered_then_fault_10_it_is_refused(
    kit: Kit, forgotten: str
) -> None:
    settings = gitea_for(FQDN)
    inner = settings["gitea"]["gitea"]
    places = {"oauth": inner, "webhook": inner["config"]}
    places.get(forgotten, inner["config"]["server"]).pop(forgotten)
    with pytest.raises(HelmRefused, match=r"must name|not of this Sovereign"):
        kit.template("gitea", settings=settings)


def test_given_the_machines_files_when_searched_then_fault_22_cilium_is_set_up_in_one_place() -> (
    None
):
    own = yaml.safe_load((charts.ROOT / "cilium" / "values.yaml").read_text())["cilium"]
    settings = {key for key in own if key not in {"resources", "operator", "prometheus", "bpf"}}
    hetzner = charts.ROOT.parent / "hetzner"
    for path in hetzner.rglob("*"):
        if path.is_file():
            assert not {
                key for key in settings if re.search(rf"\b{key}\b\s*[:=]", path.read_text())
            }
    assert own["k8sServicePort"] == 6444 and own["encryption"]["enabled"] is True


def test_given_flux_when_rendered_then_fault_22_its_versions_are_the_pinned_ones(kit: Kit) -> None:
    images = {
        container["image"].rpartition("/")[2]
        for each in kit.rendered("flux").of_kind("Deployment")
        for container in each.containers()
    }
    tools = manifest.load().tools
    names = ("source-controller", "kustomize-controller", "helm-controller")
    assert images == {f"{name}:v{tools[name].version}" for name in names}
    crds = {each.name for each in kit.rendered("flux").of_kind("CustomResourceDefinition")}
    assert {
        "helmreleases.helm.toolkit.fluxcd.io",
        "kustomizations.kustomize.toolkit.fluxcd.io",
    } <= crds
