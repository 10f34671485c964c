"""bp-powerdns on a real PowerDNS: its Job makes the zone, and one key may update it.

The backend is SQLite instead of PostgreSQL; all else is what the chart renders.
"""

from __future__ import annotations

import base64
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.tsigkeyring
import dns.update
from infra.check.render import Rendered
from tests.infra_check.conftest import Kit

FQDN = "omantel.omani.works"
SCHEMA = Path("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql")
SECONDS = 20


@dataclass(frozen=True)
class NameServer:
    rendered: Rendered
    api_port: int
    dns_port: int
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

    def update(self, secret: str | None) -> dns.rcode.Rcode:
        keys = dns.tsigkeyring.from_text({"cert-manager.": secret}) if secret else None
        change = dns.update.UpdateMessage(
            FQDN, keyring=keys, keyname="cert-manager." if secret else None
        )
        change.replace("_acme-challenge", 60, "TXT", "proof")
        answer = dns.query.tcp(change, "127.0.0.1", port=self.dns_port, timeout=SECONDS)
        return answer.rcode()


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port: int = listener.getsockname()[1]
        return port


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
        secret(rendered, "powerdns-api", "api-key"),
        secret(rendered, "powerdns-tsig", "key"),
        folder,
    )
    database = folder / "zones.sqlite3"
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(SCHEMA.read_text())
    replaced = {
        "launch": "gsqlite3",
        "gsqlite3-database": str(database),
        "gsqlite3-dnssec": "yes",
        "local-address": "127.0.0.1",
        "local-port": str(server.dns_port),
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
    program = shutil.which("pdns_server", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "PowerDNS is missing: apt-get install pdns-server pdns-backend-sqlite3"
    log = (folder / "log").open("w")
    argv = [program, f"--config-dir={folder}", "--guardian=no", "--daemon=no", "--disable-syslog"]
    process = subprocess.Popen(argv, stdout=log, stderr=log)
    try:
        server.make_zone()
        yield server
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
