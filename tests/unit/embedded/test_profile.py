"""What a stack is started as, and what programs that are started later believe of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from catalyst.embedded import profile
from catalyst.embedded.state import StackState

HAS: list[tuple[str, str, str, Callable[[StackState], bool]]] = [
    ("keycloak", "CATALYST_KEYCLOAK", "off", profile.has_keycloak),
    ("openbao", "CATALYST_VAULT", "envelope", profile.has_openbao),
]


@pytest.fixture
def state(tmp_path: Path) -> StackState:
    return StackState.ensure(tmp_path)


@pytest.mark.parametrize(("service", "variable", "no", "has"), HAS)
def test_given_a_service_when_it_was_started_or_not_then_that_is_believed_later(
    service: str,
    variable: str,
    no: str,
    has: Callable[[StackState], bool],
    state: StackState,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.delenv(variable, raising=False)
    assert has(state), "a stack that was never started will have it"
    profile.remember(state, ["postgres", "redis"])
    assert not has(state), "it was not among those started"
    profile.remember(state, ["postgres", service])
    assert has(state)

    monkeypatch.setenv(variable, no)
    assert not has(state)
    profile.remember(state, ["postgres", service])
    monkeypatch.delenv(variable)
    assert not has(state), "it was started without it, by the variable"
    profile.remember(state, ["postgres", service])
    assert has(state), "and then with it"


def test_given_a_stack_started_with_gitea_when_asked_later_then_it_is_believed(
    state: StackState, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("CATALYST_GITEA", raising=False)
    assert not profile.has_gitea(state), "nobody asked for it"
    monkeypatch.setenv("CATALYST_GITEA", "yes")
    assert profile.has_gitea(state)
    profile.remember(state, ["postgres", "gitea"])
    monkeypatch.delenv("CATALYST_GITEA")
    assert profile.has_gitea(state)
    profile.remember(state, ["postgres", "gitea"])
    assert not profile.has_gitea(state), "it was started without"
