"""One tool: PATH → cache → vendor's release archive → build. The order lives only here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from infra.tools import cache, gobuild, maven, release
from infra.tools.manifest import GoTool, Manifest, MavenTool, Tool, ToolError
from infra.tools.progress import Board


@dataclass(frozen=True, slots=True)
class Found:
    path: Path
    source: Literal["path", "cache"]


def locate(tool: Tool) -> Found | None:
    """Where the right version already lies; fetches and builds nothing."""
    on_path = shutil.which(tool.name) if tool.version_argv else None
    if on_path and tool.version in _versions_named_by(Path(on_path), tool.version_argv):
        return Found(Path(on_path), "path")
    path_in_cache = cache.program(tool)
    return Found(path_in_cache, "cache") if path_in_cache.exists() else None


def _versions_named_by(program: Path, argv: tuple[str, ...]) -> list[str]:
    # tofu complains about a TF_CLI_CONFIG_FILE that is not there; ours is not written yet.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TF_")}
    try:
        answer = subprocess.run(
            [program, *argv],
            env=environment,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return re.findall(r"\d+(?:\.\d+)+", answer.stdout)


class Workshop:
    """Obtains several tools at once; builds only as many at a time as the processors can take."""

    def __init__(self, manifest: Manifest, *, board: Board) -> None:
        self._manifest = manifest
        self._board = board
        self._go: Path | None = None
        self._go_lock = threading.Lock()
        # A Go build keeps two cores busy by itself, and two that start together would compile the
        # packages they share twice.
        self._builds = threading.Semaphore(max(1, (os.cpu_count() or 2) // 2))

    def ensure(self, tool: Tool) -> Found:
        """The tool, obtained if need be. Raises `ToolError` or its `WrongSum`."""
        found = locate(tool)
        if found is None:
            waiting = f"{tool.label}: another set-up is at it, waiting for that one"
            with cache.lock(tool.name, on_wait=lambda: self._board.line(waiting)):
                # The other one may just have finished it.
                found = locate(tool) or self._obtain(tool)
        if isinstance(tool, GoTool) and tool.mirror:
            cache.publish(tool)
        return found

    def ensure_all(self, tools: Sequence[Tool]) -> dict[str, Found]:
        """Every tool, in parallel. The first error is raised after all have ended."""
        with ThreadPoolExecutor(max_workers=max(1, len(tools))) as pool:
            futures = {tool.name: pool.submit(self.ensure, tool) for tool in tools}
        return {name: future.result() for name, future in futures.items()}

    def _obtain(self, tool: Tool) -> Found:
        if isinstance(tool, MavenTool):
            return self._obtain_folder(tool)
        target = cache.program(tool)
        with (
            cache.workspace() as work,
            self._board.step(tool.label, "asking the vendor") as step,
        ):
            made = work / target.name
            how = "fetched from the vendor's release"
            try:
                if tool.release is None:
                    raise release.Unreachable("no release archive with a known sum")
                release.fetch(tool, tool.release, target=made, step=step)
            except release.Unreachable:
                how = "built"
                step.say("waiting for its turn to be built")
                with self._builds:
                    go = self._suitable_go()
                    step.start("building", about=tool.cold_seconds)
                    gobuild.build(tool, go=go, target=made, step=step)
                    if tool.files:
                        gobuild.copy_files(tool, go=go, target=work / "share")
                        cache.install(work / "share", cache.share(tool))
            cache.install(made, target)
            step.say(how)
        return Found(target, "cache")

    def _obtain_folder(self, tool: MavenTool) -> Found:
        words = "waiting for its turn"
        with cache.workspace() as work, self._board.step(tool.label, words) as step, self._builds:
            cache.install(maven.make(tool, work=work, step=step), cache.home(tool))
            step.say("fetched and set up")
        return Found(cache.program(tool), "cache")

    def _suitable_go(self) -> Path:
        with self._go_lock:
            if self._go is None:
                self._go = gobuild.suitable_go(self._manifest, board=self._board)
            return self._go


def path_of(name: str, manifest: Manifest) -> Path:
    """The path of a tool, of `tofurc` or of `mirror`. Raises `ToolError` when it is not there."""
    if name in ("tofurc", "mirror"):
        path = cache.tofurc() if name == "tofurc" else cache.mirror()
        if not path.exists():
            raise ToolError(f"no {name} yet: python3 infra/tools/fetch.py ensure provider")
        return path
    (tool,) = manifest.pick([name])
    found = locate(tool)
    if found is None:
        raise ToolError(f"{tool.label} is not there: python3 infra/tools/fetch.py ensure {name}")
    return found.path
