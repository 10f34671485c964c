"""cert-manager's own controller, webhook and cainjector as Pods: a certificate is really issued.

ACME server, resolver and name server are real; the console is one that knows the acme-dns protocol.
"""

from __future__ import annotations

import base64
import json
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store

from catalyst.embedded import profile
from catalyst.embedded.state import StackState
from infra.check import tree
from tests.integration.internet.running import until
from tests.integration.localcloud.cluster.doors import doors
from tests.integration.localcloud.cluster.releases import Kit, address_of, is_ready, secret
from tests.integration.localcloud.cluster.running import Space
from tests.integration.localcloud.sovereign_world import World, name_server
from tests.plugins.backing_stack import STATE_DIR

pytestmark = pytest.mark.xdist_group("cluster")

_SECONDS = 90.0
PARTS = ("controller", "webhook", "cainjector")


@dataclass(frozen=True)
class Issuers:
    """The release in `space`, whose issuers speak to the ACME server of `world`."""

    space: Space
    world: World


@pytest.fixture(scope="module")
def issuers(kit: Kit, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuers]:
    with ExitStack() as ends:
        names = name_server(kit.cluster.network, tmp_path_factory.mktemp("names"))
        names.start()
        ends.callback(names.stop)
        stack = StackState.load(STATE_DIR)
        world = World(stack, names)
        world.start()
        ends.callback(world.stop)
        world.delegate()
        assert stack.acme_directory is not None
        # Where Pods reach what listens on loopback; pebble's certificate names it.
        door = profile.supply_address(stack)
        acme, console = urlsplit(stack.acme_directory), urlsplit(world.url)
        assert acme.port is not None and console.port is not None
        ends.enter_context(
            doors(
                ((door, acme.port), ("127.0.0.1", acme.port)),
                ((door, console.port), ("127.0.0.1", console.port)),
            )
        )
        for name in ("gatewayclasses", "gateways", "httproutes"):
            kind = tree.TEMPLATE / "crds" / "gateway-api" / f"{name}.yaml"
            kit.cluster.kubectl("apply", "--server-side", "--filename", str(kind))
        space = kit.space("cert-manager")
        space.apply(account(world))
        kit.install("cert-manager", space, values(world, door, acme.port, console.port))
        yield Issuers(space, world)


def account(world: World) -> dict[str, Any]:
    """As cloud-init writes it (infra/clusters/_template/outside-secrets.yaml)."""
    own = {
        "username": "who",
        "password": world.acme_key,
        "fulldomain": f"_acme-challenge.{world.fqdn}",
        "subdomain": "where",
        "allowfrom": [],
    }
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "acme-dns-account"},
        "stringData": {"acmedns.json": json.dumps({world.fqdn: own})},
    }


def values(world: World, door: str, acme: int, console: int) -> dict[str, Any]:
    assert world.stack.ca_bundle is not None
    return {
        "issuers": {
            "server": f"https://{door}:{acme}/dir",
            "email": "owner@example.com",
            "caBundle": base64.b64encode(world.stack.ca_bundle.read_bytes()).decode(),
            "dns01": {
                "acmeDNS": {"host": f"http://{door}:{console}"},
                "waitInsteadOfSelfCheck": "1s",
            },
        },
    }


