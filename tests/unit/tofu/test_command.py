"""Only fixed argv; nothing a person typed can become an option."""

from __future__ import annotations

from pathlib import Path

import pytest

from sovereign_wizard.tofu import command

TOFU = Path("/opt/tofu")


@pytest.mark.parametrize(
    "schema", ["", "Deploy", "a b", "a;drop", "-lock=false", "x" * 64, "1a", "a\n"]
)
def test_given_an_odd_schema_when_init_is_built_then_it_is_refused(schema: str) -> None:
    with pytest.raises(ValueError, match="schema"):
        command.init(tofu=TOFU, schema=schema)


def test_given_any_command_that_touches_state_when_built_then_it_locks_with_a_timeout() -> None:
    for built in (command.plan(tofu=TOFU), command.apply(tofu=TOFU), command.destroy(tofu=TOFU)):
        assert "-lock-timeout=60s" in built.argv
        assert not any(part.startswith("-lock=") for part in built.argv)


def test_given_a_plan_when_there_are_changes_then_exit_code_2_is_success() -> None:
    assert command.HAS_CHANGES in command.plan(tofu=TOFU).ok
    assert command.HAS_CHANGES not in command.apply(tofu=TOFU).ok


def test_given_a_destroy_plan_when_built_then_only_that_option_differs() -> None:
    made, unmade = command.plan(tofu=TOFU), command.plan(tofu=TOFU, destroy=True)
    assert set(unmade.argv) - set(made.argv) == {"-destroy"}


def test_given_commands_that_print_secrets_when_built_then_they_are_marked_as_documents() -> None:
    for built in (command.show_plan(tofu=TOFU), command.output(tofu=TOFU)):
        assert built.reads is command.Reads.DOCUMENT
