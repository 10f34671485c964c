"""The order PATH → cache → release → build, sums, resuming, and two at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.tools import cache
from infra.tools.manifest import ROOT
from tests.unit.tools.conftest import Fetch, Vendor, archive, write_versions

SCRIPT = "#!/bin/sh\necho hello 1.2.3 of the vendor\n"


def says(path: str) -> str:
    return subprocess.run([path.strip()], capture_output=True, text=True, check=True).stdout


def test_given_nothing_when_ensured_then_the_tool_is_built_from_its_module(fetch: Fetch) -> None:
    assert fetch("ensure").returncode == 0
    assert says(fetch("path", "hello").stdout) == "hello 1.2.3\n"


def test_given_nothing_when_asked_for_a_path_then_it_says_how_to_get_it(fetch: Fetch) -> None:
    answer = fetch("path", "hello")
    assert answer.returncode == 1
    assert "ensure hello" in answer.stderr


def test_given_a_cached_tool_when_ensured_again_then_nothing_is_done(fetch: Fetch) -> None:
    fetch("ensure")
    assert fetch("ensure").stderr == ""


def test_given_a_cached_tool_when_go_sum_changes_then_it_is_no_longer_taken(
    fetch: Fetch, house: Path
) -> None:
    fetch("ensure")
    (house / "hello/go.sum").write_text("\n")
    (tool,) = json.loads(fetch("status", "--json").stdout)
    assert tool["source"] is None


@pytest.mark.parametrize(
    ("version", "source"), [("1.2.3", "path"), ("1.2.4", None), ("11.2.3", None)]
)
def test_given_a_program_on_path_then_only_the_right_version_is_taken(
    fetch: Fetch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, source: str | None
) -> None:
    program = tmp_path / "bin" / "hello"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho hello v{version}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    (tool,) = json.loads(fetch("status", "--json").stdout)
    assert tool["source"] == source


def test_given_a_release_with_the_right_sum_then_it_is_taken_without_a_compiler(
    fetch: Fetch, house: Path, vendor: Vendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, sha256 = archive(tmp_path / "vendor", SCRIPT)
    write_versions(house, url=f"{vendor.url}/{path.name}", sha256=sha256)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert fetch("ensure").returncode == 0
    assert says(fetch("path", "hello").stdout) == "hello 1.2.3 of the vendor\n"


def test_given_a_release_with_a_wrong_sum_then_it_stops_and_installs_nothing(
    fetch: Fetch, house: Path, vendor: Vendor, tmp_path: Path
) -> None:
    path, _ = archive(tmp_path / "vendor", SCRIPT)
    write_versions(house, url=f"{vendor.url}/{path.name}", sha256="0" * 64)
    answer = fetch("ensure")
    assert answer.returncode == 3
    assert "WRONG SUM" in answer.stderr and "0" * 64 in answer.stderr
    assert fetch("path", "hello").returncode == 1


def test_given_a_vendor_that_is_not_reached_then_the_tool_is_built(
    fetch: Fetch, house: Path
) -> None:
    write_versions(house, url="http://127.0.0.1:1/hello.tar.gz", sha256="0" * 64)
    assert fetch("ensure").returncode == 0
    assert says(fetch("path", "hello").stdout) == "hello 1.2.3\n"


def test_given_half_a_download_then_only_the_other_half_is_asked_for(
    fetch: Fetch, house: Path, vendor: Vendor, tmp_path: Path, cache_home: Path
) -> None:
    path, sha256 = archive(tmp_path / "vendor", SCRIPT)
    write_versions(house, url=f"{vendor.url}/{path.name}", sha256=sha256)
    part = cache.root() / "downloads" / f"{sha256}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(path.read_bytes()[:40])
    assert fetch("ensure").returncode == 0
    assert [headers.get("Range") for headers in vendor.asked] == ["bytes=40-"]


def test_given_a_rotten_half_then_the_whole_is_fetched_once_more(
    fetch: Fetch, house: Path, vendor: Vendor, tmp_path: Path, cache_home: Path
) -> None:
    path, sha256 = archive(tmp_path / "vendor", SCRIPT)
    write_versions(house, url=f"{vendor.url}/{path.name}", sha256=sha256)
    part = cache.root() / "downloads" / f"{sha256}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"rotten" * 10)
    assert fetch("ensure").returncode == 0
    assert [headers.get("Range") for headers in vendor.asked] == ["bytes=60-", None]


def test_given_two_set_ups_at_once_then_one_builds_and_the_other_waits(fetch: Fetch) -> None:
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: fetch("ensure"), range(2)))
    assert [answer.returncode for answer in answers] == [0, 0]
    assert sum("hello 1.2.3: built" in answer.stderr for answer in answers) == 1


def test_given_a_build_that_fails_then_go_s_own_words_are_shown(fetch: Fetch, house: Path) -> None:
    (house / "hello/main.go").write_text("package main\n\nfunc main() { greet() }\n")
    answer = fetch("ensure")
    assert answer.returncode == 1
    assert "undefined: greet" in answer.stderr


def test_given_an_unknown_name_then_the_known_ones_are_named(fetch: Fetch) -> None:
    answer = fetch("ensure", "helo")
    assert answer.returncode == 1
    assert "known: hello" in answer.stderr


def test_given_background_then_the_tool_arrives_while_we_go_on(fetch: Fetch) -> None:
    assert "gets hello" in fetch("ensure", "hello", "--background").stdout
    # The lock is held until it is there, so a second call waits for the first or does the work.
    assert fetch("ensure", "hello").returncode == 0


def test_given_a_builder_in_the_background_when_asked_again_then_no_second_one_starts(
    fetch: Fetch,
) -> None:
    first = cache.claim("background")
    assert first is not None
    with first:
        assert "already" in fetch("ensure", "hello", "--background").stdout
    assert "gets hello" in fetch("ensure", "hello", "--background").stdout
    with cache.lock("background"):  # its process holds the lock until it ends
        assert fetch("path", "hello").returncode == 0


def test_given_a_module_that_is_not_what_go_sum_says_then_the_build_stops(
    cache_home: Path, tmp_path: Path
) -> None:
    pebble = tmp_path / "pebble"
    pebble.mkdir()
    for name in ("go.mod", "go.sum"):
        (pebble / name).write_bytes((ROOT / "infra/tools/pebble" / name).read_bytes())
    sums = (pebble / "go.sum").read_text().splitlines()
    # The sum of the module itself: another one of the right form, as after tampering.
    bad = [
        line[:-10] + "AAAAAAAAA=" if line.startswith("github.com/letsencrypt/pebble/v2 v") else line
        for line in sums
    ]
    (pebble / "go.sum").write_text("\n".join(bad) + "\n")
    versions = (ROOT / "infra/tools/versions.toml").read_text()
    (tmp_path / "versions.toml").write_text(versions.replace("[tools.pebble.release]", "[unused]"))
    for folder in ("tofu", "terraform-provider-hcloud"):
        (tmp_path / folder).symlink_to(ROOT / "infra/tools" / folder)
    argv = ["infra/tools/fetch.py", "--versions", tmp_path / "versions.toml", "ensure", "pebble"]
    answer = subprocess.run(
        [sys.executable, *argv], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 3
    assert "WRONG SUM" in answer.stderr
    assert not list(cache.root().glob("pebble/*/pebble"))


PATCHED = """
[tools.ids]
kind = "go"
version = "1.0.10"
wanted = "first"
why = "prints what the patched module says"
folder = "ids"
package = "."
cold_seconds = 5
[tools.ids.patched]
module = "github.com/spf13/pflag"
sum = "h1:{sum}"
"""
PFLAG = "4EBh2KAYBwaONj6b2Ye1GiHfwjqyROoF4RwYO+vPwFk="


def with_patched(house: Path, given: str) -> None:
    """A tool `ids` of a real module, one of whose files is ours."""
    folder = house / "ids"
    (folder / "patch").mkdir(parents=True)
    (folder / "go.mod").write_text(
        "module example.org/ids\n\ngo 1.26.0\n\nrequire github.com/spf13/pflag v1.0.10\n\n"
        "replace github.com/spf13/pflag => ./upstream\n"
    )
    (folder / "go.sum").write_text("")
    (folder / "main.go").write_text(
        'package main\n\nimport "github.com/spf13/pflag"\n\nfunc main() { println(pflag.Ours()) }\n'
    )
    ours = 'package pflag\n\nfunc Ours() string { return "ours" }\n'
    (folder / "patch" / "ours.go").write_text(ours)
    with (house / "versions.toml").open("a") as versions:
        versions.write(PATCHED.format(sum=given))


def test_given_a_patched_module_then_the_tool_is_built_with_our_file_in_it(
    fetch: Fetch, house: Path
) -> None:
    with_patched(house, PFLAG)
    assert fetch("ensure", "ids").returncode == 0
    program = fetch("path", "ids").stdout.strip()
    said = subprocess.run([program], capture_output=True, text=True, check=True)
    assert said.stderr == "ours\n"
    # Our file is part of what the program is.
    (house / "ids/patch/ours.go").write_text('package pflag\n\nfunc Ours() string { return "" }\n')
    assert fetch("path", "ids").returncode == 1


def test_given_a_patched_module_with_another_sum_then_nothing_is_built(
    fetch: Fetch, house: Path
) -> None:
    with_patched(house, PFLAG.swapcase())
    answer = fetch("ensure", "ids")
    assert answer.returncode == 3
    assert "WRONG SUM" in answer.stderr
    assert fetch("path", "ids").returncode == 1
