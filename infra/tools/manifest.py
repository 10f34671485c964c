"""What `versions.toml` says, as values. Reads one file; knows no network and no cache."""

from __future__ import annotations

import hashlib
import platform
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

Wanted = Literal["first", "tests", "later"]

# Part of the cache key: the same go.mod built with other flags is another program. CGO is off, so
# that the result is the same with and without a C compiler; -trimpath keeps the builder's folders
# out of it.
GO_FLAGS = ("-mod=readonly", "-trimpath", "-buildvcs=false")
GO_ENVIRONMENT = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOWORK": "off"}


class ToolError(Exception):
    """A tool can not be had. The text tells the person at the terminal what to do."""

    exit_code = 1


class WrongSum(ToolError):
    """What came is not what is pinned. Nothing of it was installed."""

    exit_code = 3


def this_platform() -> tuple[str, str]:
    """(`linux`, `amd64`) and so on, in Go's words, which vendors use in file names as well."""
    machine = platform.machine().lower()
    return sys.platform, {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)


@dataclass(frozen=True, slots=True)
class Release:
    """A vendor's archive that holds the program; only with a known sum is it ever fetched."""

    url: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Patched:
    """A module of the tool's version that is built with the files of `patch/` in place of its own.

    go.mod replaces it by `./upstream`, which go.sum does not cover; `sum` is what go.sum would say.
    """

    module: str
    sum: str


@dataclass(frozen=True, slots=True)
class GoTool:
    """A program built from Go modules, pinned by the go.mod and go.sum in `folder`.

    `module`: the module whose version it has, where `package` is a main.go of ours in `folder`.
    `files`: folders of the package's module that it needs beside it, in `share`.
    """

    name: str
    version: str
    wanted: Wanted
    why: str
    folder: Path
    package: str
    ldflags: str
    cold_seconds: int
    release: Release | None = None
    version_argv: tuple[str, ...] = ()
    mirror: str = ""
    module: str = ""
    patched: Patched | None = None
    files: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """`<version>-<hash of go.mod, go.sum, sources of ours and flags>`: the cache's folder."""
        digest = hashlib.sha256()
        for path in (self.folder / "go.mod", self.folder / "go.sum", *self.sources):
            digest.update(path.read_bytes() + b"\0")
        digest.update(repr((self.package, self.ldflags, GO_FLAGS, GO_ENVIRONMENT)).encode())
        digest.update(self.patched.sum.encode() if self.patched else b"")
        digest.update("\0".join(self.files).encode())
        return f"{self.version}-{digest.hexdigest()[:12]}"

    @property
    def sources(self) -> list[Path]:
        """Go files of ours that are compiled in."""
        return sorted(self.folder.rglob("*.go"))

    @property
    def label(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True, slots=True)
class MavenTool:
    """A folder of files from Maven's repository that holds a program.

    `artifact`: `group:name`, packed as zip with one folder at its top. `folders`: made in it when
    they are missing. `setup`: run there once. `program`: the path of the program in it.
    """

    name: str
    version: str
    wanted: Wanted
    why: str
    artifact: str
    sha256: str
    program: str
    cold_seconds: int
    folders: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()
    # As a `GoTool` without it.
    version_argv: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """`<version>-<hash of archive and set-up>`."""
        made = hashlib.sha256(repr((self.sha256, self.folders, self.setup)).encode()).hexdigest()
        return f"{self.version}-{made[:12]}"

    @property
    def label(self) -> str:
        return f"{self.name} {self.version}"


Tool = GoTool | MavenTool


@dataclass(frozen=True, slots=True)
class Wheel:
    """A program inside a Python wheel; requirements.lock has its sums."""

    name: str
    version: str
    package: str
    why: str


@dataclass(frozen=True, slots=True)
class DebianPackage:
    """A package taken from Debian when `probe` finds nothing.

    `probe`: `command:NAME`, `file:GLOB` or `python:MODULE`. `early`: the rest needs it.
    """

    package: str
    probe: str
    why: str
    early: bool = False
    service: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    go_minimum: str
    go_toolchain: str
    go_sum: str
    tools: dict[str, Tool]
    wheels: dict[str, Wheel]
    debian: tuple[DebianPackage, ...]

    def pick(self, names: list[str], *, wanted: Wanted | None = None) -> list[Tool]:
        """The tools of these names; without names those that are `wanted`, or all.

        Raises `ToolError` for a name that is not in the manifest.
        """
        if unknown := [name for name in names if name not in self.tools]:
            raise ToolError(f"unknown tool {unknown[0]!r}; known: {', '.join(self.tools)}")
        if names:
            return [self.tools[name] for name in names]
        return [tool for tool in self.tools.values() if wanted in (None, tool.wanted)]


def load(path: Path = HERE / "versions.toml") -> Manifest:
    """Read the manifest; go.mod folders are looked for beside it. Raises `ToolError`."""
    try:
        data = tomllib.loads(path.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ToolError(f"can not read {path}: {error}") from error
    system, machine = this_platform()
    entries = data["tools"].items()
    return Manifest(
        go_minimum=data["go"]["minimum"],
        go_toolchain=data["go"]["toolchain"],
        go_sum=data["go"].get("sums", {}).get(f"{system}_{machine}", ""),
        tools={
            name: _maven_tool(name, e) if e["kind"] == "maven" else _go_tool(name, e, path.parent)
            for name, e in entries
            if e["kind"] in ("go", "maven")
        },
        wheels={
            name: Wheel(name=name, **{k: v for k, v in e.items() if k != "kind"})
            for name, e in entries
            if e["kind"] == "pip"
        },
        debian=tuple(DebianPackage(**entry) for entry in data.get("debian", [])),
    )


def _go_tool(name: str, entry: dict[str, Any], base: Path) -> GoTool:
    return GoTool(
        name=name,
        version=entry["version"],
        wanted=entry["wanted"],
        why=entry["why"],
        folder=base / entry["folder"],
        package=entry["package"],
        ldflags=entry.get("ldflags", ""),
        cold_seconds=entry["cold_seconds"],
        release=_release(entry["version"], entry.get("release")),
        version_argv=tuple(entry.get("version_argv", ())),
        mirror=entry.get("mirror", ""),
        module=entry.get("module", ""),
        patched=Patched(**entry["patched"]) if "patched" in entry else None,
        files=tuple(entry.get("files", ())),
    )


def _maven_tool(name: str, entry: dict[str, Any]) -> MavenTool:
    words: dict[str, Any] = {
        each: tuple(value) if isinstance(value, list) else value
        for each, value in entry.items()
        if each != "kind"
    }
    return MavenTool(name=name, **words)


def _release(version: str, entry: dict[str, Any] | None) -> Release | None:
    system, machine = this_platform()
    sha256 = (entry or {}).get("sha256", {}).get(f"{system}_{machine}")
    if entry is None or sha256 is None:
        return None
    url = entry["url"].format(version=version, os=system, arch=machine)
    return Release(url=url, sha256=sha256)
