"""Applying and planning the whole module, and looking at what it made with the vendor's client."""

from __future__ import annotations

from typing import Any

import yaml
from hcloud import Client
from hcloud.servers.client import BoundServer

from infra.localcloud.machines.layout import MachineDir
from sovereign_wizard.tofu import command, stream, summary
from sovereign_wizard.tofu.workdir import Workdir
from tests.integration.infra.module_copy import SECRET_VARIABLES
from tests.integration.tofu.tofu_world import World
from tests.plugins.backing_stack import STATE_DIR


def apply(world: World, workdir: Workdir) -> None:
    world.run(command.plan(tofu=world.tofu), workdir, **SECRET_VARIABLES)
    world.run(command.apply(tofu=world.tofu), workdir, **SECRET_VARIABLES)


def destroy(world: World, workdir: Workdir) -> None:
    world.run(command.destroy(tofu=world.tofu), workdir, **SECRET_VARIABLES)


def planned(world: World, workdir: Workdir, **secrets: str) -> summary.PlanSummary:
    values = {**SECRET_VARIABLES, **secrets}
    world.run(command.plan(tofu=world.tofu), workdir, **values)
    shown = world.run(command.show_plan(tofu=world.tofu), workdir, **values)
    return summary.of(shown.document)


def outputs_of(world: World, workdir: Workdir) -> dict[str, Any]:
    shown = world.run(command.output(tofu=world.tofu), workdir, **SECRET_VARIABLES)
    return stream.outputs(shown.document)


def everything(cloud: Client) -> list[Any]:
    """All that a Sovereign is made of in this project and that takes labels."""
    kinds = (
        cloud.servers,
        cloud.networks,
        cloud.firewalls,
        cloud.load_balancers,
        cloud.ssh_keys,
        cloud.placement_groups,
    )
    return [thing for kind in kinds for thing in kind.get_all()]


def by_role(cloud: Client, role: str) -> list[BoundServer]:
    """Servers of a role in the order of their names."""
    found = cloud.servers.get_all(label_selector=f"catalyst.openova.io/role={role}")
    return sorted(found, key=lambda server: server.name or "")


def k3s_settings(server: BoundServer) -> dict[str, Any]:
    """What k3s was told, read from the machine's disk."""
    machine = MachineDir(STATE_DIR / "localcloud" / "machines" / str(server.id))
    text = machine.in_root("/etc/rancher/k3s/config.yaml").read_text()
    settings: dict[str, Any] = yaml.safe_load(text)
    return settings
