"""The programs a release calls: helm, cosign, syft and git, found on PATH."""

from __future__ import annotations

import subprocess
from pathlib import Path

SECONDS = 600


class ReleaseRefused(Exception):
    """Something that must not be published, or a program that said no. The text is for people."""


def run(*argv: str | Path, folder: Path | None = None) -> str:
    """Both outputs of a program. Raises `ReleaseRefused` with its words when it fails."""
    done = attempt(*argv, folder=folder)
    if done.returncode != 0:
        said = done.stdout.strip()
        raise ReleaseRefused(f"{' '.join(map(str, argv[:3]))} failed: {said}")
    return done.stdout


def attempt(*argv: str | Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The same, whatever its exit code. Raises `ReleaseRefused` when there is no such program."""
    try:
        return subprocess.run(
            [str(word) for word in argv],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise ReleaseRefused(f"{argv[0]} is not on PATH") from error
