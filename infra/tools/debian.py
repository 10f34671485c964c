"""Installs the Debian packages that are missing, and starts none of the services in them.

Only through apt, only what the manifest names, and only when its probe finds nothing.
"""

from __future__ import annotations

import glob
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.tools import cache
from infra.tools.manifest import DebianPackage, ToolError
from infra.tools.progress import Board, Step, spell

# Asked by every package's install script before it starts a service; 101 = do not
# (Debian Policy, section 9.11.2.2, and invoke-rc.d(8)).
POLICY = Path("/usr/sbin/policy-rc.d")
# What a user's PATH may lack: system programs, and Go where its vendor's archive goes.
MORE_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/go/bin"
LONG = 1200.0


def program(name: str) -> str | None:
    """The path of a program, on PATH or in the folders users often lack there."""
    return shutil.which(name) or shutil.which(name, path=MORE_FOLDERS)


def present(package: DebianPackage) -> bool:
    """Whether what the package brings is there, however it came."""
    kind, _, what = package.probe.partition(":")
    if kind == "command":
        return program(what) is not None
    if kind == "file":
        return bool(glob.glob(what))
    return importlib.util.find_spec(what) is not None


def version(package: DebianPackage) -> str:
    """The version dpkg knows, or an empty string."""
    try:
        answer = subprocess.run(
            ["dpkg-query", "-W", "-f", "${Version}", package.package],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return answer.stdout if answer.returncode == 0 else ""


def install(packages: list[DebianPackage], *, board: Board) -> None:
    """Install the missing ones among these. Raises `ToolError` that says what to type instead."""
    missing = [package for package in packages if not present(package)]
    if not missing:
        return
    become_root = be_allowed(missing)
    names = [package.package for package in missing]
    with (
        cache.lock("apt", on_wait=lambda: board.line("apt: another set-up installs, waiting")),
        board.step("debian packages", "reading lists", about=20 + 12 * len(names)) as step,
    ):
        still = [package.package for package in missing if not present(package)]
        if still:
            _run([*become_root, "apt-get", "update", "-qq"], step=step, words="reading lists")
            with _no_service_starts(become_root):
                words = f"installing {' '.join(still)}"
                _run([*become_root, *_install_argv(), *still], step=step, words=words)
            _keep_from_boot(become_root, missing)
        step.say(f"installed {' '.join(still) or 'by the other set-up'}")
    if bad := [package.package for package in missing if not present(package)]:
        raise ToolError(f"installed, but still not found: {', '.join(bad)} (see `make doctor`)")


def be_allowed(missing: list[DebianPackage]) -> list[str]:
    """What to put before apt-get to run it as root; asks for the password where one is needed.

    Raises `ToolError` that says what an administrator has to type.
    """
    by_hand = f"apt-get install {' '.join(package.package for package in missing)}"
    if shutil.which("apt-get") is None:
        raise ToolError(f"no apt-get here; install by hand what `{by_hand}` would bring on Debian")
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        raise ToolError(f"neither root nor sudo: ask an administrator to run `{by_hand}`")
    # Without a terminal nobody can type a password: fail at once rather than wait for ever.
    sudo = ["sudo"] if sys.stdin.isatty() else ["sudo", "-n"]
    if subprocess.run([*sudo, "-v"], check=False).returncode != 0:
        raise ToolError(f"sudo refused: ask an administrator to run `{by_hand}`")
    return sudo


def _install_argv() -> list[str]:
    options = ["-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"]
    front = ["env", "DEBIAN_FRONTEND=noninteractive"]
    return [*front, "apt-get", "install", "-y", "-q", "--no-install-recommends", *options]


def _run(argv: list[str], *, step: Step, words: str) -> None:
    step.say(words)
    try:
        answer = subprocess.run(
            argv,
            stdin=None if sys.stdin.isatty() else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONG,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ToolError(f"{' '.join(argv)}: no end after {spell(LONG)}") from error
    if answer.returncode != 0:
        tail = "\n    ".join(answer.stdout.strip().splitlines()[-15:])
        raise ToolError(f"{' '.join(argv)}: exit code {answer.returncode}\n    {tail}")


@contextmanager
def _no_service_starts(become_root: list[str]) -> Iterator[None]:
    """Forbid service starts while packages are installed; a policy that is there is left alone."""
    if POLICY.exists():
        yield
        return
    script = "#!/bin/sh\nexit 101\n"
    write = 'printf %s "$1" > "$2" && chmod 755 "$2"'
    subprocess.run([*become_root, "sh", "-c", write, "sh", script, str(POLICY)], check=True)
    try:
        yield
    finally:
        subprocess.run([*become_root, "rm", "-f", str(POLICY)], check=True)


def _keep_from_boot(become_root: list[str], packages: list[DebianPackage]) -> None:
    """Disable the units of what we installed: we run these programs as our own children, and a
    system service would take port 53 from them after the next boot.
    """
    units = sorted({package.service for package in packages if package.service})
    if units and shutil.which("systemctl"):
        argv = [*become_root, "systemctl", "disable", "--quiet", *units]
        subprocess.run(argv, capture_output=True, check=False)
