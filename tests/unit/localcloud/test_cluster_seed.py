"""What a machine's cluster is told comes from k3s's own settings file on its disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.localcloud.machines import cluster_seed
from infra.localcloud.machines.layout import MachineDir


def machine_with(tmp_path: Path, settings: str) -> MachineDir:
    machine = MachineDir(tmp_path)
    path = machine.in_root(cluster_seed.SETTINGS)
    path.parent.mkdir(parents=True)
    path.write_text(settings)
    return machine


def test_given_k3s_settings_then_the_names_of_the_api_are_read(tmp_path: Path) -> None:
    machine = machine_with(tmp_path, "token: abc\ntls-san: [api.example.om, 192.0.2.7]\n")
    assert cluster_seed.tls_names(machine) == ["api.example.om", "192.0.2.7"]


def test_given_settings_that_are_not_yaml_then_the_words_hold_no_secret(tmp_path: Path) -> None:
    machine = machine_with(tmp_path, "token: abc: [secret-token\n")
    with pytest.raises(ValueError) as raised:
        cluster_seed.tls_names(machine)
    assert "secret-token" not in str(raised.value)


def test_given_no_settings_then_there_are_no_names(tmp_path: Path) -> None:
    assert cluster_seed.tls_names(MachineDir(tmp_path / "machine")) == []
