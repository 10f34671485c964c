"""One cluster with Flux and one supply for all tests of this folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from infra.check import tools
from infra.tools import manifest, obtain
from infra.tools.progress import Board
from tests.integration.internet.running import free_range
from tests.integration.localcloud.cluster.running import Cluster
from tests.integration.localcloud.flux.running import PROGRAMS, Program, Supply, World


@pytest.fixture(scope="session")
def programs() -> dict[str, Path]:
    """All that is needed; built here and now when nobody has built it yet."""
    pins = manifest.load()
    with Board() as board:
        workshop = obtain.Workshop(pins, board=board)
        found = workshop.ensure_all([pins.tools[name] for name in ("kube", *PROGRAMS)])
    return {name: each.path for name, each in found.items()}


@pytest.fixture(scope="session")
def starting(
    programs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Supply]:
    """Started and not waited for, so that a cluster can start beside it."""
    supply = Supply.make(tmp_path_factory.mktemp("supply"), programs)
    supply.program.start()
    yield supply
    assert supply.program.stop() == 0


@pytest.fixture(scope="session")
def supply(starting: Supply) -> Supply:
    starting.program.said("serving oci://", seconds=60)
    return starting


@pytest.fixture(scope="session")
def world(
    programs: dict[str, Path], starting: Supply, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with ExitStack() as ends:
        network = ends.enter_context(free_range())
        folder = tmp_path_factory.mktemp("flux")
        cluster = Cluster(network, folder, programs["kube"])
        cluster.start()
        ends.callback(cluster.stop)
        cluster.ready_seconds()
        flux = Program(("infra.localcloud.machines.flux",), folder / "flux.json")
        flux.config.write_text(
            json.dumps(
                {
                    "address": cluster.address,
                    "kubeconfig": str(cluster.state / "k3s.yaml"),
                    "folder": str(folder / "root/var/lib/flux"),
                    "programs": {
                        **{n: str(programs[f"{n}-controller"]) for n in ("source", "kustomize")},
                        "helm": str(programs["helm-controller"]),
                        "kubectl": str(tools.kubectl()),
                    },
                }
            )
        )
        flux.start()
        ends.callback(lambda: ended_well(flux))
        flux.said("Flux was ready after", seconds=60)
        starting.program.said("serving oci://", seconds=60)
        yield World(cluster, starting)


def ended_well(flux: Program) -> None:
    assert flux.stop() == 0
