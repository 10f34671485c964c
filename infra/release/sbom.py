"""What Catalyst is made of, from the locks: `python3 -m infra.release.sbom > catalyst.cdx.json`.

CycloneDX 1.6 as JSON (https://cyclonedx.org/docs/1.6/json/). The same locks give the same bytes.
Standard library only: the release runs it before anything is installed.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import tomllib
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "infra" / "tools"
LOCK = ROOT / "requirements.lock"
NPM = ROOT / "static" / "package-lock.json"
# What a component was locked by, where it is no hash of one file.
SUM = "catalyst:locked-by"
_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)")
_HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})")
_REQUIRED = re.compile(r"^(?:require\s+)?(?P<module>[\w./~-]+\.[\w./~-]+) (?P<version>v\S+)")
_REPLACED = re.compile(
    r"^(?:replace\s+)?(?P<old>\S+)(?: v\S+)? => (?P<new>[^\s.]\S*) (?P<version>v\S+)"
)
Component = dict[str, Any]


def document() -> dict[str, Any]:
    """The whole bill. Raises OSError, ValueError for a lock that cannot be read."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    parts = [*python(LOCK.read_text()), *npm(json.loads(NPM.read_text())), *go(TOOLS), *tools()]
    components = sorted({each["bom-ref"]: each for each in parts}.values(), key=_reference)
    name = f"{project['name']}@{project['version']}"
    content = json.dumps(components, sort_keys=True)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{name} {content}')}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": name,
                "name": project["name"],
                "version": project["version"],
                "licenses": [{"license": {"id": project["license"]}}],
            }
        },
        "components": components,
    }


def python(lock: str) -> Iterator[Component]:
    """Of requirements.lock: each has the hashes of all its files, of which one is installed."""
    for block in re.split(r"\n(?=\S)", lock):
        if found := _PINNED.match(block):
            name = re.sub(r"[-_.]+", "-", found["name"]).lower()
            hashes = _HASH.findall(block)
            yield _component(f"pkg:pypi/{name}@{found['version']}", name, found["version"], hashes)


def npm(lock: dict[str, Any]) -> Iterator[Component]:
    """Of package-lock.json, version 3: all of it makes files of `static/`, nothing runs later."""
    for path, each in lock["packages"].items():
        if path:
            name = path.rpartition("node_modules/")[2]
            reference = f"pkg:npm/{quote(name, safe='/')}@{each['version']}"
            made = _component(reference, name, each["version"])
            if "inBundle" not in each:  # it came inside of another one, whose hash holds for both
                kind, _, digest = each["integrity"].partition("-")
                content = base64.b64decode(digest, validate=True).hex()
                made["hashes"] = [{"alg": kind.upper().replace("SHA", "SHA-"), "content": content}]
            yield made


def go(folder: Path) -> Iterator[Component]:
    """Of every tool's go.mod and go.sum."""
    for path in sorted(folder.glob("*/go.mod")):
        sums = dict(
            line.rsplit(" ", 1)
            for line in path.with_name("go.sum").read_text().splitlines()
            if "/go.mod " not in line
        )
        for module, version in _modules(path.read_text()):
            locked = [sums[f"{module} {version}"]] if f"{module} {version}" in sums else []
            reference = f"pkg:golang/{module}@{version}"
            yield _component(reference, module, version, locked)


def tools() -> Iterator[Component]:
    """The pinned programs, with the sums of their releases where a release is fetched."""
    for name, tool in tomllib.loads((TOOLS / "versions.toml").read_text())["tools"].items():
        locked = [f"sha256:{each}" for each in tool.get("release", {}).get("sha256", {}).values()]
        made = _component(f"tool:{name}@{tool['version']}", name, tool["version"], locked)
        yield {key: value for key, value in made.items() if key != "purl"} | {"type": "application"}


def _modules(text: str) -> Iterator[tuple[str, str]]:
    """What is built: requirements, with what stands in their place. Folders of ours are none."""
    lines = [line.split("//")[0].strip() for line in text.splitlines()]
    replaced = {found["old"]: found for line in lines if (found := _REPLACED.match(line))}
    local = {line.split()[-3] for line in lines if re.search(r"=> \./", line)}
    for line in lines:
        if " => " in line or not (found := _REQUIRED.match(line)):
            continue
        if instead := replaced.get(found["module"]):
            yield instead["new"], instead["version"]
        elif found["module"] not in local:
            yield found["module"], found["version"]


def _component(reference: str, name: str, version: str, locked: Iterable[str] = ()) -> Component:
    made = {"type": "library", "bom-ref": reference, "name": name, "version": version}
    made_of: Component = {**made, "purl": reference}
    if properties := [{"name": SUM, "value": each} for each in locked]:
        made_of["properties"] = properties
    return made_of


def _reference(component: Component) -> str:
    return str(component["bom-ref"])


if __name__ == "__main__":
    json.dump(document(), sys.stdout, indent=1)
    sys.stdout.write("\n")
