"""The work directory is private, holds what it should, and does not outlive its run."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from sovereign_wizard.tofu import workdir
from sovereign_wizard.tofu.problems import TofuMissing

MODULE = Path(__file__).parents[3] / "infra" / "hetzner"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_given_the_module_when_a_workdir_is_made_then_only_its_owner_may_look(
    tmp_path: Path,
) -> None:
    with workdir.private_workdir(
        module=MODULE, variables={"region": "nbg1"}, parent=tmp_path
    ) as made:
        assert mode(made.path) == 0o700
        files = [path for path in made.path.rglob("*") if path.is_file()]
        assert {mode(path) for path in files} == {0o600}
        assert {"servers.tf", "versions.tf"} <= {path.name for path in files}
        assert any(path.suffix == ".tftpl" for path in files), "the templates came along"
        variables = json.loads((made.path / "terraform.tfvars.json").read_text())
        assert variables == {"region": "nbg1"}


def test_given_a_failing_run_when_it_ends_then_the_workdir_is_gone(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        with workdir.private_workdir(module=MODULE, variables={}, parent=tmp_path):
            raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_given_a_killed_owner_when_the_next_run_starts_then_its_leftover_is_wiped(
    tmp_path: Path,
) -> None:
    program = (
        "import os, sys; from pathlib import Path; from sovereign_wizard.tofu import workdir\n"
        "with workdir.private_workdir(module=Path(sys.argv[1]), variables={},"
        " parent=Path(sys.argv[2])) as made:\n"
        "    print(made.path, flush=True); os.kill(os.getpid(), 9)\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", program, str(MODULE), str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=MODULE.parents[1],
        check=False,
    )
    left = Path(killed.stdout.strip())
    assert left.is_dir()
    with workdir.private_workdir(module=MODULE, variables={}, parent=tmp_path) as made:
        assert list(tmp_path.iterdir()) == [made.path]


def test_given_a_living_run_when_swept_then_its_workdir_stays(tmp_path: Path) -> None:
    with workdir.private_workdir(module=MODULE, variables={}, parent=tmp_path) as made:
        assert workdir.sweep(parent=tmp_path) == []
        assert made.path.is_dir()


def test_given_only_a_child_of_the_run_lives_when_swept_then_the_workdir_stays(
    tmp_path: Path,
) -> None:
    path = tmp_path / "tofu-left"
    path.mkdir()
    lock = workdir._lock(path)
    child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=(lock,))
    os.close(lock)
    assert workdir.sweep(parent=tmp_path) == []
    child.communicate()
    assert workdir.sweep(parent=tmp_path) == [path]


def test_given_no_module_when_a_workdir_is_asked_for_then_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(TofuMissing):
        with workdir.private_workdir(module=tmp_path / "none", variables={}, parent=tmp_path):
            pass


def test_given_a_parent_of_somebody_else_when_asked_for_then_it_is_refused(
    tmp_path: Path,
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = tmp_path / "link"
    link.symlink_to(elsewhere)
    with pytest.raises(PermissionError):
        workdir.sweep(parent=link)


@pytest.mark.parametrize("trick", ["link", "hard-link", "pipe"])
def test_given_a_plan_file_that_is_none_when_read_then_it_is_refused(
    tmp_path: Path, trick: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the vault key")
    with workdir.private_workdir(module=MODULE, variables={}, parent=tmp_path / "w") as made:
        plan = made.path / "deployment.tfplan"
        if trick == "link":
            plan.symlink_to(secret)
        elif trick == "hard-link":
            plan.hardlink_to(secret)
        else:
            os.mkfifo(plan)
        with pytest.raises(OSError):
            made.read("deployment.tfplan")
        made.write("deployment.tfplan", b"ours")
        assert made.read("deployment.tfplan") == b"ours"
    assert secret.read_text() == "the vault key"


def test_given_an_own_user_when_a_workdir_is_made_then_it_is_handed_over_whole(
    tmp_path: Path,
) -> None:
    with workdir.private_workdir(module=MODULE, variables={}, parent=tmp_path) as made:
        made.write("deployment.tfplan", b"ours")
        owners = {path.lstat().st_uid for path in (made.path, *made.path.rglob("*"))}
    assert owners == {made.user if made.jail.own_user else os.getuid()}
