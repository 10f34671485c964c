"""Hand-over of the tree: a real Gitea clones it, and the cluster's source leads there."""

from __future__ import annotations

import base64
import getpass
import os
import secrets
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from catalyst.embedded.state import StackState
from catalyst.vault.secret import Secret
from infra.localcloud.machines.control_plane.pki import Pki
from infra.tools import cache, manifest, obtain
from infra.tools.progress import Board
from sovereign_wizard.cluster import services
from sovereign_wizard.handover import tree
from sovereign_wizard.handover.gitea import Gitea, GiteaAway, Site
from tests.integration.internet.running import free_port, until
from tests.integration.localcloud.flux.running import Supply, git
from tests.integration.sovereign_wizard.cluster.conftest import Watched
from tests.integration.sovereign_wizard.cluster.flux import Flux
from tests.plugins.backing_stack import STATE_DIR

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("cluster")]
HOST, USER = "git.sovereign.test", "gitea_admin"


@dataclass(frozen=True)
class Running:
    site: Site
    password: str

    def api(self) -> Gitea:
        return Gitea(self.site, USER, Secret(self.password))

    def clone(self, token: str, target: Path) -> subprocess.CompletedProcess[str]:
        """As Flux would: with what its Secret holds, which is no part of a command line."""
        login = base64.b64encode(f"{USER}:{token}".encode()).decode()
        url = f"https://{HOST}:{self.site.port}/{tree.ORGANIZATION}/{tree.REPOSITORY}.git"
        told = {
            "http.extraHeader": f"Authorization: Basic {login}",
            "http.sslCAInfo": str(self.site.ca_bundle),
            "http.curloptResolve": f"{HOST}:{self.site.port}:{self.site.address}",
        }
        variables = {"GIT_CONFIG_COUNT": str(len(told))}
        for number, (key, value) in enumerate(told.items()):
            variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return git("clone", "--quiet", url, str(target), **variables)


@pytest.fixture(scope="module")
def gitea(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    pins = manifest.load()
    with Board() as board:
        program = obtain.Workshop(pins, board=board).ensure(pins.tools["gitea"]).path
    folder, port, password = tmp_path_factory.mktemp("gitea"), free_port(), secrets.token_hex(16)
    url = StackState.load(STATE_DIR).postgres_url or ""
    at, database = urlsplit(url), f"gitea_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{database}"')
    pki = Pki(folder / "tls")
    pair = pki.leaf("gitea", authority=pki.server, user="gitea", hosts=(HOST,))
    (config := folder / "app.ini").write_text(f"""\
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
WORK_PATH = {folder}
RUN_USER = {getpass.getuser()}
[server]
PROTOCOL = https
HTTP_ADDR = 127.0.0.1
HTTP_PORT = {port}
CERT_FILE = {pair.certificate}
KEY_FILE = {pair.key}
ROOT_URL = https://{HOST}:{port}/
STATIC_ROOT_PATH = {cache.share(pins.tools["gitea"])}
OFFLINE_MODE = true
DISABLE_SSH = true
[database]
DB_TYPE = postgres
HOST = {at.hostname}:{at.port}
NAME = {database}
USER = {at.username}
PASSWD = {at.password}
[security]
INSTALL_LOCK = true
[log]
LEVEL = Warn
[migrations]
; The supply of this test is on loopback.
ALLOW_LOCALNETWORKS = true
""")
    surroundings = {"PATH": os.environ["PATH"], "HOME": str(folder), "USER": "root"}
    argv = [str(program), "--config", str(config)]
    made = ("--username", USER, "--password", password, "--email", "a@b.test", "--admin")
    whole = [*argv, "admin", "user", "create", *made, "--must-change-password=false"]
    subprocess.run([*argv, "migrate"], env=surroundings, check=True, capture_output=True)
    subprocess.run(whole, env=surroundings, check=True, capture_output=True)
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen([*argv, "web"], env=surroundings, stdout=log, stderr=log)
    try:
        running = Running(Site(HOST, "127.0.0.1", pki.server.certificate, port), password)
        until(lambda: answers(running), seconds=40)
        yield running
    finally:
        process.terminate()
        process.wait(20)
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(f'DROP DATABASE "{database}" WITH (FORCE)')
        shutil.rmtree(folder, ignore_errors=True)


def answers(running: Running) -> bool:
    try:
        with running.api() as api:
            api.reading_token()
    except GiteaAway:
        return False
    return True


@pytest.fixture(scope="module")
def supply(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supply]:
    pins = manifest.load()
    with Board() as board:
        found = obtain.Workshop(pins, board=board).ensure(pins.tools["registry"])
    made = Supply.make(tmp_path_factory.mktemp("supply"), {"registry": found.path})
    made.program.start()
    made.program.said("serving oci://", seconds=120)
    yield made
    assert made.program.stop() == 0


def test_given_a_sovereign_with_git_when_handed_over_then_its_source_is_its_own_clone(
    begun: Watched, flux: Flux, gitea: Running, supply: Supply, tmp_path: Path
) -> None:
    begun.advance()
    flux.cluster.kubectl("create", "namespace", "gitea")
    login = ("--from-literal", f"username={USER}", "--from-literal", f"password={gitea.password}")
    flux.cluster.kubectl("-n", "gitea", "create", "secret", "generic", "gitea-admin", *login)
    source = f"{supply.git}/sovereign.git"

    def hand_over() -> None:
        services.ask(begun.deployment, lambda there: tree.give_own(there, gitea.site, source))

    def held() -> dict[str, str]:
        found = flux.ask("GET", "/api/v1/namespaces/flux-system/secrets/sovereign-git")["data"]
        return {key: base64.b64decode(value).decode() for key, value in found.items()}

    try:
        hand_over()
        spec: dict[str, Any] = flux.ask("GET", tree.SOURCES)["spec"]
        assert (spec["url"], spec["secretRef"]) == (tree.OWN, {"name": "sovereign-git"})
        assert spec["ref"] == {"branch": "main"}
        first = held()
        # Killed half-way and begun again, it ends the same; an older token is good for nothing.
        hand_over()
        assert gitea.clone(first["password"], tmp_path / "old").returncode != 0
        done = gitea.clone(held()["password"], tmp_path / "new")
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "new/infra/clusters/_template/stages.yaml").exists()
    finally:
        flux.cluster.kubectl("delete", "namespace", "gitea", "--wait=false")


def test_given_the_token_of_flux_then_it_reads_and_changes_nothing(
    gitea: Running, supply: Supply
) -> None:
    with gitea.api() as api:
        api.mirror(f"{supply.git}/sovereign.git")
        token = api.reading_token().reveal()
    base = f"https://127.0.0.1:{gitea.site.port}/api/v1/repos/system/sovereign"
    trust = ssl.create_default_context(cafile=str(gitea.site.ca_bundle))
    with httpx.Client(verify=trust, headers={"Host": HOST}, trust_env=False) as http:
        kept = {
            "headers": {"Authorization": f"token {token}"},
            "extensions": {"sni_hostname": HOST},
        }
        assert http.get(base, **kept).status_code == 200
        assert http.delete(base, **kept).status_code == 403
        # Nobody without it sees that there is anything.
        assert http.get(base, extensions={"sni_hostname": HOST}).status_code in (401, 403, 404)
