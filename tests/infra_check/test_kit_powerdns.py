"""bp-powerdns on a real PowerDNS behind a real dnsdist: its Job makes the zone, one key may update
it by the door that the world cannot reach, and the world is limited.

The backend is SQLite instead of PostgreSQL; all else is what the chart renders.
"""

from __future__ import annotations

import base64
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.tsig
import dns.tsigkeyring
import dns.update
from infra.check.render import Rendered
from tests.infra_check.conftest import Kit
from tests.integration.internet.running import free_port, until

FQDN = "omantel.omani.works"
SCHEMA = Path("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql")
SECONDS = 20


@dataclass(frozen=True)
class NameServer:
    rendered: Rendered
    api_port: int
    dns_port: int
    update_port: int
    api_key: str
    tsig_key: str
    folder: Path

    def make_zone(self) -> None:
        """Run the program of the Job with the variables of the Job."""
        program = self.folder / "zone.py"
        program.write_text(self.rendered.one("ConfigMap", "powerdns-zone").body["data"]["zone.py"])
        (container,) = self.rendered.one("Job", "powerdns-zone").containers()
        plain = {each["name"]: each["value"] for each in container["env"] if "value" in each}
        subprocess.run(
            [sys.executable, program],
            env={
                **plain,
                "API_URL": f"http://127.0.0.1:{self.api_port}",
                "API_KEY": self.api_key,
                "TSIG_KEY": self.tsig_key,
            },
            check=True,
            timeout=SECONDS,
        )

    def ask(self, name: str, kind: str) -> list[str]:
        question = dns.message.make_query(name, kind, want_dnssec=True)
        answer = dns.query.tcp(question, "127.0.0.1", port=self.dns_port, timeout=SECONDS)
        return [record.to_text() for rrset in answer.answer for record in rrset]

    def answers(self) -> bool:
        try:
            return bool(self.ask(FQDN, "SOA"))
        except EOFError:
            return False

    def update(self, secret: str | None, *, port: int = 0) -> dns.rcode.Rcode:
        keys = dns.tsigkeyring.from_text({"cert-manager.": secret}) if secret else None
        change = dns.update.UpdateMessage(
            FQDN, keyring=keys, keyname="cert-manager." if secret else None
        )
        change.replace("_acme-challenge", 60, "TXT", "proof")
        port = port or self.update_port
        answer = dns.query.tcp(change, "127.0.0.1", port=port, timeout=SECONDS)
        return answer.rcode()


def secret(rendered: Rendered, name: str, key: str) -> str:
    return base64.b64decode(rendered.one("Secret", name).body["data"][key]).decode()


@pytest.fixture(scope="module")
def name_server(kit: Kit, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NameServer]:
    folder = tmp_path_factory.mktemp("pdns")
    rendered = kit.template("powerdns", settings={"global": {"sovereignFQDN": FQDN}})
    server = NameServer(
        rendered,
        free_port(),
        free_port(),
        free_port(),
        secret(rendered, "powerdns-api", "api-key"),
        secret(rendered, "powerdns-tsig", "key"),
        folder,
    )
    backend = free_port()
    database = folder / "zones.sqlite3"
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(SCHEMA.read_text())
    replaced = {
        "launch": "gsqlite3",
        "gsqlite3-database": str(database),
        "gsqlite3-dnssec": "yes",
        "local-address": "127.0.0.1",
        "local-port": str(backend),
        "webserver-address": "127.0.0.1",
        "webserver-port": str(server.api_port),
        "socket-dir": str(folder),
        "api-key": server.api_key,
    }
    kept = [
        line
        for line in rendered.one("ConfigMap", "powerdns").body["data"]["pdns.conf"].splitlines()
        if not line.startswith(("gpgsql", "include-dir", *replaced))
    ]
    lines = [*kept, *(f"{name}={value}" for name, value in replaced.items())]
    (folder / "pdns.conf").write_text("\n".join(lines) + "\n")
    pdns = found("pdns_server", "pdns-server pdns-backend-sqlite3")
    argv = [pdns, f"--config-dir={folder}", "--guardian=no", "--daemon=no", "--disable-syslog"]
    with running(argv, folder / "log"), running(*limiter(server, backend)):
        server.make_zone()
        # dnsdist turns askers away until it has looked at PowerDNS and found it up.
        until(server.answers, seconds=SECONDS)
        yield server


def limiter(server: NameServer, backend: int) -> tuple[list[str], Path, dict[str, str]]:
    """dnsdist as the chart runs it, on ports of ours."""
    config = server.folder / "dnsdist.conf"
    config.write_text(server.rendered.one("ConfigMap", "dnsdist").body["data"]["dnsdist.conf"])
    (container,) = server.rendered.one("Deployment", "dnsdist").containers()
    env = {
        **{each["name"]: each["value"] for each in container["env"]},
        "LISTEN": f"127.0.0.1:{server.dns_port}",
        "UPDATES_PORT": str(server.update_port),
        "UPDATES_LISTEN": f"127.0.0.1:{server.update_port}",
        "BACKEND": f"127.0.0.1:{backend}",
        "METRICS": f"127.0.0.1:{free_port()}",
    }
    command = [found("dnsdist", "dnsdist"), *container["command"][1:-1], str(config)]
    return command, server.folder / "dnsdist.log", env


