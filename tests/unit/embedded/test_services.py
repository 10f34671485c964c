"""What holds for every service of the stack."""

from ipaddress import IPv4Network
from pathlib import Path

import pytest

from catalyst.embedded.service import Service, inherited_env
from catalyst.embedded.services import EVERY
from catalyst.embedded.state import PORT_NAMES, StackState


@pytest.fixture
def state(tmp_path: Path) -> StackState:
    state = StackState.ensure(tmp_path, ports=PORT_NAMES)
    return state.remember_range(IPv4Network("198.18.5.0/24"))


@pytest.mark.parametrize("service", EVERY, ids=lambda service: service.name)
def test_given_any_service_when_its_command_is_made_then_it_holds_no_secret(
    service: Service, state: StackState
):
    words = " ".join([*service.argv(state), *service.env(state).values(), service.where(state)])
    assert not [name for name, secret in state.secrets.items() if secret in words]


@pytest.mark.parametrize("service", EVERY, ids=lambda service: service.name)
def test_given_any_service_when_it_uses_a_port_then_it_has_asked_for_it(
    service: Service, tmp_path: Path
):
    needed = {port for other in _with_needs(service) for port in other.ports}
    state = StackState.ensure(tmp_path, ports=needed).remember_range(IPv4Network("198.18.5.0/24"))
    service.argv(state)
    service.where(state)


def test_given_a_token_in_the_shell_when_a_child_is_started_then_it_does_not_get_it(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("HCLOUD_TOKEN", "x" * 64)
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", "/somewhere")
    monkeypatch.setenv("CATALYST_PUBLIC_RANGE", "198.18.5.0/24")
    env = inherited_env()
    assert "HCLOUD_TOKEN" not in env
    assert "TF_CLI_CONFIG_FILE" not in env
    assert env["CATALYST_PUBLIC_RANGE"] == "198.18.5.0/24"


def test_given_two_ways_to_be_up_when_a_service_is_described_then_it_is_refused():
    with pytest.raises(ValueError, match="one of probe, ready_line, run_once"):
        Service(name="both", argv=lambda _: ["true"], run_once=True, ready_line="ready")


def _with_needs(service: Service) -> list[Service]:
    by_name = {other.name: other for other in EVERY}
    return [service, *(found for name in service.needs for found in _with_needs(by_name[name]))]
