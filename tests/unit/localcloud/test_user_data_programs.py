"""Stand-ins are programs, and the configuration that turns them on is checked at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.localcloud.config import ConfigError, load
from infra.localcloud.machines.user_data import namespace, stand_ins


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    stand_ins.write(folder)
    return folder


def test_given_stand_ins_then_each_can_be_run_and_stands_for_a_real_name(programs: Path) -> None:
    assert set(stand_ins.NOTHING_TO_DO) < {program.name for program in programs.iterdir()}
    assert all(os.access(program, os.X_OK) for program in programs.iterdir())
    assert namespace.PATH.split(":")[0] == "/run/local-cloud/bin"


def test_given_a_stand_in_then_its_arguments_are_not_repeated(programs: Path) -> None:
    for name in stand_ins.NOTHING_TO_DO:
        assert "$" not in (programs / name).read_text()


@pytest.mark.parametrize(
    "program", [*sorted(stand_ins.PROGRAMS.iterdir()), stand_ins.PROGRAMS.parent / "k3s.sh"]
)
def test_given_a_stand_in_when_shellcheck_reads_it_then_it_has_nothing_to_say(
    program: Path,
) -> None:
    asked = ["shellcheck", "--severity=style", program]
    found = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


def test_given_a_cluster_in_the_configuration_then_its_programs_are_found_or_refused(
    tmp_path: Path,
) -> None:
    (tmp_path / "key").write_text("k" * 43)
    wanted = {"kube": sys.executable, "etcd": "sh", "kubectl": sys.executable}
    machine = {"boot": "process", "python": "python3", "app_dir": str(tmp_path), "cluster": wanted}
    listen = {"host": "127.0.0.1", "port": 4000}
    document = {
        "state_dir": str(tmp_path),
        "range": "198.51.100.0/24",
        "api": listen,
        "admin": listen | {"key_file": str(tmp_path / "key")},
        "machine": machine,
    }
    path = tmp_path / "config.json"
    path.write_text(json.dumps(document))
    cluster = load(path).machine.cluster
    assert cluster is not None
    assert cluster.kube == Path(sys.executable)
    assert cluster.etcd.name == "sh"

    wanted["kubectl"] = str(tmp_path / "nothing")
    path.write_text(json.dumps(document))
    with pytest.raises(ConfigError, match=r"machine\.cluster\.kubectl"):
        load(path)
