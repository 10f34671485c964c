"""Commits over the API of a real Gitea, and what `git clone` sees of them."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from catalyst.embedded.services.gitea import token_file
from franchise.gitea import commits, places
from franchise.gitea.http import Connection
from franchise.gitea.problems import WentOn
from tests.integration.embedded.running import RunningStack

pytestmark = [pytest.mark.xdist_group("gitea"), pytest.mark.slow]
MONA = commits.Author("Mona Said", "mona@acme.example")
FILES = {
    "README.md": "# shop\n",
    "kustomization.yaml": "resources: [ns.yaml]\n",
    "a/b.yaml": "{}\n",
}


def _write(gitea: Connection, repository: str, files: dict[str, str | None], why: str = "more"):  # type: ignore[no-untyped-def]
    return commits.write(gitea, repository, branch="main", files=files, message=why, author=MONA)


def test_given_an_empty_repository_when_writing_then_one_commit_has_all_in_the_persons_name(
    gitea: Connection, repository: str
) -> None:
    sha = _write(gitea, repository, dict(FILES), "First App")
    (only,) = commits.history(gitea, repository, branch="main")
    assert (only.sha, only.message, only.author) == (sha, "First App", MONA)
    assert commits.tree(gitea, repository, ref="main") == {
        path: commits.blob_id(text) for path, text in FILES.items()
    }


def test_given_the_same_files_when_writing_again_then_there_is_no_second_commit(
    gitea: Connection, repository: str
) -> None:
    _write(gitea, repository, dict(FILES))
    assert _write(gitea, repository, dict(FILES)) is None
    assert len(commits.history(gitea, repository, branch="main")) == 1


def test_given_changed_and_removed_files_when_writing_then_only_these_change(
    gitea: Connection, repository: str
) -> None:
    _write(gitea, repository, dict(FILES))
    _write(gitea, repository, {"README.md": "# new\n", "a/b.yaml": None, "a/c.yaml": None})
    seen = commits.tree(gitea, repository, ref="main")
    assert set(seen) == {"README.md", "kustomization.yaml"}
    assert commits.read(gitea, repository, "README.md", ref="main") == "# new\n"
    assert commits.read(gitea, repository, "a/b.yaml", ref="main") is None


def test_given_twenty_writers_at_once_when_each_repeats_after_a_race_then_no_file_is_lost(
    gitea: Connection, repository: str
) -> None:
    _write(gitea, repository, dict(FILES))

    def write(number: int) -> None:
        for _ in range(60):
            try:
                _write(gitea, repository, {f"apps/{number}.yaml": f"{number}\n"})
            except WentOn:
                continue
            return
        raise AssertionError(f"{number} never got through")

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(write, range(20)))
    seen = commits.tree(gitea, repository, ref="main")
    assert {f"apps/{number}.yaml" for number in range(20)} <= set(seen)
    assert len(commits.history(gitea, repository, branch="main", limit=50)) == 21


def test_given_branches_when_one_is_written_then_the_others_stay(
    gitea: Connection, repository: str
) -> None:
    _write(gitea, repository, dict(FILES))
    places.branch(gitea, repository, "develop", of="main")
    places.branch(gitea, repository, "develop", of="main")
    commits.write(gitea, repository, branch="develop", files={"x": "1"}, message="x", author=MONA)
    assert "x" in commits.tree(gitea, repository, ref="develop")
    assert "x" not in commits.tree(gitea, repository, ref="main")


def test_given_a_repository_when_cloned_by_git_then_the_files_are_there(
    gitea: Connection, repository: str, git_stack: RunningStack, tmp_path: Path
) -> None:
    _write(gitea, repository, dict(FILES))
    token = token_file(git_stack.state).read_text()
    address = f"{git_stack.state.gitea_url}/{repository}.git"
    # By the environment (git-config(1)): a command line can be read by others.
    env = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: token {token}",
    }
    words = ["git", "clone", "-q", address, str(tmp_path / "shop")]
    subprocess.run(words, env=env, check=True, timeout=60)
    assert (tmp_path / "shop/a/b.yaml").read_text() == "{}\n"
