"""YAML as it is written into repositories: for people to read, and read back it is the same."""

from __future__ import annotations

from typing import Any

import yaml

# PyYAML writes these bare, and takes them for the end of a line when it reads them (YAML 1.1 §4.2).
_BREAKS = frozenset("\x85\u2028\u2029")


class _Dumper(yaml.SafeDumper):
    pass


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if _BREAKS.intersection(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def dump(*documents: Any) -> str:
    """One after the other, keys in their order."""
    return yaml.dump_all(
        documents,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=100,
    )
