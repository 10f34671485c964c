"""What gives a new cluster Flux, with a `k3s` that fails as an API does that is busy."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "infra/hetzner/cloud-init/bring-flux.sh"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "cluster"
    made.mkdir()
    for name in ("before-flux.json", "flux.json"):
        (made / name).write_text("{}")
    return made


def bring(tmp_path: Path, folder: Path, *, fails: str, seconds: int) -> tuple[int, list[str]]:
    """`fails`: numbers of the calls that fail, as a pattern of the shell."""
    log = tmp_path / "log"
    k3s = tmp_path / "k3s"
    k3s.write_text(
        f'#!/bin/sh\necho "$*" >>{log}\n'
        f'case $(wc -l <{log}) in {fails}) echo "request canceled" >&2; exit 1;; esac\n'
    )
    k3s.chmod(0o755)
    done = subprocess.run(
        ["bash", SCRIPT, folder, str(seconds)],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode, log.read_text().splitlines()


def test_given_an_api_that_is_busy_for_a_moment_when_brought_then_it_is_asked_again(
    tmp_path: Path, folder: Path
) -> None:
    code, called = bring(tmp_path, folder, fails="1|4", seconds=60)
    assert code == 0
    applied = [line.rpartition("/")[2] for line in called if "kubectl apply" in line]
    assert applied == ["before-flux.json", "before-flux.json", "flux.json"]
    assert not folder.exists()


def test_given_an_api_that_never_answers_when_brought_then_it_gives_up_and_keeps_its_files(
    tmp_path: Path, folder: Path
) -> None:
    code, called = bring(tmp_path, folder, fails="*", seconds=1)
    assert code != 0
    assert not [line for line in called if "kubectl apply" in line]
    assert (folder / "flux.json").exists()
