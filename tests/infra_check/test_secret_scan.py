"""The tree holds no secret, and one that is planted is found (check 20)."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.check import secrets as scan

# Made here, so that this file holds none of their shapes.
KEY = "-----BEGIN {} PRIVATE KEY-----\n".format("OPENSSH")
GITHUB = "ghp" + "_" + "A1b2C3d4E5f6" * 3
AMAZON = "AKIA" + "QWERTYUIOPASDFGH"
STRIPE = "sk" + "_live_" + "a1B2c3D4" * 3


def _jwt() -> str:
    def part(words: dict[str, str]) -> str:
        return base64.urlsafe_b64encode(json.dumps(words).encode()).decode().rstrip("=")

    head, body = part({"alg": "HS256", "typ": "JWT"}), part({"sub": "operator"})
    return f"{head}.{body}.{secrets.token_urlsafe(32)}"


SHAPES: dict[str, Callable[[], str]] = {
    "Private Key": lambda: KEY,
    "GitHub Token": lambda: f"x = '{GITHUB}'\n",
    "AWS Access Key": lambda: f"x = '{AMAZON}'\n",
    "Stripe Access Key": lambda: f"x = '{STRIPE}'\n",
    "JSON Web Token": lambda: f"x = '{_jwt()}'\n",
    "Basic Auth Credentials": lambda: f"at = 'https://me:{secrets.token_hex(9)}@db.acme.org/'\n",
}
GUESSED: dict[str, Callable[[], str]] = {
    "Hex High Entropy String": lambda: f"x = '{secrets.token_hex(32)}'\n",
    "Secret Keyword": lambda: f"password = '{secrets.token_urlsafe(12)}z'\n",
}


def found_in(root: Path, name: str, text: str) -> set[str]:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("first = 1\n" + text)
    return {each.kind for each in scan.find([name], root) if each.line == 2}


def test_given_the_tree_when_scanned_then_nothing_in_it_looks_like_a_secret_unseen() -> None:
    assert scan.unknown(scan.find(scan.tracked())) == []


@pytest.mark.parametrize("folder", ["catalyst", "tests"])
@pytest.mark.parametrize("kind", SHAPES)
def test_given_a_planted_secret_when_scanned_then_it_is_found(
    tmp_path: Path, folder: str, kind: str
) -> None:
    assert kind in found_in(tmp_path, f"{folder}/new.py", SHAPES[kind]())


@pytest.mark.parametrize("kind", GUESSED)
def test_given_something_random_when_scanned_then_it_counts_outside_of_tests(
    tmp_path: Path, kind: str
) -> None:
    assert kind in found_in(tmp_path, "catalyst/new.py", GUESSED[kind]())
    assert found_in(tmp_path, "tests/new.py", GUESSED[kind]()) == set()


def test_given_an_accepted_value_when_it_moves_then_only_another_value_is_news() -> None:
    path, kind, digest = json.loads(scan.BASELINE.read_text())[0]
    assert scan.unknown([scan.Finding(path, kind, digest, line=9999)]) == []
    other = scan.Finding(path, kind, "0" * 40)
    assert scan.unknown([other]) == [other]


def test_given_a_finding_when_told_then_its_value_is_not(tmp_path: Path) -> None:
    (tmp_path / "new.py").write_text(f"x = '{GITHUB}'\n")
    [found] = scan.find(["new.py"], tmp_path)
    assert GITHUB not in repr(found)


def test_given_the_tracked_files_when_listed_then_only_others_texts_are_left_out() -> None:
    names = set(scan.tracked())
    assert {"catalyst/settings/base.py", "infra/hetzner/servers.tf", "Makefile"} <= names
    assert not any(name.endswith("go.sum") for name in names)
