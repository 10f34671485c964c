"""The scripts a machine runs, run for real against a web server on loopback."""

from __future__ import annotations

import hashlib
import json
import platform
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.integration.infra.module_copy import MODULE
from tests.integration.internet.running import serving

BEARER = "the-bearer-nobody-may-see-on-a-command-line"
PROGRAM = b"#!/bin/sh\necho I am k3s\n"


@dataclass
class Site:
    """A web server that answers call-backs with `answers` in turn and serves one download."""

    answers: list[int]
    requests: list[tuple[str, bytes]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    command_lines: list[bytes] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site([])

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            site.asked.append(f"{self.command} {self.path} {self.headers['Content-Type']}")
            body = self.rfile.read(int(self.headers["Content-Length"]))
            site.requests.append((self.headers["Authorization"], body))
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    site.command_lines.append(path.read_bytes())
                except OSError:
                    continue
            self.send_response(site.answers.pop(0))
            self.end_headers()

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(PROGRAM)

    with serving(Handler) as port:
        site.url = f"http://127.0.0.1:{port}"
        yield site


def call_back(
    tmp_path: Path,
    site: Site,
    *,
    attempts: int = 5,
    kubeconfig: str = "",
    server: str = "https://203.0.113.7:6443",
    addresses: str = "",
) -> subprocess.CompletedProcess[str]:
    bearer = tmp_path / "callback.bearer"
    bearer.write_text(BEARER)
    told = {"callback": {"url": site.url + "/x", "bearer_file": str(bearer)}}
    if kubeconfig:
        written = tmp_path / "k3s.yaml"
        written.write_text(kubeconfig)
        told["kubeconfig"] = {
            "url": site.url + "/kubeconfig",
            "server": server,
            "file": str(written),
        }
    facts = tmp_path / "sovereign.json"
    facts.write_text(json.dumps(told))
    script = MODULE / "cloud-init" / "call-back.sh"
    programs = tmp_path / "programs"
    programs.mkdir()
    # Its addresses are those a machine at Hetzner would say it has; the name is the real one.
    hostname = programs / "hostname"
    hostname.write_text(f'#!/bin/sh\n[ "$1" = -I ] && echo "{addresses}" || exec /bin/hostname\n')
    hostname.chmod(0o755)
    return subprocess.run(
        ["bash", script, facts, str(attempts), "0.05"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env={"PATH": f"{programs}:/usr/bin:/bin", "TMPDIR": str(tmp_path)},
    )


def test_given_a_console_that_comes_late_when_called_back_then_it_is_told_once(
    tmp_path: Path, site: Site
) -> None:
    site.answers = [503, 502, 204]
    done = call_back(tmp_path, site)
    assert done.returncode == 0, done.stderr
    assert len(site.requests) == 3
    authorization, body = site.requests[-1]
    assert authorization == f"Bearer {BEARER}"
    assert json.loads(body) == {"hostname": socket.gethostname()}


def test_given_a_call_back_when_running_then_the_bearer_is_on_no_command_line(
    tmp_path: Path, site: Site
) -> None:
    site.answers = [204]
    call_back(tmp_path, site)
    assert any(b"curl" in line for line in site.command_lines)
    assert not any(BEARER.encode() in line for line in site.command_lines)


def test_given_an_accepted_call_back_when_done_then_the_bearer_is_gone(
    tmp_path: Path, site: Site
) -> None:
    site.answers = [200]
    call_back(tmp_path, site)
    assert {path.name for path in tmp_path.iterdir()} == {"sovereign.json", "programs"}


def test_given_a_refused_bearer_when_called_back_then_it_is_not_tried_again(
    tmp_path: Path, site: Site
) -> None:
    site.answers = [403]
    done = call_back(tmp_path, site)
    assert done.returncode == 1
    assert "403" in done.stderr
    assert BEARER not in done.stderr
    assert len(site.requests) == 1


def test_given_no_console_when_called_back_then_it_gives_up_and_says_so(tmp_path: Path) -> None:
    done = call_back(tmp_path, Site([], url="http://127.0.0.1:1"), attempts=2)
    assert done.returncode == 1
    assert "could not be reached" in done.stderr


KUBECONFIG = """\
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: QUFB
    server: https://127.0.0.1:6443
  name: default
"""


def test_given_a_kubeconfig_when_called_back_then_it_is_put_first_with_the_balancers_address(
    tmp_path: Path, site: Site
) -> None:
    site.answers = [503, 204, 204]
    done = call_back(tmp_path, site, kubeconfig=KUBECONFIG)
    assert done.returncode == 0, done.stderr
    put = "PUT /kubeconfig application/yaml"
    assert site.asked == [put, put, "POST /x application/json"]
    assert {authorization for authorization, _ in site.requests} == {f"Bearer {BEARER}"}
    sent = site.requests[1][1].decode()
    assert sent == KUBECONFIG.replace("127.0.0.1", "203.0.113.7")
    assert not any(b"QUFB" in line for line in site.command_lines)
    assert not (tmp_path / "callback.bearer").exists()


def test_given_no_address_to_tell_when_called_back_then_the_machines_own_public_one_is_told(
    tmp_path: Path, site: Site
) -> None:
    site.answers = [204, 204]
    addresses = "10.0.1.2 172.17.0.1 192.168.3.4 2001:db8::9 203.0.113.99 "
    done = call_back(tmp_path, site, kubeconfig=KUBECONFIG, server="", addresses=addresses)
    assert done.returncode == 0, done.stderr
    assert site.requests[0][1].decode() == KUBECONFIG.replace("127.0.0.1", "203.0.113.99")


def test_given_no_public_address_when_called_back_then_only_that_the_machine_is_up_is_told(
    tmp_path: Path, site: Site
) -> None:
    site.answers = [204]
    done = call_back(tmp_path, site, kubeconfig=KUBECONFIG, server="", addresses="10.0.1.2 ::1")
    assert done.returncode == 1
    assert site.asked == ["POST /x application/json"]


@pytest.mark.parametrize("refusal", [403, 409, 422])
def test_given_a_refused_kubeconfig_when_called_back_then_the_machine_still_says_it_is_up(
    tmp_path: Path, site: Site, refusal: int
) -> None:
    site.answers = [refusal, 204]
    done = call_back(tmp_path, site, kubeconfig=KUBECONFIG)
    assert done.returncode == 1
    assert f"refused the kubeconfig: HTTP {refusal}" in done.stderr
    assert site.asked[1:] == ["POST /x application/json"]


def test_given_a_kubeconfig_with_another_address_when_called_back_then_it_is_not_sent(
    tmp_path: Path, site: Site
) -> None:
    site.answers = [204]
    done = call_back(tmp_path, site, kubeconfig=KUBECONFIG.replace("127.0.0.1", "localhost"))
    assert done.returncode == 1
    assert site.asked == ["POST /x application/json"]


def install(tmp_path: Path, site: Site, digest: str) -> subprocess.CompletedProcess[str]:
    settings = tmp_path / "k3s.env"
    settings.write_text(
        f"RELEASE_URL={site.url}/v1%2Bk3s1\nSHA256_AMD64={digest}\nSHA256_ARM64={digest}\n"
    )
    (tmp_path / "bin").mkdir()
    return subprocess.run(
        ["bash", MODULE / "cloud-init" / "install-k3s.sh", settings, tmp_path / "bin" / "k3s"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_given_the_right_sum_when_installed_then_the_program_runs(
    tmp_path: Path, site: Site
) -> None:
    assert platform.machine() in {"x86_64", "aarch64"}
    done = install(tmp_path, site, hashlib.sha256(PROGRAM).hexdigest())
    assert done.returncode == 0, done.stderr
    assert subprocess.check_output([tmp_path / "bin" / "k3s"], text=True) == "I am k3s\n"


def test_given_a_wrong_sum_when_installed_then_nothing_is_left(tmp_path: Path, site: Site) -> None:
    done = install(tmp_path, site, "0" * 64)
    assert done.returncode == 1
    assert "wrong SHA-256" in done.stderr
    assert list((tmp_path / "bin").iterdir()) == []
