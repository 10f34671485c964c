"""No secret in the tree: `python -m infra.check.secrets [--accept]`.

detect-secrets judges; what was looked at and is none is in `secrets.baseline.json` as hashes.
`--accept` writes that anew: read the difference before it is committed. Tests are full of made-up
passwords, so there only shapes that are secrets anywhere count (tokens of vendors, private keys).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.plugins.base import BasePlugin, RegexBasedDetector
from detect_secrets.settings import transient_settings

ROOT = Path(__file__).resolve().parents[2]
BASELINE = Path(__file__).with_name("secrets.baseline.json")
# Sums and others' text: nothing in them was written here.
OTHERS = (
    "requirements.lock",
    "static/dist/",
    "static/package-lock.json",
    "infra/charts/_upstream/",
    "infra/clusters/_template/crds/",
    "infra/localcloud/hetzner/openapi.json",
    "infra/check/secrets.baseline.json",
)
SUMS = ("go.sum", "go.mod")
# These guess by the name beside a value, or by how random it looks.
GUESSES = {"KeywordDetector", "HexHighEntropyString", "Base64HighEntropyString"}
NEVER = {"IPPublicDetector"}
FILTERS = (
    "allowlist.is_line_allowlisted",
    "heuristic.is_indirect_reference",
    "heuristic.is_likely_id_string",
    "heuristic.is_not_alphanumeric_string",
    "heuristic.is_potential_uuid",
    "heuristic.is_prefixed_with_dollar_sign",
    "heuristic.is_sequential_string",
    "heuristic.is_templated_secret",
)
BATCH = 40


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """`digest` is detect-secrets' hash: the value itself is told to nobody."""

    path: str
    kind: str
    digest: str
    line: int = 0

    @property
    def known_by(self) -> tuple[str, str, str]:
        """What stays when the line moves."""
        return self.path, self.kind, self.digest


def tracked(root: Path = ROOT) -> list[str]:
    """What git has or would take, without what others wrote."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    answer = subprocess.run(asked, cwd=root, capture_output=True, text=True, check=True)
    return [
        name
        for name in answer.stdout.splitlines()
        if not name.startswith(OTHERS) and not name.endswith(SUMS) and (root / name).is_file()
    ]


def find(names: Iterable[str], root: Path = ROOT) -> list[Finding]:
    """Everything that looks like a secret in these files."""
    tests = sorted(name for name in names if name.startswith("tests/"))
    others = sorted(set(names) - set(tests))
    batches = [
        (root, some[start : start + BATCH], guess)
        for some, guess in ((tests, False), (others, True))
        for start in range(0, len(some), BATCH)
    ]
    if len(batches) == 1:
        return sorted(_scan(batches[0]))
    with ProcessPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        return sorted(finding for found in pool.map(_scan, batches) for finding in found)


def unknown(found: Iterable[Finding]) -> list[Finding]:
    """Those that nobody has accepted."""
    accepted = {tuple(each) for each in json.loads(BASELINE.read_text())}
    return [each for each in found if each.known_by not in accepted]


def _scan(batch: tuple[Path, list[str], bool]) -> list[Finding]:
    root, names, guess = batch
    alike: dict[frozenset[str], list[str]] = defaultdict(list)
    for name in names:
        if plugins := _worth_trying((root / name).read_text(errors="replace"), guess=guess):
            alike[plugins].append(name)
    return [each for plugins, some in alike.items() for each in _judged(root, some, plugins)]


def _worth_trying(text: str, *, guess: bool) -> frozenset[str]:
    """Names of plugins. Line by line all of them take a minute; most patterns are nowhere."""
    found = set(GUESSES) if guess else set()
    # Its own annotation leaves the kind of plugin open.
    plugins = cast("dict[str, type[BasePlugin]]", get_mapping_from_secret_type_to_class())
    for plugin in plugins.values():
        shapes = plugin().denylist if issubclass(plugin, RegexBasedDetector) else ()
        if plugin.__name__ not in NEVER and any(shape.search(text) for shape in shapes):
            found.add(plugin.__name__)
    return frozenset(found)


def _judged(root: Path, names: list[str], plugins: frozenset[str]) -> Iterator[Finding]:
    chosen = {
        "plugins_used": [{"name": name} for name in sorted(plugins)],
        "filters_used": [{"path": f"detect_secrets.filters.{name}"} for name in FILTERS],
    }
    with transient_settings(chosen):
        found = SecretsCollection(root=str(root))
        for name in names:
            found.scan_file(name)
        for path, secret in found:
            yield Finding(path, secret.type, secret.secret_hash, secret.line_number)


def main() -> int:
    parser = argparse.ArgumentParser(description="Look for secrets in the tree.")
    parser.add_argument("--accept", action="store_true", help="what is there now is no secret")
    found = find(tracked())
    if parser.parse_args().accept:
        lines = sorted({each.known_by for each in found})
        body = ",\n".join(json.dumps(line) for line in lines)
        BASELINE.write_text(f"[\n{body}\n]\n")
        return 0
    for each in unknown(found):
        print(f"{each.path}:{each.line}: {each.kind}")
    return 1 if unknown(found) else 0


if __name__ == "__main__":
    sys.exit(main())
