"""The user's cache of tools: where each lies, how it gets there whole or not at all.

Survives `git clone` and `make clean-state`; shared by all checkouts of this user.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from infra.tools.manifest import GoTool, MavenTool, Tool, this_platform


def root() -> Path:
    """`${XDG_CACHE_HOME:-~/.cache}/catalyst/tools` (XDG Base Directory Specification)."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The specification: relative paths are to be ignored.
    folder = Path(base) if os.path.isabs(base) else Path.home() / ".cache"
    return folder / "catalyst" / "tools"


def program(tool: Tool) -> Path:
    """Where the cached program lies, or would lie."""
    if isinstance(tool, MavenTool):
        return home(tool) / tool.program
    name = tool.folder.name if tool.mirror else tool.name
    return root() / tool.name / tool.key / name


def home(tool: MavenTool) -> Path:
    """Where its folder lies, or would lie."""
    return root() / tool.name / tool.key / "home"


def share(tool: GoTool) -> Path:
    """Where the files lie, or would lie, that it needs beside it."""
    return program(tool).parent / "share"


@contextmanager
def lock(name: str, *, on_wait: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the lock of that name against every other process of this user; wait for it if taken.

    flock(2): the kernel gives it back when the holder dies, so no stale lock can exist.
    """
    path = root() / "locks" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def claim(name: str) -> IO[str] | None:
    """The open file that holds the lock of that name, or None when another process holds it.

    A child that inherits the file keeps the lock after its parent has closed it.
    """
    path = root() / "locks" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = path.open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return None
    return handle


@contextmanager
def workspace() -> Iterator[Path]:
    """A folder on the cache's own file system, so that a rename out of it is atomic."""
    parent = root() / "work"
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def install(built: Path, target: Path) -> None:
    """Move a finished file or folder into place. Both lie in the cache; readers see all of it or
    nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    built.chmod(0o755)
    if built.is_dir() and target.exists():
        # Left by somebody who was stopped before the program itself was there.
        shutil.rmtree(target)
    os.replace(built, target)


def mirror() -> Path:
    """OpenTofu's `filesystem_mirror`, unpacked layout: HOST/NAMESPACE/TYPE/VERSION/OS_ARCH/."""
    return root() / "mirror"


def tofurc() -> Path:
    """The `TF_CLI_CONFIG_FILE` that lets OpenTofu take providers from our mirror only."""
    return root() / "tofurc"


def publish(tool: GoTool) -> None:
    """Put a cached provider into the mirror and write the tofurc. Safe to repeat."""
    built = program(tool)
    folder = mirror() / tool.mirror / tool.version / "_".join(this_platform())
    target = folder / f"{tool.folder.name}_v{tool.version}"
    if not (target.exists() and target.samefile(built)):
        with workspace() as work:
            copy = work / target.name
            try:
                os.link(built, copy)
            except OSError:  # a file system without hard links
                shutil.copy2(built, copy)
            install(copy, target)
    _write_tofurc()


def _write_tofurc() -> None:
    # No `direct` block: without one OpenTofu asks no registry, ever.
    text = f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror()}"\n  }}\n}}\n'
    with suppress(FileNotFoundError):
        if tofurc().read_text() == text:
            return
    with workspace() as work:
        fresh = work / "tofurc"
        fresh.write_text(text)
        os.replace(fresh, tofurc())
