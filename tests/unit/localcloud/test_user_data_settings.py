"""What a machine's files say about k3s, read as k3s reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.localcloud.machines.layout import MachineDir, write_private
from infra.localcloud.machines.user_data import k3s_settings

UNIT = "/etc/systemd/system/{}.service"
EXEC = "[Service]\nType=notify\nExecStart=/usr/local/bin/k3s {}\n"


def machine_with(folder: Path, **files: str) -> MachineDir:
    """`config`, `first` and `second` are settings files; `k3s` and `agent` units' commands."""
    machine = MachineDir(folder)
    places = {
        "config": k3s_settings.PATH,
        "first": f"{k3s_settings.PATH}.d/10-first.yaml",
        "second": f"{k3s_settings.PATH}.d/20-second.yaml",
    }
    for name, text in files.items():
        if name in places:
            write_private(machine.in_root(places[name]), text)
    for name, unit in (("k3s", "k3s"), ("agent", "k3s-agent")):
        if name in files:
            write_private(machine.in_root(UNIT.format(unit)), EXEC.format(files[name]))
            write_private(machine.in_root("/usr/local/bin/k3s"), "")
    return machine


def test_given_settings_then_names_labels_mode_and_tokens_are_read(tmp_path: Path) -> None:
    text = (
        "token: abc\nagent-token: def\ntls-san: [api.example.om, 192.0.2.7]\n"
        "node-label: [a/b=c]\nwrite-kubeconfig-mode: '0644'\nnode-ip: 10.0.1.2\n"
    )
    found = k3s_settings.read(machine_with(tmp_path, config=text))
    assert found.tls_names == ("api.example.om", "192.0.2.7")
    assert found.labels == ("a/b=c",)
    assert found.kubeconfig_mode == 0o644
    assert (found.token, found.agent_token, found.server) == ("abc", "def", None)
    assert found.without_meaning == ("node-ip",)
    assert "abc" not in repr(found)
    assert "def" not in repr(found)


def test_given_more_files_then_a_plus_adds_and_a_name_replaces_in_their_order(
    tmp_path: Path,
) -> None:
    machine = machine_with(
        tmp_path,
        config="tls-san: [a]\nnode-label: [x=1]\n",
        second="tls-san+: [c]\n",
        first="tls-san+: b\nnode-label: [y=2]\n",
    )
    found = k3s_settings.read(machine)
    assert found.tls_names == ("a", "b", "c")
    assert found.labels == ("y=2",)


def test_given_flags_of_the_unit_then_they_replace_what_files_say(tmp_path: Path) -> None:
    flags = "server --cluster-init --tls-san x --tls-san=y --write-kubeconfig-mode 600"
    machine = machine_with(tmp_path, config="tls-san: [a]\n", k3s=flags)
    found = k3s_settings.of_unit(machine, "k3s")
    assert found.tls_names == ("x", "y")
    assert found.kubeconfig_mode == 0o600


def test_given_no_settings_then_there_are_no_names(tmp_path: Path) -> None:
    found = k3s_settings.read(MachineDir(tmp_path / "machine"))
    assert (found.tls_names, found.labels, found.kubeconfig_mode) == ((), (), 0o600)


@pytest.mark.parametrize(
    "text", ["token: abc: [secret-token\n", "- secret-token\n", "write-kubeconfig-mode: secret-t"]
)
def test_given_settings_that_cannot_be_read_then_the_words_hold_no_secret(
    tmp_path: Path, text: str
) -> None:
    with pytest.raises(ValueError) as raised:
        k3s_settings.read(machine_with(tmp_path, config=text))
    assert "secret-t" not in str(raised.value)


@pytest.mark.parametrize(
    ("files", "unit", "why"),
    [
        ({}, "k3s", "does not start"),
        ({"k3s": "agent"}, "k3s", "does not start /usr/local/bin/k3s server"),
        ({"agent": "agent"}, "k3s-agent", "must be told a server"),
        ({"agent": "agent --server https://a"}, "k3s-agent", "must be told a token"),
        ({"k3s": "server"}, "sshd", "is no unit of k3s"),
    ],
)
def test_given_a_unit_that_could_not_start_then_it_is_said_why(
    tmp_path: Path, files: dict[str, str], unit: str, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        k3s_settings.of_unit(machine_with(tmp_path, **files), unit)
