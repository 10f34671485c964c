"""What versions.toml says agrees with the files it speaks of."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from infra.tools.manifest import ROOT, GoTool, Manifest, Wheel, load

PINS: Manifest = load()
GO_TOOLS = [tool for tool in PINS.tools.values() if isinstance(tool, GoTool)]


@pytest.mark.parametrize("tool", GO_TOOLS, ids=lambda tool: tool.name)
def test_given_a_go_tool_then_its_go_mod_requires_the_same_version(tool: GoTool) -> None:
    required = dict(re.findall(r"^\s*(?:require )?(\S+) v(\S+)", go_mod(tool), re.MULTILINE))
    (module,) = {name for name in required if is_inside(tool.module or tool.package, name)}
    assert required[module].split("+")[0] == tool.version


def go_mod(tool: GoTool) -> str:
    return (tool.folder / "go.mod").read_text()


def is_inside(package: str, module: str) -> bool:
    return package == module or package.startswith(f"{module}/")


@pytest.mark.parametrize("wheel", PINS.wheels.values(), ids=lambda wheel: wheel.name)
def test_given_a_wheel_then_the_lock_pins_the_same_version(wheel: Wheel) -> None:
    assert f"\n{wheel.package}=={wheel.version} " in (ROOT / "requirements.lock").read_text()


def test_given_other_flags_then_the_cache_key_is_another() -> None:
    tool = PINS.tools["tofu"]
    other = GoTool(**{name: getattr(tool, name) for name in tool.__slots__} | {"ldflags": "-s"})
    assert other.key != tool.key


def test_given_a_main_go_of_ours_when_it_changes_then_the_cache_key_is_another(
    tmp_path: Path,
) -> None:
    tool = PINS.tools["kube"]
    folder = Path(shutil.copytree(tool.folder, tmp_path / "kube"))
    values = {name: getattr(tool, name) for name in tool.__slots__} | {"folder": folder}
    assert GoTool(**values).key == tool.key
    (folder / "main.go").write_text("package main\n\nfunc main() {}\n")
    assert GoTool(**values).key != tool.key
