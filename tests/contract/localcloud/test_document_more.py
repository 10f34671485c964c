"""The rest of the API with the vendor's library: every answer fits the vendor's document."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hcloud import APIException, Client
from hcloud.images import Image
from hcloud.load_balancer_types import LoadBalancerType
from hcloud.load_balancers import LoadBalancer, LoadBalancerTarget, LoadBalancerTargetIP
from hcloud.locations import Location
from hcloud.networks import NetworkRoute, NetworkSubnet
from hcloud.server_types import ServerType
from hcloud.servers import Server

from infra.localcloud.hetzner import document, resources
from infra.localcloud.hetzner.calls import ROUTES
from tests.contract.localcloud.judge import Judge
from tests.contract.localcloud.test_provider_everything import certificate_for
from tests.integration.localcloud.running import LocalCloud
from tests.integration.localcloud.test_refusals import ssh_public_key

PLACE, OS, LABELS = Location(name="fsn1"), Image(name="debian-12"), {"for": "contract"}


@pytest.fixture
def server(client: Client, judge: Judge) -> Server:
    made = client.servers.create(
        name="s", server_type=ServerType(name="cx23"), image=OS, location=PLACE
    )
    for action in (made.action, *made.next_actions):
        action.wait_until_finished()
    return made.server


def code_of(refused: pytest.ExceptionInfo[APIException]) -> str:
    return str(refused.value.code)


def test_given_the_document_then_every_operation_in_it_is_answered() -> None:
    assert resources.__all__, "importing it is what registers the operations"
    answered = {(route.method, route.path) for route in ROUTES}
    known = {
        (method.upper(), path)
        for path, operations in document.document()["paths"].items()
        for method in operations
    }
    assert answered == known


def test_given_volumes_when_used_in_every_way_then_every_answer_fits(
    client: Client, judge: Judge, server: Server
) -> None:
    doing = client.volumes
    alone = doing.create(size=10, name="alone", location=PLACE, format="ext4", labels=LABELS)
    alone.action.wait_until_finished()
    made = doing.create(size=10, name="made", server=server)
    for action in (made.action, *made.next_actions):
        action.wait_until_finished()
    assert doing.get_by_id(made.volume.id).status == "available"

    volume = alone.volume
    doing.attach(volume, server).wait_until_finished()
    assert len(client.servers.get_by_id(server.id).volumes) == 2
    with pytest.raises(APIException) as refused:
        doing.delete(volume)
    assert code_of(refused) == "resource_in_use"
    doing.detach(volume).wait_until_finished()
    doing.resize(volume, 42).wait_until_finished()
    with pytest.raises(APIException) as refused:
        doing.resize(volume, 41)
    assert code_of(refused) == "invalid_input"
    doing.change_protection(volume, delete=True).wait_until_finished()
    with pytest.raises(APIException) as refused:
        doing.delete(volume)
    assert code_of(refused) == "protected"
    doing.change_protection(volume, delete=False).wait_until_finished()
    doing.update(volume, name="alone2")
    with pytest.raises(APIException) as refused:
        doing.update(volume, name="made")
    assert code_of(refused) == "uniqueness_error"
    doing.get_actions(volume)
    doing.actions.get_all()
    assert [entry.size for entry in doing.get_all(label_selector="for=contract")] == [42]
    doing.delete(volume)

    client.servers.delete(server).wait_until_finished()
    assert doing.get_by_id(made.volume.id).server is None


def test_given_floating_ips_when_moved_and_named_then_every_answer_fits(
    client: Client, judge: Judge, server: Server
) -> None:
    doing = client.floating_ips
    made = doing.create(type="ipv4", description="d", name="f", home_location=PLACE)
    address = made.floating_ip
    doing.create(type="ipv6", server=server).action.wait_until_finished()
    doing.assign(address, server).wait_until_finished()
    assert len(client.servers.get_by_id(server.id).public_net.floating_ips) == 2
    with pytest.raises(APIException) as refused:
        doing.assign(address, server)
    assert code_of(refused) == "floating_ip_assigned"
    with pytest.raises(APIException) as refused:
        doing.delete(address)
    assert code_of(refused) == "must_be_unassigned"
    doing.unassign(address).wait_until_finished()
    doing.change_dns_ptr(address, address.ip, "f.example.org").wait_until_finished()
    assert doing.get_by_id(address.id).dns_ptr[0]["dns_ptr"] == "f.example.org"
    doing.change_protection(address, delete=True).wait_until_finished()
    doing.change_protection(address, delete=False).wait_until_finished()
    doing.update(address, description="e", labels=LABELS, name="g")
    doing.get_actions(address)
    doing.delete(address)
    assert len(doing.get_all()) == 1


def test_given_reverse_names_when_set_and_reset_then_they_are_shown(
    client: Client, judge: Judge, server: Server
) -> None:
    shown = client.servers.get_by_id(server.id)
    four, six = shown.public_net.ipv4, f"{shown.public_net.ipv6.ip.split('/')[0]}1"
    default = four.dns_ptr

    client.servers.change_dns_ptr(server, four.ip, "four.example.org").wait_until_finished()
    client.servers.change_dns_ptr(server, six, "six.example.org").wait_until_finished()
    named = client.servers.get_by_id(server.id).public_net
    owner = client.primary_ips.get_by_id(named.primary_ipv4.id)

    assert named.ipv4.dns_ptr == owner.dns_ptr[0]["dns_ptr"] == "four.example.org"
    assert named.ipv6.dns_ptr == [{"ip": six, "dns_ptr": "six.example.org"}]
    client.servers.change_dns_ptr(server, four.ip, None).wait_until_finished()
    assert client.servers.get_by_id(server.id).public_net.ipv4.dns_ptr == default
    client.primary_ips.change_dns_ptr(owner, four.ip, "p.example.org").wait_until_finished()
    with pytest.raises(APIException) as refused:
        client.servers.change_dns_ptr(server, "192.0.2.1", "x.example.org")
    assert code_of(refused) == "invalid_input"


def test_given_certificates_when_uploaded_and_managed_then_every_answer_fits(
    client: Client, judge: Judge
) -> None:
    doing = client.certificates
    chain, key = certificate_for("example.org")
    uploaded = doing.create(name="u", certificate=chain, private_key=key, labels=LABELS)
    assert (uploaded.domain_names, uploaded.type) == (["example.org"], "uploaded")
    with pytest.raises(APIException) as refused:
        doing.create(name="w", certificate=chain, private_key=certificate_for("x.org")[1])
    assert refused.value.details["fields"][0]["name"] == "private_key"

    managed = doing.create_managed(name="m", domain_names=["a.example.org"])
    assert managed.certificate.status.issuance == "pending"
    managed.action.wait_until_finished()
    issued = doing.get_by_id(managed.certificate.id)
    assert issued.status.issuance == "completed"
    assert issued.not_valid_after > datetime.now(UTC) + timedelta(days=80)
    doing.update(issued, name="m2", labels=LABELS)
    doing.get_actions(issued)
    assert [entry.name for entry in doing.get_all(label_selector="for=contract")] == ["u", "m2"]
    doing.delete(issued)
    doing.delete(uploaded)


def test_given_an_issuance_that_fails_when_tried_again_then_it_is_issued(
    cloud: LocalCloud, client: Client, judge: Judge, token: str
) -> None:
    wish: dict[str, Any] = {
        "kind": "action_failure",
        "match": {"path": "^/v1/certificates$", "method": "POST"},
        "code": "dns_zone_not_found",
    }
    cloud.ask_admin("POST", "/faults", json=wish)
    made = client.certificates.create_managed(name="m", domain_names=["a.example.org"])
    with pytest.raises(Exception, match="dns_zone_not_found"):
        made.action.wait_until_finished()
    failed = client.certificates.get_by_id(made.certificate.id)
    assert (failed.status.issuance, failed.status.error.code) == ("failed", "dns_zone_not_found")

    client.certificates.retry_issuance(failed).wait_until_finished()

    assert client.certificates.get_by_id(failed.id).status.issuance == "completed"


def test_given_snapshots_and_backups_when_made_and_used_then_every_answer_fits(
    client: Client, judge: Judge, server: Server
) -> None:
    made = client.servers.create_image(server, description="first", labels=LABELS)
    made.action.wait_until_finished()
    image = client.images.get_by_id(made.image.id)
    assert (image.status, image.created_from.id) == ("available", server.id)
    with pytest.raises(APIException) as refused:
        client.servers.create_image(server, type="backup")
    assert code_of(refused) == "invalid_input"
    client.servers.enable_backup(server).wait_until_finished()
    backup = client.servers.create_image(server, type="backup")
    backup.action.wait_until_finished()
    assert client.servers.get_by_id(server.id).backup_window
    listed = client.images.get_all(type=["snapshot", "backup"], bound_to=[str(server.id)])
    assert [entry.id for entry in listed] == [backup.image.id]
    client.images.update(image, description="renamed", labels={})
    client.images.change_protection(image, delete=True).wait_until_finished()
    with pytest.raises(APIException) as refused:
        client.images.delete(image)
    assert code_of(refused) == "protected"
    client.images.change_protection(image, delete=False).wait_until_finished()
    client.images.get_actions(image)

    client.servers.rebuild(server, image).action.wait_until_finished()
    assert client.servers.get_by_id(server.id).image.id == image.id
    client.servers.disable_backup(server).wait_until_finished()
    client.images.delete(image)
    assert client.images.get_all(type=["snapshot", "backup"]) == []
    assert client.servers.get_by_id(server.id).image is None


def test_given_a_server_when_rescued_and_opened_then_every_answer_fits(
    client: Client, judge: Judge, server: Server
) -> None:
    doing = client.servers
    key = client.ssh_keys.create(name="k", public_key=ssh_public_key())
    doing.enable_rescue(server, type="linux64", ssh_keys=[key.id]).action.wait_until_finished()
    assert doing.get_by_id(server.id).rescue_enabled
    doing.disable_rescue(server).wait_until_finished()
    doing.enable_rescue(server, type="linux64").action.wait_until_finished()
    doing.reset(server).wait_until_finished()
    assert not doing.get_by_id(server.id).rescue_enabled, "it is for one boot only"
    isos = client.isos.get_all()
    client.isos.get_by_id(isos[0].id)
    assert {iso.architecture for iso in client.isos.get_all(architecture=["arm"])} == {"arm"}
    doing.attach_iso(server, isos[0]).wait_until_finished()
    assert doing.get_by_id(server.id).iso.id == isos[0].id
    doing.detach_iso(server).wait_until_finished()
    assert doing.reset_password(server).root_password
    assert doing.request_console(server).wss_url.startswith("wss://")
    doing.change_protection(server, delete=True, rebuild=True).wait_until_finished()
    with pytest.raises(APIException) as refused:
        doing.rebuild(server, OS)
    assert code_of(refused) == "protected"
    end = datetime.now(UTC)
    metrics = doing.get_metrics(
        server, type=["cpu", "disk", "network"], start=end - timedelta(hours=1), end=end, step=1
    ).metrics
    assert len(metrics.time_series) == 9
    assert {len(entry["values"]) for entry in metrics.time_series.values()} <= set(range(501))


def test_given_routes_of_a_network_when_added_and_deleted_then_every_answer_fits(
    client: Client, judge: Judge
) -> None:
    subnet = NetworkSubnet(ip_range="10.0.1.0/24", type="cloud", network_zone="eu-central")
    network = client.networks.create(name="n", ip_range="10.0.0.0/16", subnets=[subnet])
    out = NetworkRoute(destination="10.100.1.0/24", gateway="10.0.1.1")

    client.networks.add_route(network, out).wait_until_finished()
    assert client.networks.get_by_id(network.id).routes[0].destination == out.destination
    client.networks.delete_route(network, out).wait_until_finished()
    client.networks.change_ip_range(network, "10.0.0.0/15").wait_until_finished()


def test_given_a_load_balancer_when_asked_for_odd_things_then_the_vendors_codes_come(
    client: Client, judge: Judge, server: Server
) -> None:
    balancer: LoadBalancer = client.load_balancers.create(
        name="b", load_balancer_type=LoadBalancerType(name="lb11"), location=PLACE
    ).load_balancer
    own_address = client.servers.get_by_id(server.id).public_net.ipv4.ip

    def refused_ip(address: str) -> str:
        target = LoadBalancerTarget(type="ip", ip=LoadBalancerTargetIP(ip=address))
        with pytest.raises(APIException) as refused:
            client.load_balancers.add_target(balancer, target)
        return code_of(refused)

    assert refused_ip("192.0.2.7") == "ip_not_owned"
    assert refused_ip(own_address) == "cloud_resource_ip_not_allowed"
    address = balancer.public_net.ipv4.ip
    client.load_balancers.change_dns_ptr(balancer, address, "b.example.org").wait_until_finished()
    shown = client.load_balancers.get_by_id(balancer.id)
    assert shown.public_net.ipv4.dns_ptr == "b.example.org"
    end = datetime.now(UTC)
    kinds: Any = ["open_connections", "connections_per_second", "requests_per_second", "bandwidth"]
    metrics = client.load_balancers.get_metrics(
        balancer, type=kinds, start=end - timedelta(minutes=5), end=end
    ).metrics
    assert set(metrics.time_series) == {*kinds, "bandwidth.in", "bandwidth.out"} - {"bandwidth"}