def asked(space: Space, body: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """What the API says to an object; nothing is kept."""
    words = ("create", "--dry-run=server", "--filename", "-")
    return space.cluster.tried(*words, told=json.dumps(body))


def certificate(name: str, issuer: str, *names: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        "metadata": {"name": name, "namespace": "cert-manager"},
        "spec": {
            "secretName": name,
            "dnsNames": list(names),
            "issuerRef": {"kind": "ClusterIssuer", "name": issuer},
            **spec,
        },
    }


def test_given_the_charts_issuers_then_they_have_an_account_at_the_acme_server(
    issuers: Issuers,
) -> None:
    for name in ("letsencrypt-dns01-prod", "letsencrypt-http01-prod"):
        until(lambda n=name: is_ready(issuers.space, "clusterissuer", n), seconds=_SECONDS)  # type: ignore[misc]
        assert secret(issuers.space, name)["tls.key"].startswith("-----BEGIN")


def test_given_a_certificate_then_it_is_issued_by_dns01_and_verifies_for_its_names(
    issuers: Issuers,
) -> None:
    fqdn, space = issuers.world.fqdn, issuers.space
    space.apply(certificate("gateway-tls", "letsencrypt-dns01-prod", fqdn, f"*.{fqdn}"))
    try:
        until(lambda: is_ready(space, "certificate", "gateway-tls"), seconds=_SECONDS)
    except AssertionError as error:
        raise AssertionError(space.kubectl("get", "orders,challenges", "-o", "yaml")) from error

    assert issuers.world.txt, "nobody asked the console for a TXT record"
    told = secret(space, "gateway-tls")
    leaf, *between = x509.load_pem_x509_certificates(told["tls.crt"].encode())
    assert issuers.world.stack.ca_bundle is not None
    roots = x509.load_pem_x509_certificates(issuers.world.stack.ca_bundle.read_bytes())
    for name in (fqdn, f"console.{fqdn}"):
        verifier = PolicyBuilder().store(Store(roots)).build_server_verifier(x509.DNSName(name))
        verifier.verify(leaf, between)


def test_given_a_wrong_object_then_the_webhook_refuses_it_before_it_is_stored(
    issuers: Issuers,
) -> None:
    """The API server reaches the webhook and trusts it: cainjector gave it the CA."""
    good = certificate("good", "letsencrypt-dns01-prod", "a.example.com")
    assert asked(issuers.space, good).returncode == 0
    upside_down = certificate(
        "bad", "letsencrypt-dns01-prod", "a.example.com", duration="1h", renewBefore="2h"
    )
    answer = asked(issuers.space, upside_down)
    assert answer.returncode != 0
    assert 'admission webhook "webhook.cert-manager.io" denied the request' in answer.stderr
    assert "spec.renewBefore" in answer.stderr


def test_given_cert_manager_then_each_part_is_a_program_of_its_own(issuers: Issuers) -> None:
    pods = json.loads(issuers.space.kubectl("get", "pods", "-o", "json"))["items"]
    images = {pod["spec"]["containers"][0]["image"] for pod in pods}
    assert {f"quay.io/jetstack/cert-manager-{part}:v1.21.2" for part in PARTS} <= images
    for pod in pods:
        assert "catalyst.openova.io/simulated" not in (pod["metadata"].get("annotations") or {})


def test_given_nats_then_it_takes_who_knows_the_password_over_its_own_certificate(
    kit: Kit, issuers: Issuers
) -> None:
    space = kit.space("nats-system")
    kit.install("nats-jetstream", space, {})
    until(lambda: is_ready(space, "certificate", "nats-server"), seconds=_SECONDS)
    address = address_of(space, "nats")
    authority = secret(space, "nats-server-tls")["ca.crt"]
    password = secret(space, "nats-auth")["catalyst-password"]
    assert nats_says(address, authority, password) == "PONG"
    assert nats_says(address, authority, "another") == "-ERR 'Authorization Violation'"


def nats_says(address: str, authority: str, password: str) -> str:
    """The first word after CONNECT and PING (docs.nats.io, client protocol)."""
    trust = ssl.create_default_context(cadata=authority)
    with socket.create_connection((address, 4222), timeout=10) as plain:
        told = json.loads(plain.recv(4096).partition(b"INFO ")[2])
        assert told["tls_required"] and told["jetstream"]
        with trust.wrap_socket(plain, server_hostname="nats") as wire:
            me = {"user": "catalyst", "pass": password, "verbose": False, "protocol": 1}
            wire.sendall(f"CONNECT {json.dumps(me)}\r\nPING\r\n".encode())
            return wire.recv(4096).decode().splitlines()[0]