def found(name: str, packages: str) -> str:
    program = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, f"{name} is missing: apt-get install {packages}"
    return program


@contextmanager
def running(argv: list[str], log: Path, env: dict[str, str] | None = None) -> Iterator[None]:
    with log.open("w") as output:
        process = subprocess.Popen(argv, stdout=output, stderr=output, env=env)
        try:
            yield
        finally:
            process.terminate()
            process.wait(SECONDS)


def test_given_a_new_powerdns_when_the_job_has_run_then_the_zone_is_there_and_signed(
    name_server: NameServer,
) -> None:
    answer = name_server.ask(FQDN, "NS")
    assert f"ns1.{FQDN}." in answer and f"ns2.{FQDN}." in answer
    assert any(record.startswith("NS ") for record in answer), "no signature"


def test_given_the_key_of_the_chart_when_an_update_is_signed_then_fault_7_the_proof_is_published(
    name_server: NameServer,
) -> None:
    assert name_server.update(None) == dns.rcode.REFUSED
    # It does not sign its refusal with a key that it does not know.
    with pytest.raises(dns.exception.FormError, match="TSIG"):
        name_server.update(base64.b64encode(b"somebody else's key").decode())
    assert name_server.ask(f"_acme-challenge.{FQDN}", "TXT") == []
    assert name_server.update(name_server.tsig_key) == dns.rcode.NOERROR
    assert '"proof"' in name_server.ask(f"_acme-challenge.{FQDN}", "TXT")


def test_given_a_zone_in_use_when_the_job_runs_again_then_its_records_stay(
    name_server: NameServer,
) -> None:
    assert name_server.update(name_server.tsig_key) == dns.rcode.NOERROR
    before = name_server.ask(FQDN, "SOA")[0]
    name_server.make_zone()
    assert '"proof"' in name_server.ask(f"_acme-challenge.{FQDN}", "TXT")
    assert name_server.ask(FQDN, "SOA")[0] == before


def test_given_a_signed_update_when_it_comes_by_the_worlds_door_then_refused(
    name_server: NameServer,
) -> None:
    before = name_server.ask(FQDN, "SOA")[0]
    assert name_server.update(None, port=name_server.dns_port) == dns.rcode.REFUSED
    # It refuses without the key, so its word carries no valid signature.
    with pytest.raises(dns.tsig.BadSignature):
        name_server.update(name_server.tsig_key, port=name_server.dns_port)
    assert name_server.ask(FQDN, "SOA")[0] == before


def test_given_the_rendered_services_when_read_then_updates_come_by_their_own_door(
    kit: Kit,
) -> None:
    def doors(rendered: Rendered, service: str) -> tuple[str, set[str]]:
        spec = rendered.one("Service", service).spec
        component = spec["selector"]["app.kubernetes.io/component"]
        return component, {port["targetPort"] for port in spec["ports"]}

    front = kit.template("powerdns", settings={"global": {"sovereignFQDN": FQDN}})
    assert doors(front, "dnsdist") == ("dnsdist", {"dns-udp", "dns-tcp"})
    assert doors(front, "powerdns") == ("dnsdist", {"updates-udp", "updates-tcp"})
    assert doors(front, "powerdns-backend") == ("authoritative", {"dns-udp", "dns-tcp"})
    alone = kit.template(
        "powerdns", settings={"global": {"sovereignFQDN": FQDN}, "dnsdist": {"enabled": False}}
    )
    assert doors(alone, "powerdns") == ("authoritative", {"dns-udp", "dns-tcp"})
    assert "proxy-protocol" not in alone.one("ConfigMap", "powerdns").body["data"]["pdns.conf"]
    names = {each.name for each in alone.of_kind("Service")}
    assert not names & {"dnsdist", "powerdns-backend"}


def test_given_every_value_of_dnsdist_changed_when_rendered_then_it_is_what_dnsdist_is_told(
    kit: Kit,
) -> None:
    changed = {
        "replicas": 3,
        "qpsPerSource": 7,
        "blockSeconds": 11,
        "unlimited": ["10.0.0.0/8", "fd00::/8"],
        "service": {"type": "LoadBalancer"},
    }
    rendered = kit.template(
        "powerdns", settings={"global": {"sovereignFQDN": FQDN}, "dnsdist": changed}
    )
    deployment = rendered.one("Deployment", "dnsdist")
    (container,) = deployment.containers()
    env = {each["name"]: each["value"] for each in container["env"]}
    assert deployment.spec["replicas"] == 3
    assert (env["QPS_PER_SOURCE"], env["BLOCK_SECONDS"]) == ("7", "11")
    assert env["UNLIMITED"] == "10.0.0.0/8 fd00::/8"
    assert rendered.one("Service", "dnsdist").spec["externalTrafficPolicy"] == "Local"
