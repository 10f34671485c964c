"""Real tofu on a real PostgreSQL of the session's stack, and small modules that need no cloud."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
from hcloud import APIException, Client
from hcloud.actions.domain import ActionException

from catalyst.embedded.state import StackState
from catalyst.vault.secret import Secret
from sovereign_wizard.catalog import adoption
from sovereign_wizard.tofu import command, environment, runner
from sovereign_wizard.tofu.identity import ProcessIdentity
from sovereign_wizard.tofu.jail.degree import Degree
from sovereign_wizard.tofu.stream import Event
from sovereign_wizard.tofu.workdir import Workdir, private_workdir
from tests.integration.infra.module_copy import MODULE, SECRET_VARIABLES, VARIABLES
from tests.integration.internet.running import until
from tests.plugins.backing_stack import ROOT, STATE_DIR

VERSIONS = 'terraform {\n  backend "pg" {}\n}\n'

# Makes one thing, then waits until the file `gate` is there, then makes the other. The file is in
# the work directory: tofu sees no other folder that a test could write to.
GATED = """
variable "gate" { type = string }
variable "hidden" {
  type      = string
  sensitive = true
}
resource "terraform_data" "first" { input = var.hidden }
resource "terraform_data" "gated" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = "touch '${var.gate}.waiting'; until [ -e '${var.gate}' ]; do sleep 0.05; done"
  }
}
output "answer" { value = 42 }
"""


def tool(name: str) -> Path:
    """Path of a pinned tool; `make test` has fetched it before."""
    asked = [sys.executable, str(ROOT / "infra" / "tools" / "fetch.py"), "path", name]
    return Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())


def new_world(folder: Path) -> World:
    """A Deployment without a cloud: only the stack's PostgreSQL."""
    dsn = StackState.load(STATE_DIR).tofu_postgres_url
    assert dsn, "the session's stack has no PostgreSQL"
    return World(dsn=dsn, folder=folder, tofu=tool("tofu"), cli_config=tool("tofurc"))


@contextmanager
def cloud_world(folder: Path) -> Iterator[World]:
    """A Deployment with a project of its own in the stack's local cloud, emptied afterwards."""
    state = StackState.load(STATE_DIR)
    world = new_world(folder)
    admin = httpx.Client(
        base_url=state.localcloud_admin_url or "",
        headers={"Authorization": f"Bearer {state.localcloud_admin_key}"},
        trust_env=False,
    )
    with admin:
        project = admin.post("/projects", json={"name": world.schema}).raise_for_status().json()
        answer = admin.post(f"/projects/{project['id']}/tokens", json={"access": "rw"})
        world.token = answer.raise_for_status().json()["token"]
    world.endpoint = state.hcloud_endpoint
    cloud = world.cloud()
    try:
        yield world
    finally:
        empty(cloud)


def empty(cloud: Client) -> None:
    """Machines of a finished test would go on running and hold addresses others need.

    What a killed tofu had ordered may still be on its way: locked, in use, or not there yet.
    """
    others = (cloud.load_balancers, cloud.networks, cloud.firewalls, cloud.ssh_keys)

    def gone() -> bool:
        servers = cloud.servers.get_all()
        for server in servers:
            with suppress(APIException, ActionException):
                server.delete().wait_until_finished()
        left = [thing for kind in others for thing in kind.get_all()]
        for thing in left:
            with suppress(APIException):
                thing.delete()
        return not servers and not left

    until(gone, seconds=60)


@dataclass
class World:
    """One Deployment's worth of names and secrets."""

    dsn: str = field(repr=False)
    folder: Path
    tofu: Path
    cli_config: Path
    schema: str = field(default_factory=lambda: f"deployment_{secrets.token_hex(8)}")
    passphrase: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    token: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    endpoint: str | None = None
    events: list[Event] = field(default_factory=list)
    started: list[ProcessIdentity] = field(default_factory=list)

    def module(self, text: str) -> Path:
        path = self.folder / "module"
        path.mkdir(exist_ok=True)
        (path / "versions.tf").write_text(VERSIONS)
        (path / "main.tf").write_text(text)
        return path

    @contextmanager
    def workdir(
        self, module: Path, variables: Mapping[str, Any], *, jail: Degree | None = None
    ) -> Iterator[Workdir]:
        with private_workdir(
            module=module, variables=variables, parent=self.folder / "w", jail=jail
        ) as workdir:
            yield workdir

    def environment(self, workdir: Workdir, **hidden: str) -> environment.Environment:
        return environment.build(
            workdir=workdir.path,
            cli_config=self.cli_config,
            token=Secret(self.token),
            state_dsn=Secret(self.dsn),
            state_passphrase=Secret(self.passphrase),
            variables={name: Secret(text) for name, text in hidden.items()},
            endpoint=self.endpoint,
        )

    def run(
        self,
        wanted: command.Command,
        workdir: Workdir,
        *,
        on_event: Callable[[Event], None] | None = None,
        should_stop: Callable[[], bool] = lambda: False,
        **hidden: str,
    ) -> runner.Result:
        def take(event: Event) -> None:
            self.events.append(event)
            if on_event:
                on_event(event)

        return runner.run(
            wanted,
            environment=self.environment(workdir, **hidden),
            workdir=workdir,
            on_start=self.started.append,
            on_event=take,
            should_stop=should_stop,
            interrupt_seconds=20,
            terminate_seconds=5,
        )

    @contextmanager
    def sovereign(self, **changed: Any) -> Iterator[Workdir]:
        """An initialised work directory of the real module."""
        variables = {**VARIABLES, **changed}
        variables[adoption.VARIABLE] = adoption.already_there(
            token=Secret(self.token),
            endpoint=self.endpoint,
            deployment_id=str(variables["deployment_id"]),
        )
        with self.workdir(MODULE, variables) as workdir:
            self.run(command.init(tofu=self.tofu, schema=self.schema), workdir, **SECRET_VARIABLES)
            yield workdir

    def cloud(self) -> Client:
        """The vendor's own client, with this world's token."""
        return Client(token=self.token, api_endpoint=self.endpoint or "")

    def database(self) -> str:
        """Everything the state's schema holds, as text."""
        with psycopg.connect(self.dsn) as connection:
            rows = connection.execute(f'SELECT * FROM "{self.schema}".states').fetchall()  # noqa: S608
        return repr(rows)
