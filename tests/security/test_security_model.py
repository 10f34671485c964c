"""All twenty checks (peers.md §5.2): what the table of docs/security-model.md says is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs/security-model.md").read_text()
ROWS = {
    int(number): (check.strip(), state.strip())
    for number, check, state in re.findall(r"^\| (\d+) \| (.+?) \| (.+) \|$", TEXT, re.MULTILINE)
}
# A file or folder of tests, wherever in the text; short where its last parts say which.
NAMED = re.compile(r"`([\w./-]*(?:test_\w+\.py|tests/[\w./-]*/))`")
NUMBERED = re.compile(r"^(?:async )?def test_(\d\d)_", re.MULTILINE)


def meant(name: str) -> list[Path]:
    """What a name in the text stands for: exactly that path, or whatever ends like it."""
    if name.startswith("tests/"):
        return [path] if (path := ROOT / name).exists() else []
    ends = f"/{name}"
    return [path for path in (ROOT / "tests").rglob(Path(name).name) if str(path).endswith(ends)]


def count_in(path: Path) -> int:
    files = path.rglob("test_*.py") if path.is_dir() else [path]
    return sum(len(re.findall(r"def test_", file.read_text())) for file in files)


def test_given_the_table_when_read_then_every_check_is_in_it_once_with_a_state() -> None:
    assert list(ROWS) == list(range(1, 21))
    for number, (check, state) in ROWS.items():
        assert check and re.match(r"\*\*[TDO]\*\*", state), number


@pytest.mark.parametrize("number", range(1, 21))
def test_given_a_check_that_is_tested_when_followed_then_its_tests_are_there(number: int) -> None:
    _, state = ROWS[number]
    names = NAMED.findall(state)
    assert bool(names) == ("**T**" in state)
    for name in names:
        found = meant(name)
        assert found, f"[{number}] names {name}, which is not there"
        assert all(count_in(path) for path in found), f"[{number}] {name} tests nothing"


def test_given_a_test_with_a_number_when_looked_for_then_its_check_names_its_file() -> None:
    silent = {
        (int(number), file.name)
        for file in (ROOT / "tests").rglob("test_*.py")
        for number in NUMBERED.findall(file.read_text())
        if file.name not in ROWS.get(int(number), ("", ""))[1]
    }
    assert silent == set()


def test_given_the_whole_text_when_followed_then_no_path_in_it_leads_nowhere() -> None:
    paths = re.findall(
        r"`((?:catalyst|dns|franchise|infra|sovereign_wizard|tests)/[\w./-]+)`", TEXT
    )
    assert len(paths) > 20
    assert [path for path in paths if not (ROOT / path).exists()] == []
    links = re.findall(r"\]\((?!https?:)([^)#]+)", TEXT)
    assert links and [link for link in links if not (ROOT / "docs" / link).exists()] == []
