"""TLS really ends at the load balancer, and a rebuild really leaves nothing of the old disk."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from hcloud import Client
from hcloud.certificates import Certificate
from hcloud.load_balancer_types import LoadBalancerType
from hcloud.load_balancers import LoadBalancerService, LoadBalancerServiceHttp, LoadBalancerTarget
from hcloud.servers import Server

from tests.contract.localcloud.test_provider_everything import certificate_for
from tests.integration.internet.running import until
from tests.integration.localcloud.running import LocalCloud
from tests.integration.localcloud.test_balancers import CHECK, PORT, Listener
from tests.integration.localcloud.test_machines import boot
from tests.integration.localcloud.test_rows import PLACE


class Echo(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"in clear: " + self.rfile.readline())


@contextmanager
def echoing(server: Server) -> Iterator[None]:
    with Listener((str(server.public_net.ipv4.ip), PORT), Echo) as listener:
        threading.Thread(target=listener.serve_forever, daemon=True).start()
        yield
        listener.shutdown()


def say(address: str, name: str, trusted: str) -> str:
    """What comes back through TLS; empty when the connection or the certificate is refused."""
    context = ssl.create_default_context(cadata=trusted)
    try:
        with (
            socket.create_connection((address, 443), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname=name) as connection,
        ):
            connection.sendall(b"hello\n")
            return connection.makefile("rb").read().decode()
    except OSError:
        return ""


def test_given_an_https_service_when_asked_by_name_then_its_certificate_comes_and_tls_ends_there(
    cloud: LocalCloud, client: Client
) -> None:
    server = boot(client, "")
    pairs = {name: certificate_for(name) for name in ("one.example", "two.example")}
    made: list[Certificate] = [
        client.certificates.create(name=name, certificate=chain, private_key=key)
        for name, (chain, key) in pairs.items()
    ]
    balancer = client.load_balancers.create(
        name="front",
        load_balancer_type=LoadBalancerType(name="lb11"),
        location=PLACE,
        targets=[LoadBalancerTarget(type="server", server=server, use_private_ip=False)],
        services=[
            LoadBalancerService(
                protocol="https", listen_port=443, destination_port=PORT, proxyprotocol=False,
                health_check=CHECK, http=LoadBalancerServiceHttp(certificates=made),
            )
        ],
    ).load_balancer  # fmt: skip
    address = str(balancer.public_net.ipv4.ip)

    with echoing(server):
        for name, (chain, _) in pairs.items():
            assert until(lambda n=name, c=chain: say(address, n, c)) == "in clear: hello\n"

    keys = list(cloud.state.rglob("*.pem"))
    assert {file.stat().st_mode & 0o777 for file in keys} == {0o600}
    one_key = pairs["one.example"][1].encode()
    assert not [
        file
        for file in cloud.state.glob("cloud.sqlite3*")
        if one_key.splitlines()[1] in file.read_bytes()
    ]


def test_given_a_server_when_rebuilt_then_its_disk_holds_the_new_user_data_and_nothing_else(
    cloud: LocalCloud, client: Client, token: str
) -> None:
    server = boot(client, "#cloud-config\nwrite_files: [{path: /first, content: a}]")
    root = cloud.machine_dir(server.id) / "root"
    until((root / "first").exists)
    wish = {
        "image": "ubuntu-24.04",
        "user_data": "#cloud-config\nwrite_files: [{path: /second, content: b}]",
    }

    answer = cloud.call("POST", f"/servers/{server.id}/actions/rebuild", token=token, json=wish)

    assert answer.status_code == 201, answer.text
    until((root / "second").exists)
    assert not (root / "first").exists()
    rebuilt = client.servers.get_by_id(server.id)
    assert (rebuilt.status, rebuilt.image.name) == ("running", "ubuntu-24.04")
