"""The files as text: YAML that reads one way only, and shell that parses."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from yamllint import linter
from yamllint.config import YamlLintConfig

from infra.check.documents import Document

# Two keys of one name, `yes` for true and 010 for eight are what reads differently in two parsers.
YAML_RULES = """
rules:
  key-duplicates: enable
  octal-values: enable
  truthy: {check-keys: false}
  colons: enable
  indentation: {indent-sequences: consistent}
  new-line-at-end-of-file: enable
  trailing-spaces: enable
"""
# Made by upstream and taken over as they are.
TAKEN_OVER = ("crds", "_upstream")


def yaml_files(folders: Iterable[Path]) -> list[Path]:
    """YAML of ours below these folders; a chart's templates are not YAML."""
    return sorted(
        path
        for folder in folders
        for pattern in ("*.yaml", "*.yml")
        for path in folder.rglob(pattern)
        if not {"templates", *TAKEN_OVER} & set(path.relative_to(folder).parts)
    )


def yaml_faults(path: Path) -> list[str]:
    """By yamllint, and tabs, which YAML forbids to indent with."""
    config = YamlLintConfig(YAML_RULES)
    text = path.read_text()
    faults = [f"{path.name}:{each.line}: {each.desc}" for each in linter.run(text, config)]
    return faults + ([f"{path.name}: a tab"] if "\t" in text else [])


def scripts(documents: Iterable[Document]) -> Iterator[tuple[str, str]]:
    """(where, text) of every shell script that a container runs as `sh -c <text>`."""
    for document in documents:
        for container in document.containers():
            words = [*(container.get("command") or []), *(container.get("args") or [])]
            for index, word in enumerate(words[:-1]):
                if word in {"-c", "-ec", "-euc", "-ceu"} and index > 0:
                    yield f"{document} {container['name']}", words[index + 1]


def script_fault(text: str) -> str:
    """What `sh -n` says; empty when it can be parsed."""
    done = subprocess.run(
        ["sh", "-n"], input=text, capture_output=True, text=True, timeout=10, check=False
    )
    return done.stderr.strip() if done.returncode else ""
