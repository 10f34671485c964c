"""The Git repository a Sovereign's Flux reads: bare, filled from folders of this checkout.

Only the plumbing of `git` is used, with an index of its own, so that the checkout's own repository
(when it is one) is neither read nor changed.
"""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

BRANCH = "main"
_WHO = "Catalyst local cloud"
_SECONDS = 60


class GitProblem(RuntimeError):
    """git refused; the text is its own."""


def environment(**more: str) -> dict[str, str]:
    """For git: nothing of this user's or this computer's settings."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        **more,
    }


def publish(repository: Path, source: Path, folders: Sequence[str]) -> str:
    """Commit these folders of `source` as they are, if they differ from the branch's last commit.

    Paths in the repository are those below `source`. Returns the commit. Raises GitProblem.
    """
    if not (repository / "HEAD").exists():
        _git(repository, "init", "--quiet", "--bare", f"--initial-branch={BRANCH}")
    with TemporaryDirectory(prefix="catalyst-git-") as work:
        index = {"GIT_INDEX_FILE": str(Path(work, "index")), "GIT_WORK_TREE": str(source)}
        _git(repository, "-C", str(source), "add", "--force", "--", *folders, more=index)
        tree = _git(repository, "write-tree", more=index)
    tip = _git(repository, "for-each-ref", "--format=%(objectname)", f"refs/heads/{BRANCH}")
    if tip and _git(repository, "rev-parse", f"{tip}^{{tree}}") == tree:
        return tip
    parents = ("-p", tip) if tip else ()
    commit = _git(repository, "commit-tree", tree, *parents, "-m", "The tree as it is here")
    _git(repository, "update-ref", f"refs/heads/{BRANCH}", commit, tip)
    return commit


def _git(repository: Path, *arguments: str, more: dict[str, str] | None = None) -> str:
    who = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", _WHO), ("EMAIL", "localcloud@catalyst.invalid"))
    }
    done = subprocess.run(
        ["git", *arguments],
        env=environment(GIT_DIR=str(repository), **who, **(more or {})),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise GitProblem(done.stderr.strip())
    return done.stdout.strip()
