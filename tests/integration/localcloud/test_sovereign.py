"""A control plane boots into a real Sovereign: database, call-back, certificate, HTTPS."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest
from hcloud.load_balancer_types import LoadBalancerType
from hcloud.load_balancers import (
    LoadBalancerHealthCheck,
    LoadBalancerService,
    LoadBalancerTarget,
)
from hcloud.servers import Server

from catalyst.embedded.state import StackState
from tests.integration.internet.running import free_range, until
from tests.integration.localcloud.running import LocalCloud
from tests.integration.localcloud.sovereign_world import World, name_server
from tests.integration.localcloud.test_machines import boot
from tests.integration.localcloud.test_rows import PLACE
from tests.plugins.backing_stack import STATE_DIR

BOOT_SECONDS = 90.0
pytestmark = pytest.mark.xdist_group("sovereign")


@dataclass
class Booted:
    """A Sovereign behind a load balancer."""

    cloud: LocalCloud
    world: World
    token: str
    server: Server
    front: str
    phase_before_delegation: str

    @property
    def folder(self) -> Path:
        return self.cloud.machine_dir(self.server.id)

    @property
    def phase(self) -> str:
        return str(self.cloud.machine_status(self.server.id).get("phase"))

    def get(self, path: str) -> httpx.Response:
        """Over TLS through the load balancer, with the name and the trust a visitor has."""
        context = ssl.create_default_context(cafile=str(self.world.stack.ca_bundle))
        with httpx.Client(verify=context, trust_env=False) as http:
            name = f"console.{self.world.fqdn}"
            return http.get(
                f"https://{self.front}{path}",
                headers={"Host": name},
                extensions={"sni_hostname": name},
            )

    def answers(self) -> bool:
        try:
            return self.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def processes(self) -> list[int]:
        """Everything that runs for this machine."""
        return [
            process.pid
            for process in psutil.process_iter(["cmdline"])
            if str(self.folder) in " ".join(process.info["cmdline"] or [])
        ]


@pytest.fixture(scope="module")
def booted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Booted]:
    with free_range() as network, ExitStack() as started:
        names = name_server(network, tmp_path_factory.mktemp("names"))
        names.start()
        started.callback(names.stop)
        world = World(StackState.load(STATE_DIR), names, refusals=2)
        world.start()
        started.callback(world.stop)
        folder = tmp_path_factory.mktemp("cloud")
        cloud = LocalCloud(network, folder, machine=world.machine(folder))
        cloud.start()
        started.callback(lambda: cloud.process and cloud.process.poll() is None and cloud.stop())
        yield _boot(cloud, world)


def _boot(cloud: LocalCloud, world: World) -> Booted:
    token = cloud.token(cloud.project())
    client = cloud.client(token)
    server = boot(client, world.user_data(), "cp-0")
    check = LoadBalancerHealthCheck(protocol="tcp", port=31443, interval=3, timeout=2, retries=1)
    service = LoadBalancerService(
        protocol="tcp",
        listen_port=443,
        destination_port=31443,
        proxyprotocol=False,
        health_check=check,
    )
    made = client.load_balancers.create(
        name="front",
        load_balancer_type=LoadBalancerType(name="lb11"),
        location=PLACE,
        services=[service],
        targets=[LoadBalancerTarget(type="server", server=server, use_private_ip=False)],
    )
    front = str(made.load_balancer.public_net.ipv4.ip)
    booted = Booted(cloud, world, token, server, front, "")
    until(lambda: world.txt, seconds=BOOT_SECONDS)
    booted.phase_before_delegation = booted.phase
    world.delegate()
    until(booted.answers, seconds=BOOT_SECONDS)
    return booted


def test_given_a_name_nobody_finds_yet_then_the_machine_waits_for_its_certificate(
    booted: Booted,
) -> None:
    assert booted.phase_before_delegation == "certificate"


def test_given_a_delegated_name_then_the_sovereign_answers_under_a_certificate_that_verifies(
    booted: Booted,
) -> None:
    answer = booted.get("/healthz").json()

    assert answer["status"] == "ok"
    assert answer["deployment"] == booted.world.deployment
    assert answer["sovereign"] == booted.world.fqdn


def test_given_a_console_that_first_refuses_then_the_machine_has_called_back_once(
    booted: Booted,
) -> None:
    until(lambda: booted.world.calls)

    assert booted.world.calls == [{"hostname": "cp-0"}]


def test_given_a_booted_machine_then_its_console_shows_none_of_its_secrets(
    booted: Booted,
) -> None:
    made = [
        (booted.folder / "root/var/lib/catalyst" / name).read_text()
        for name in ("database.password", "secret.key", "vault.key")
    ]
    told = [booted.world.bearer, booted.world.acme_key, booted.world.code_hash]
    console = (booted.folder / "console.log").read_text()

    assert "manage.py first_admin" in console
    assert [secret for secret in (*made, *told) if secret in console] == []


def test_given_a_booted_machine_then_only_its_owner_can_read_what_it_keeps(
    booted: Booted,
) -> None:
    kept = [file for file in (booted.folder / "root").rglob("*") if file.is_file()]

    assert [file for file in kept if file.stat().st_mode & 0o077] == []


def test_given_a_booted_machine_then_no_command_line_or_environment_of_ours_leaks(
    booted: Booted,
) -> None:
    secrets = (booted.world.bearer, booted.world.acme_key, booted.world.code_hash)
    running = [psutil.Process(pid) for pid in booted.processes()]

    assert len(running) >= 2, "the agent and its web server"
    for process in running:
        assert not [secret for secret in secrets if secret in " ".join(process.cmdline())]
        assert "HCLOUD_TOKEN" not in process.environ()


def test_given_the_web_server_is_killed_then_it_serves_again(booted: Booted) -> None:
    daphne = next(
        process
        for process in map(psutil.Process, booted.processes())
        if "daphne" in process.cmdline()
    )

    daphne.kill()

    until(lambda: not booted.answers())
    until(booted.answers, seconds=BOOT_SECONDS)


def test_given_the_agent_is_killed_then_it_serves_again(booted: Booted) -> None:
    agent = next(
        process
        for process in map(psutil.Process, booted.processes())
        if "infra.localcloud.machines.agent" in process.cmdline()
    )

    agent.kill()

    until(lambda: not agent.is_running())
    until(lambda: booted.phase == "serving" and booted.answers(), seconds=BOOT_SECONDS)
    assert len(booted.world.calls) == 1


def test_given_the_cloud_is_killed_then_no_process_stays_and_after_a_start_it_serves_again(
    booted: Booted,
) -> None:
    certificate = (booted.folder / "root/var/lib/catalyst/tls/cert.pem").read_text()

    booted.cloud.kill()
    until(lambda: booted.processes() == [])
    booted.cloud.start()

    until(booted.answers, seconds=BOOT_SECONDS)
    kept = (booted.folder / "root/var/lib/catalyst/tls/cert.pem").read_text()
    assert kept == certificate, "a good certificate is not ordered again"


def test_given_the_server_is_deleted_then_its_processes_disk_and_database_are_gone(
    booted: Booted,
) -> None:
    name = f"sovereign_{booted.server.id}"
    assert databases(booted.world.stack, name) == [name]

    booted.cloud.client(booted.token).servers.delete(booted.server).wait_until_finished()

    until(lambda: booted.processes() == [] and not booted.folder.exists())
    assert databases(booted.world.stack, name) == []


def databases(stack: StackState, name: str) -> list[str]:
    with psycopg.connect(stack.machines_postgres_url or "") as connection:
        found = connection.execute("SELECT datname FROM pg_database WHERE datname = %s", [name])
        return [row[0] for row in found]
