"""What a stack decides once and keeps."""

import socket
import stat
from base64 import b64decode
from concurrent.futures import ProcessPoolExecutor
from ipaddress import IPv4Network
from multiprocessing import get_context
from pathlib import Path

import pytest

from catalyst.embedded.ports import is_free
from catalyst.embedded.state import PORT_NAMES, StackState


def ensure(state_dir: Path) -> StackState:
    return StackState.ensure(state_dir, ports=PORT_NAMES)


def test_given_nothing_on_disk_when_loaded_then_every_part_is_none_and_nothing_is_made(
    tmp_path: Path,
):
    state = StackState.load(tmp_path / "state")
    parts = (
        state.postgres_url,
        state.redis_url,
        state.powerdns_url,
        state.hcloud_endpoint,
        state.ca_bundle,
        state.resolver,
        state.secret_key,
        state.vault_key,
        state.public_range,
    )
    assert parts == (None,) * len(parts)
    assert not (tmp_path / "state").exists()


def test_given_only_postgres_when_loaded_then_it_has_an_address_and_the_others_none(tmp_path: Path):
    state = StackState.ensure(tmp_path, ports=["postgres"])
    assert state.postgres_url is not None
    assert state.postgres_url.endswith(f"@127.0.0.1:{state.ports['postgres']}/catalyst")
    assert state.powerdns_url is None
    assert state.redis_url is None


def test_given_a_state_when_ensured_again_then_ports_and_secrets_are_the_same(tmp_path: Path):
    assert ensure(tmp_path) == ensure(tmp_path)


def test_given_many_processes_at_once_when_ensured_then_all_agree(tmp_path: Path):
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        states = list(pool.map(ensure, [tmp_path] * 6))
    assert all(state == states[0] for state in states)
    assert states[0] == StackState.load(tmp_path)


def test_given_a_state_when_made_then_secrets_are_for_their_owner_only(tmp_path: Path):
    state = ensure(tmp_path)
    assert stat.S_IMODE(state.secrets_dir.stat().st_mode) == 0o700
    modes = {stat.S_IMODE(path.stat().st_mode) for path in state.secrets_dir.iterdir()}
    assert modes == {0o600}


def test_given_a_state_when_made_then_no_secret_is_in_stack_json_or_in_its_repr(tmp_path: Path):
    state = ensure(tmp_path)
    shown = (tmp_path / "stack.json").read_text() + repr(state)
    assert not [name for name, secret in state.secrets.items() if secret in shown]


def test_given_a_state_when_made_then_the_vault_key_is_32_bytes(tmp_path: Path):
    vault_key = ensure(tmp_path).vault_key
    assert vault_key is not None
    assert len(b64decode(vault_key, validate=True)) == 32


def test_given_a_port_taken_by_another_program_when_rechosen_then_only_that_one_changes(
    tmp_path: Path,
):
    state = ensure(tmp_path)
    with socket.create_server(("127.0.0.1", state.ports["redis"])):
        again = state.rechoose_taken_ports(PORT_NAMES, free=is_free)
    changed = {name for name in PORT_NAMES if again.ports[name] != state.ports[name]}
    assert changed == {"redis"}
    assert again == StackState.load(tmp_path)


def test_given_all_ports_when_chosen_then_no_two_are_the_same_and_none_is_ephemeral(tmp_path: Path):
    ports = ensure(tmp_path).ports
    assert len(set(ports.values())) == len(PORT_NAMES)
    assert max(ports.values()) < 32768


def test_given_an_unknown_port_name_when_ensured_then_it_is_refused(tmp_path: Path):
    with pytest.raises(KeyError, match="telnet"):
        StackState.ensure(tmp_path, ports=["telnet"])


def test_given_a_range_when_remembered_then_the_addresses_of_architecture_md_are_in_it(
    tmp_path: Path,
):
    state = ensure(tmp_path).remember_range(IPv4Network("198.18.5.0/24"))
    assert state.resolver == "198.18.5.4"
    assert state.nameservers == ("198.18.5.53", "198.18.5.54", "198.18.5.55")
