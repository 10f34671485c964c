"""The tree's files as text."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.check import charts, files

FOLDERS = (charts.ROOT, charts.ROOT.parent / "clusters")


def test_given_every_yaml_file_when_linted_then_it_reads_one_way_only() -> None:
    faults = [fault for path in files.yaml_files(FOLDERS) for fault in files.yaml_faults(path)]
    assert faults == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("a: 1\na: 2\n", "duplication"),
        ("a: 010\n", "octal"),
        ("a: yes\n", "truthy"),
        ("a:\n\tb: 1\n", "tab"),
    ],
)
def test_given_yaml_that_reads_two_ways_when_linted_then_it_is_seen(
    tmp_path: Path, text: str, word: str
) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(text)
    assert word in " ".join(files.yaml_faults(path))


def test_given_a_script_that_does_not_parse_when_looked_at_then_it_is_seen() -> None:
    assert files.script_fault("if true; then echo") != ""
    assert files.script_fault("if true; then echo; fi") == ""
