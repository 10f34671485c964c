"""The way into a Sovereign: where the load balancer points, somebody listens."""

from __future__ import annotations

import re
from typing import Any

import pytest

from infra.check import charts, render
from tests.infra_check.conftest import DEFAULTS, Kit

FOLDER = "gateway"
HETZNER = charts.ROOT.parent / "hetzner"


def balancer_targets() -> set[int]:
    """The ports of a node that the load balancer's services 80 and 443 go to."""
    text = "\n".join(path.read_text() for path in HETZNER.glob("*.tf"))
    return {int(port) for port in re.findall(r"\b(31\d{3})\b", text)}


def test_given_the_load_balancer_when_read_then_fault_8_its_targets_are_the_gateways_ports(
    kit: Kit,
) -> None:
    gateway = kit.rendered(FOLDER).one("Gateway", "catalyst")
    assert {listener["port"] for listener in gateway.spec["listeners"]} == balancer_targets()
    service = kit.rendered(FOLDER, "node-port").one("Service", "gateway")
    assert {port["nodePort"] for port in service.spec["ports"]} == balancer_targets()


def test_given_the_chart_of_the_network_when_read_then_it_lets_the_gateway_listen_on_nodes(
    kit: Kit,
) -> None:
    gateway_api = kit.charts["cilium"].values["cilium"]["gatewayAPI"]
    assert gateway_api["enabled"] is True
    assert gateway_api["hostNetwork"]["enabled"] is True


def test_given_pods_as_the_gateway_when_rendered_then_service_and_listeners_meet(kit: Kit) -> None:
    rendered = kit.rendered(FOLDER, "node-port")
    listened = {listener["port"] for listener in rendered.of_kind("Gateway")[0].spec["listeners"]}
    service = rendered.one("Service", "gateway")
    assert {port["targetPort"] for port in service.spec["ports"]} == listened


@pytest.mark.parametrize("values", [DEFAULTS, "node-port"])
def test_given_http_when_routed_then_all_of_it_is_sent_to_https_and_nothing_is_served(
    kit: Kit, values: str
) -> None:
    rendered = kit.rendered(FOLDER, values)
    listeners = {each["name"]: each for each in rendered.of_kind("Gateway")[0].spec["listeners"]}
    assert listeners["http"]["allowedRoutes"]["namespaces"]["from"] == "Same"
    (route,) = rendered.of_kind("HTTPRoute")
    (parent,) = route.spec["parentRefs"]
    assert parent["sectionName"] == "http"
    (rule,) = route.spec["rules"]
    assert "backendRefs" not in rule
    assert rule["filters"][0]["requestRedirect"] == {
        "scheme": "https",
        "port": 443,
        "statusCode": 301,
    }


def test_given_the_certificate_when_read_then_it_is_for_the_names_the_listeners_serve(
    kit: Kit,
) -> None:
    rendered = kit.rendered(FOLDER)
    certificate = rendered.one("Certificate", "sovereign")
    served: list[dict[str, Any]] = [
        each
        for each in rendered.of_kind("Gateway")[0].spec["listeners"]
        if each["protocol"] == "HTTPS"
    ]
    assert {each["hostname"] for each in served} == set(certificate.spec["dnsNames"])
    for each in served:
        (reference,) = each["tls"]["certificateRefs"]
        assert reference["name"] == certificate.spec["secretName"]


def test_given_the_certificates_issuer_when_looked_for_then_the_kit_makes_it(kit: Kit) -> None:
    issuer = kit.rendered(FOLDER).one("Certificate", "sovereign").spec["issuerRef"]
    made = {document.name for document in kit.rendered("cert-manager").of_kind(issuer["kind"])}
    assert issuer["name"] in made


@pytest.mark.parametrize(
    "settings",
    [{"ports": {"http": 80}}, {"exposure": {"mode": "magic"}}, {"global": {"sovereignFQDN": "x"}}],
    ids=["port", "mode", "name"],
)
def test_given_values_that_cannot_work_when_rendered_then_the_schema_refuses_them(
    kit: Kit, settings: dict[str, Any]
) -> None:
    with pytest.raises(render.HelmRefused, match="meet the specifications"):
        kit.template(FOLDER, settings=settings)
