"""The bill of materials says what the locks say, in words that others read (check 20)."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from infra.release import sbom


@pytest.fixture(scope="module")
def text() -> str:
    """As the release makes it: with no package but Python's own."""
    asked = [sys.executable, "-S", "-m", "infra.release.sbom"]
    return subprocess.run(asked, cwd=sbom.ROOT, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def components(text: str) -> dict[str, dict[str, Any]]:
    return {each["bom-ref"]: each for each in json.loads(text)["components"]}


def of(components: dict[str, dict[str, Any]], kind: str) -> set[str]:
    return {reference for reference in components if reference.startswith(kind)}


def test_given_the_bill_when_judged_by_cyclonedx_then_it_is_well_formed(text: str) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_given_the_same_locks_when_made_again_then_the_same_bytes_come(text: str) -> None:
    assert json.loads(text) == sbom.document()


def test_given_the_python_lock_when_compared_then_all_of_it_is_there_with_its_hashes(
    components: dict[str, dict[str, Any]],
) -> None:
    lock = sbom.LOCK.read_text()
    pinned = re.findall(r"^(\S+)==(\S+)", lock, re.MULTILINE)
    assert of(components, "pkg:pypi/") == {f"pkg:pypi/{n.lower()}@{v}" for n, v in pinned}
    hashes = [
        entry["value"]
        for reference in of(components, "pkg:pypi/")
        for entry in components[reference]["properties"]
    ]
    assert sorted(hashes) == sorted(re.findall(r"--hash=(\S+)", lock))


def test_given_the_npm_lock_when_compared_then_all_of_it_is_there_with_its_hashes(
    components: dict[str, dict[str, Any]],
) -> None:
    packages = json.loads(sbom.NPM.read_text())["packages"]
    wanted = {each["version"] for path, each in packages.items() if path}
    found = of(components, "pkg:npm/")
    assert {components[reference]["version"] for reference in found} == wanted
    assert "pkg:npm/%40tailwindcss/cli@4.3.5" in found or "4.3.5" not in wanted
    unhashed = {reference for reference in found if "hashes" not in components[reference]}
    bundled = {
        path.rpartition("node_modules/")[2] for path, e in packages.items() if "inBundle" in e
    }
    assert {components[reference]["name"] for reference in unhashed} <= bundled


def test_given_the_tools_when_compared_then_every_module_is_there_with_its_sum(
    components: dict[str, dict[str, Any]],
) -> None:
    tools = tomllib.loads((sbom.TOOLS / "versions.toml").read_text())["tools"]
    assert of(components, "tool:") == {f"tool:{n}@{t['version']}" for n, t in tools.items()}
    modules = of(components, "pkg:golang/")
    assert f"pkg:golang/github.com/opentofu/opentofu@v{tools['tofu']['version']}" in modules
    assert [each for each in modules if "properties" not in components[each]] == []


def test_given_a_replaced_module_when_read_then_what_is_built_is_named() -> None:
    text = (
        "require (\n\ta.example/x v1.0.0\n\tb.example/y v1.0.0 // indirect\n)\n"
        "require c.example/z v2.0.0\n"
        "replace a.example/x => ./upstream\nreplace b.example/y => fork.example/y v1.0.1\n"
    )
    assert list(sbom._modules(text)) == [("fork.example/y", "v1.0.1"), ("c.example/z", "v2.0.0")]
