"""The controllers of a local machine behave like those that the kit installs."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from infra.check import charts, tree
from infra.localcloud.machines.flux import controllers
from infra.localcloud.machines.flux.controllers import FluxSpec, Programs

KIT = yaml.safe_load((tree.TEMPLATE / "platform" / "flux.yaml").read_text())
# How a Pod is run, not how Flux behaves.
PLACE = {"storage-path", "storage-addr", "storage-adv-addr"}


def argv(name: str) -> tuple[str, ...]:
    spec = FluxSpec("198.51.100.21", Path("/m/k3s.yaml"), Path("/m/flux"))
    programs = Programs(
        *(Path("/bin", name) for name in ("source", "kustomize", "helm", "kubectl"))
    )
    return controllers.all_of(spec, programs)[name]


@pytest.mark.parametrize("name", controllers.HEALTH_PORTS)
def test_given_the_kits_flags_then_the_local_controllers_have_the_same(name: str) -> None:
    """The chart's defaults and what the Sovereign's tree puts over them."""
    defaults = charts.read(charts.ROOT / "flux" / "values.yaml")["controllers"][name]["args"]
    over = KIT["spec"]["values"]["controllers"].get(name, {}).get("args", defaults)
    wanted = {flag for flag in over if flag.partition("=")[0].lstrip("-") not in PLACE}
    assert wanted <= set(argv(name))


def test_given_three_controllers_then_each_listens_at_the_machine_by_a_port_of_its_own() -> None:
    flags = [flag for name in controllers.HEALTH_PORTS for flag in argv(name)]
    listening = [flag.partition("=")[2] for flag in flags if flag.startswith("--health-addr")]
    listening += [flag.partition("=")[2] for flag in flags if flag.startswith("--storage-addr")]
    assert len(set(listening)) == 4
    assert all(each.startswith("198.51.100.21:") for each in listening)
