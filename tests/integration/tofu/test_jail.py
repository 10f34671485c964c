"""What a plan or a provider could run is locked in (check 11): a hostile script inside real tofu.

The same script outside the jail shows that each of its attempts would have come through.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sovereign_wizard.tofu import command
from sovereign_wizard.tofu.jail import degree
from sovereign_wizard.tofu.jail.child import PROCESSES
from sovereign_wizard.tofu.jail.degree import Degree, Kind
from sovereign_wizard.tofu.problems import ProvidersNotPinned, TofuFailed
from tests.integration.internet.running import until
from tests.integration.tofu.tofu_world import VERSIONS, World, new_world
from tests.plugins.backing_stack import STATE_DIR

PROBE = Path(__file__).parent / "hostile" / "probe.sh"
HOSTILE = """
variable "words" { type = string }
resource "terraform_data" "hostile" {
  provisioner "local-exec" {
    command    = "sh cloud-init/probe.sh ${var.words}"
    on_failure = continue
  }
}
"""
ATTEMPTS = [
    "worker-environment",
    "worker-memory",
    "worker-signal",
    "secret-of-the-stack",
    "file-of-another-user",
    "folder-of-another-run",
    "write-beside",
    "write-to-the-system",
    "tcp-elsewhere",
]


@dataclass
class Target:
    """A worker with a secret in its environment, and what lies about on its machine."""

    folder: Path
    words: str
    mark: str
    port: socket.socket

    def reached(self) -> bool:
        self.port.setblocking(False)
        try:
            self.port.accept()[0].close()
        except BlockingIOError:
            return False
        return True


@dataclass(frozen=True)
class Found:
    """What the script left in its folder."""

    outcomes: dict[str, str]
    status: dict[str, str]
    core: str
    files: int
    forks: int

    @classmethod
    def read(cls, folder: Path) -> Found:
        outcomes = dict(line.split() for line in (folder / "found").read_text().splitlines())
        status = dict(line.split(": ", 1) for line in (folder / "status").read_text().splitlines())
        return cls(
            outcomes,
            status,
            (folder / "core").read_text().strip(),
            int((folder / "files").read_text()),
            int((folder / "forks").read_text()),
        )

    def possible(self) -> list[str]:
        return [name for name in ATTEMPTS if self.outcomes[name] != "refused"]


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("target")
    others = folder / "others.txt"
    others.write_text("somebody else's")
    folder.chmod(0o755)
    other_run = folder / "w" / "tofu-other"
    other_run.mkdir(parents=True)
    mark = str(100_000 + secrets.randbelow(100_000))
    worker = subprocess.Popen(
        [sys.executable, "-c", "input()"],
        stdin=subprocess.PIPE,
        env={**os.environ, "CATALYST_VAULT_KEY": "CANARY-key"},
    )
    with socket.create_server(("127.0.0.1", 0)) as port:
        secret = next(path for path in sorted((STATE_DIR / "secrets").iterdir()))
        words = [worker.pid, secret, others, other_run, port.getsockname()[1], mark]
        yield Target(folder, " ".join(map(str, words)), mark, port)
    worker.communicate(b"\n", timeout=30)


def _world(folder: Path) -> World:
    folder.mkdir()
    world = new_world(folder)
    probe = world.module(HOSTILE) / "cloud-init"
    probe.mkdir()
    shutil.copy(PROBE, probe)
    return world


@pytest.fixture(scope="module")
def walls(target: Target) -> Iterator[Found]:
    """The script as a provisioner of real tofu, in the best jail of this machine."""
    world = _world(target.folder / "walls")
    with world.workdir(world.folder / "module", {"words": target.words}) as workdir:
        world.run(command.init(tofu=world.tofu, schema=world.schema), workdir)
        world.run(command.plan(tofu=world.tofu), workdir)
        world.run(command.apply(tofu=world.tofu), workdir)
        yield Found.read(workdir.path)


@pytest.fixture(scope="module")
def fence(target: Target) -> Iterator[Found]:
    """The script itself in the jail that an unprivileged container has."""
    world = _world(target.folder / "fence")
    with world.workdir(world.folder / "module", {}, jail=Degree(Kind.FENCE)) as workdir:
        script = ("/bin/sh", "cloud-init/probe.sh", *target.words.split())
        world.run(command.Command("probe", script, ok=frozenset(range(256))), workdir)
        yield Found.read(workdir.path)


def test_given_no_jail_when_tried_then_every_attempt_comes_through(
    target: Target, tmp_path: Path
) -> None:
    script = ["sh", str(PROBE), *target.words.split()]
    with subprocess.Popen(script, cwd=tmp_path, start_new_session=True) as process:
        process.wait(60)
        os.killpg(process.pid, 9)
    _end(target.mark)
    assert Found.read(tmp_path).possible() == ATTEMPTS
    assert target.reached()


def test_given_the_walls_when_tried_then_nothing_comes_through_but_its_own_folder(
    target: Target, walls: Found
) -> None:
    assert degree.here().kind is Kind.WALLS, "install bubblewrap; see docs/security-model.md"
    assert walls.possible() == []
    assert walls.outcomes["own-folder"] == "possible"
    assert not target.reached()


def test_given_the_walls_when_inside_then_no_right_can_be_had_or_gained(walls: Found) -> None:
    assert set(walls.status["CapEff"] + walls.status["CapPrm"]) == {"0"}
    assert walls.status["NoNewPrivs"] == "1"
    if os.geteuid() == 0:
        assert {int(uid) for uid in walls.status["Uid"].split()} <= set(degree.USERS)


def test_given_the_walls_when_something_multiplies_then_it_comes_to_an_end(walls: Found) -> None:
    assert 50 < walls.forks < PROCESSES
    assert walls.core == "0"
    assert walls.files <= 4096


def test_given_the_walls_when_tofu_has_ended_then_what_it_left_behind_has_too(
    target: Target, walls: Found
) -> None:
    assert _running(target.mark) == []


def test_given_the_fence_when_tried_then_nothing_comes_through_but_its_own_folder(
    target: Target, fence: Found
) -> None:
    assert fence.possible() == []
    assert fence.outcomes["own-folder"] == "possible"
    assert not target.reached()
    assert fence.status["NoNewPrivs"] == "1"
    assert set(fence.status["CapEff"] + fence.status["CapPrm"]) == {"0"}
    until(lambda: _running(target.mark) == [], seconds=30)


def test_given_a_provider_that_is_not_in_the_mirror_when_initialised_then_it_is_refused(
    world: World,
) -> None:
    module = world.module('data "external" "any" { program = ["true"] }')
    with world.workdir(module, {}) as workdir, pytest.raises(TofuFailed) as failed:
        world.run(command.init(tofu=world.tofu, schema=world.schema), workdir)
    assert "hashicorp/external" in failed.value.detail


@pytest.mark.parametrize(
    "config",
    [
        'provider_installation {{\n filesystem_mirror {{ path = "{mirror}" }}\n direct {{}}\n}}\n',
        'provider_installation {{\n network_mirror {{ url = "https://mirror.example/" }}\n}}\n',
        "",
    ],
)
def test_given_a_configuration_that_allows_more_than_the_mirror_when_run_then_tofu_is_not_started(
    world: World, config: str
) -> None:
    world.cli_config = world.folder / "tofurc"
    world.cli_config.write_text(config.format(mirror=world.folder))
    with world.workdir(world.module(VERSIONS), {}) as workdir:
        with pytest.raises(ProvidersNotPinned):
            world.run(command.init(tofu=world.tofu, schema=world.schema), workdir)
    assert world.started == []


def _running(mark: str) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes() == f"sleep\0{mark}\0".encode():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def _end(mark: str) -> None:
    for pid in _running(mark):
        os.kill(pid, 9)
