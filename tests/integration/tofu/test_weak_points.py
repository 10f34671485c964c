"""The reference's known faults that running tofu answers, by their numbers in the specification."""

from __future__ import annotations

from pathlib import Path

import pytest

from sovereign_wizard.tofu import command
from sovereign_wizard.tofu.problems import TofuFailed
from sovereign_wizard.tofu.stream import Diagnostic
from tests.integration.tofu.tofu_world import new_world

LINES = 20_000
# Writes faster than anybody reads, says the error that matters last, and is gone at once.
CHATTY = f"""#!/bin/sh
seq {LINES}
echo '{{"@level":"error","@message":"Error: the last words","type":"diagnostic",\
"@timestamp":"2026-01-01T00:00:00Z",\
"diagnostic":{{"severity":"error","summary":"the last words","detail":""}}}}'
exit 1
"""


def test_w22_given_a_program_gone_before_its_lines_are_read_when_run_then_none_is_lost(
    tmp_path: Path,
) -> None:
    world = new_world(tmp_path)
    program = tmp_path / "chatty"
    program.write_text(CHATTY)
    program.chmod(0o755)

    with world.workdir(world.module(""), {}) as workdir, pytest.raises(TofuFailed) as failed:
        world.run(command.Command("apply", (str(program),)), workdir)

    *texts, last = world.events
    assert [text.message for text in texts] == [str(number) for number in range(1, LINES + 1)]
    assert isinstance(last, Diagnostic)
    assert failed.value.detail == "the last words"
