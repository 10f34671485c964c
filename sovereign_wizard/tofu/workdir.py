"""A private directory for one tofu run: module in, variables in, all of it gone afterwards.

No secret is ever written here: secret variables travel by environment, plan and state are
encrypted by tofu itself.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sovereign_wizard.tofu.jail import degree
from sovereign_wizard.tofu.jail.degree import Degree
from sovereign_wizard.tofu.problems import TofuMissing

_PREFIX = "tofu-"
_MODULE_FILES = ("*.tf", "*.tf.json", "cloud-init/*")


@dataclass(frozen=True, slots=True)
class Workdir:
    """`lock` is an open descriptor that the run inherits, at least its supervisor: while one that
    has it lives, the directory counts as in use. `jail`: what it is prepared for. `user`: whom it
    was handed to, when tofu is somebody else than we are.
    """

    path: Path
    lock: int
    jail: Degree
    user: int | None = None

    def read(self, name: str) -> bytes:
        """A plain file of the directory. Raises OSError for a link or anything else."""
        descriptor = os.open(name, os.O_RDONLY | _AS_IT_IS, dir_fd=self.lock)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
                raise PermissionError(f"{name} is not a plain file")
            return file.read()

    def write(self, name: str, content: bytes) -> None:
        """Make the file anew, for tofu to read and nobody else."""
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self.lock)
        descriptor = os.open(
            name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _AS_IT_IS, 0o600, dir_fd=self.lock
        )
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            if self.user is not None:
                os.fchown(descriptor, self.user, self.user)


# Opening must neither follow a link nor wait for the other end of a pipe.
_AS_IT_IS = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def default_parent() -> Path:
    """Memory where there is some, so that nothing reaches a disk."""
    memory = Path("/dev/shm")  # our sub-directory of it is private
    base = memory if memory.is_dir() and os.access(memory, os.W_OK) else Path(tempfile.gettempdir())
    return base / f"catalyst-{os.getuid()}"


@contextmanager
def private_workdir(
    *,
    module: Path,
    variables: Mapping[str, Any],
    parent: Path | None = None,
    jail: Degree | None = None,
) -> Iterator[Workdir]:
    """Make the directory (0700), copy the module, write the non-secret variables; wipe it after.

    Tofu runs in it in the best `jail` that works here, or in this one. Left-overs of processes that
    died are wiped first. Raises TofuMissing when there is no module.
    """
    if not (module / "versions.tf").is_file():
        raise TofuMissing(f"There is no OpenTofu module at {module}.")
    parent = parent or default_parent()
    with _alone_in(parent):
        _wipe_abandoned(parent)
        path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        lock = _lock(path)
    try:
        _copy_module(module, path)
        _write_private(path / "terraform.tfvars.json", json.dumps(dict(variables), sort_keys=True))
        jail = jail or degree.here()
        user = jail.user()
        if user is not None:
            _hand_over(path, user)
        yield Workdir(path, lock, jail, user)
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def sweep(*, parent: Path | None = None) -> list[Path]:
    """Wipe directories that no process uses any more; returns what was wiped."""
    parent = parent or default_parent()
    with _alone_in(parent):
        return _wipe_abandoned(parent)


def _wipe_abandoned(parent: Path) -> list[Path]:
    wiped = []
    for path in parent.glob(f"{_PREFIX}*"):
        try:
            os.close(_lock(path))
        except (BlockingIOError, FileNotFoundError):
            continue  # in use, or wiped by its owner just now
        shutil.rmtree(path, ignore_errors=True)
        wiped.append(path)
    return wiped


def _lock(path: Path) -> int:
    """An advisory lock on the directory itself; it lasts until every copy of it is closed."""
    lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise
    return lock


@contextmanager
def _alone_in(parent: Path) -> Iterator[None]:
    """Nobody else makes or wipes directories meanwhile, so none is seen between made and locked."""
    _own(parent)
    descriptor = os.open(parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _own(parent: Path) -> None:
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = parent.stat(follow_symlinks=False)
    if status.st_uid != os.getuid() or not parent.is_dir() or parent.is_symlink():
        raise PermissionError(f"{parent} belongs to someone else")
    parent.chmod(0o700)


def _copy_module(module: Path, target: Path) -> None:
    for pattern in _MODULE_FILES:
        for source in sorted(module.glob(pattern)):
            if source.is_file():
                copy = target / source.relative_to(module)
                copy.parent.mkdir(mode=0o700, exist_ok=True)
                _write_private(copy, source.read_text(encoding="utf-8"))


def _hand_over(path: Path, user: int) -> None:
    """Everything in it was made by us just now, so no link leads astray."""
    for folder, _, files in os.walk(path):
        for each in (folder, *(os.path.join(folder, name) for name in files)):
            os.chown(each, user, user, follow_symlinks=False)


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
