"""A configuration that cannot be used says which field is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra.localcloud.config import ConfigError, load


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "key").write_text("k" * 43)
    return {
        "state_dir": str(tmp_path),
        "range": "198.51.100.0/24",
        "api": {"host": "127.0.0.1", "port": 4000},
        "admin": {"host": "127.0.0.1", "port": 4001, "key_file": str(tmp_path / "key")},
        "machine": {"boot": "process", "python": "python3", "app_dir": str(tmp_path)},
    }


def written(document: dict[str, Any], folder: Path) -> Path:
    path = folder / "config.json"
    path.write_text(json.dumps(document))
    return path


def test_given_the_least_then_the_rest_has_defaults(
    document: dict[str, Any], tmp_path: Path
) -> None:
    config = load(written(document, tmp_path))

    assert config.action_seconds == 0.3
    assert config.machine.resolver is None


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"range": "198.51.100.0/25"}, "range"),
        ({"api": {"host": "127.0.0.1", "port": 70000}}, "api.port"),
        ({"admin": {"host": "127.0.0.1", "port": 1}}, "key_file"),
        ({"machine": {"boot": "vm"}}, "machine.boot"),
        ({"machine": {"boot": "process"}}, "python"),
    ],
)
def test_given_an_odd_field_then_the_error_names_it(
    document: dict[str, Any], tmp_path: Path, change: dict[str, Any], named: str
) -> None:
    with pytest.raises(ConfigError, match=named):
        load(written(document | change, tmp_path))
