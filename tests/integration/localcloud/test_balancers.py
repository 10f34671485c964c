"""Load balancers forward TCP for real, follow changes at once and know who is healthy."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hcloud import Client
from hcloud.load_balancer_types import LoadBalancerType
from hcloud.load_balancers import (
    LoadBalancer,
    LoadBalancerAlgorithm,
    LoadBalancerHealthCheck,
    LoadBalancerService,
    LoadBalancerTarget,
)
from hcloud.servers import Server

from tests.integration.internet.running import until
from tests.integration.localcloud.running import LocalCloud
from tests.integration.localcloud.test_machines import boot
from tests.integration.localcloud.test_rows import PLACE

PORT = 31080
CHECK = LoadBalancerHealthCheck(protocol="tcp", port=PORT, interval=3, timeout=2, retries=1)


class Reply(socketserver.StreamRequestHandler):
    """Sends its name and what it was sent, as far as a half-closed connection lets it."""

    def handle(self) -> None:
        asked = self.rfile.read()
        host, _ = self.server.server_address[:2]
        self.wfile.write(f"{host!s} heard ".encode() + asked)


class Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def listening(server: Server) -> Iterator[str]:
    """Something serves on the machine's address; gives the address."""
    address = str(server.public_net.ipv4.ip)
    with Listener((address, PORT), Reply) as listener:
        threading.Thread(target=listener.serve_forever, daemon=True).start()
        yield address
        listener.shutdown()


def ask(address: str, port: int, words: bytes = b"") -> str:
    """What is answered; empty when nobody does."""
    try:
        with socket.create_connection((address, port), timeout=5) as connection:
            connection.sendall(words)
            connection.shutdown(socket.SHUT_WR)
            with connection.makefile("rb") as answer:
                return answer.read().decode()
    except OSError:
        return ""


@pytest.fixture
def balancer(client: Client) -> LoadBalancer:
    made = client.load_balancers.create(
        name="front",
        load_balancer_type=LoadBalancerType(name="lb11"),
        location=PLACE,
        algorithm=LoadBalancerAlgorithm(type="round_robin"),
        services=[service(80)],
    )
    made.action.wait_until_finished()
    return made.load_balancer


def service(listen_port: int) -> LoadBalancerService:
    return LoadBalancerService(
        protocol="tcp",
        listen_port=listen_port,
        destination_port=PORT,
        proxyprotocol=False,
        health_check=CHECK,
    )


def target(server: Server) -> LoadBalancerTarget:
    return LoadBalancerTarget(type="server", server=server, use_private_ip=False)


def health(client: Client, balancer: LoadBalancer) -> list[str]:
    fresh = client.load_balancers.get_by_id(balancer.id)
    return [str(status.status) for entry in fresh.targets for status in entry.health_status]


def test_given_two_targets_then_both_are_reached_in_turn(
    client: Client, balancer: LoadBalancer
) -> None:
    servers = [boot(client, "", name) for name in ("a", "b")]
    address = str(balancer.public_net.ipv4.ip)
    with listening(servers[0]) as one, listening(servers[1]) as other:
        for server in servers:
            client.load_balancers.add_target(balancer, target(server))
        until(lambda: health(client, balancer) == ["healthy", "healthy"])

        answers = [ask(address, 80, b"you") for _ in range(4)]

    assert sorted(answers) == sorted([f"{one} heard you"] * 2 + [f"{other} heard you"] * 2)


def test_given_a_target_that_stops_answering_then_it_gets_no_traffic_until_it_is_back(
    client: Client, balancer: LoadBalancer
) -> None:
    servers = [boot(client, "", name) for name in ("a", "b")]
    address = str(balancer.public_net.ipv4.ip)
    for server in servers:
        client.load_balancers.add_target(balancer, target(server))
    with listening(servers[0]) as alive:
        until(lambda: sorted(health(client, balancer)) == ["healthy", "unhealthy"])
        assert {ask(address, 80) for _ in range(4)} == {f"{alive} heard "}
        with listening(servers[1]):
            until(lambda: health(client, balancer) == ["healthy", "healthy"])


def test_given_a_service_added_and_deleted_then_its_port_opens_and_closes(
    client: Client, balancer: LoadBalancer
) -> None:
    server = boot(client, "")
    client.load_balancers.add_target(balancer, target(server))
    address = str(balancer.public_net.ipv4.ip)
    with listening(server) as machine:
        client.load_balancers.add_service(balancer, service(6443))
        until(lambda: ask(address, 6443) == f"{machine} heard ")

        client.load_balancers.delete_service(balancer, service(6443))
        until(lambda: ask(address, 6443) == "")
        until(lambda: ask(address, 80) == f"{machine} heard ")


def test_given_no_healthy_target_then_the_connection_is_closed_without_an_answer(
    client: Client, balancer: LoadBalancer
) -> None:
    client.load_balancers.add_target(balancer, target(boot(client, "")))
    until(lambda: health(client, balancer) == ["unhealthy"])

    assert ask(str(balancer.public_net.ipv4.ip), 80) == ""


def test_given_a_load_balancer_when_the_cloud_starts_again_then_it_forwards_again(
    own_cloud: LocalCloud,
) -> None:
    own_cloud.start()
    token = own_cloud.token(own_cloud.project())
    client = own_cloud.client(token)
    server = boot(client, "")
    made = client.load_balancers.create(
        name="front",
        load_balancer_type=LoadBalancerType(name="lb11"),
        location=PLACE,
        services=[service(80)],
        targets=[target(server)],
    )
    address = str(made.load_balancer.public_net.ipv4.ip)

    own_cloud.kill()
    own_cloud.start()

    with listening(server) as machine:
        until(lambda: ask(address, 80) == f"{machine} heard ")


def test_given_another_load_balancer_on_its_way_out_then_its_address_is_free_again(
    client: Client, balancer: LoadBalancer
) -> None:
    address = str(balancer.public_net.ipv4.ip)
    until(lambda: is_open(address, 80))

    client.load_balancers.delete(balancer)

    until(lambda: not is_open(address, 80))


def is_open(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=2).close()
    except OSError:
        return False
    return True
