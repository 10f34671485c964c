"""OpenTofu takes the provider from our mirror and asks no registry."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from infra.tools import cache, obtain
from infra.tools.manifest import ROOT, load

NEEDS_HCLOUD = """
terraform {
  required_providers {
    hcloud = { source = "hetznercloud/hcloud", version = "= %s" }
  }
}
"""
NEEDS_ANOTHER = (
    'terraform {\n  required_providers {\n    null = { source = "hashicorp/null" }\n  }\n}'
)


def init(folder: Path, configuration: str) -> subprocess.CompletedProcess[str]:
    """`tofu init` in that folder, with the tofurc the fetcher wrote."""
    pins = load()
    (folder / "main.tf").write_text(configuration)
    return subprocess.run(
        [obtain.path_of("tofu", pins), "init", "-no-color"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "TF_CLI_CONFIG_FILE": str(cache.tofurc())},
        capture_output=True,
        text=True,
        check=False,
    )


def test_given_the_provider_then_tofu_installs_it_from_the_mirror(tmp_path: Path) -> None:
    answer = init(tmp_path, NEEDS_HCLOUD % load().tools["provider"].version)
    assert answer.returncode == 0, answer.stderr


def test_given_a_provider_we_do_not_have_then_tofu_looks_nowhere_else(tmp_path: Path) -> None:
    answer = init(tmp_path, NEEDS_ANOTHER)
    assert answer.returncode != 0
    searched = [line.strip() for line in answer.stderr.splitlines() if line.startswith("  - ")]
    assert searched == [f"- {cache.mirror()}"]


def test_given_the_mirror_was_lost_then_ensure_puts_it_back(
    tmp_path: Path, cache_home: Path
) -> None:
    """Nothing is built for it: the program still lies in the cache."""
    tool = load().tools["provider"]
    built = cache.program(tool)
    built.parent.mkdir(parents=True)
    built.write_text("#!/bin/sh\n")
    argv = [sys.executable, "infra/tools/fetch.py", "ensure", "provider"]
    subprocess.run(argv, cwd=ROOT, check=True)
    (copy,) = cache.mirror().rglob("terraform-provider-hcloud_v*")
    assert copy.samefile(built)
    assert str(cache.mirror()) in cache.tofurc().read_text()
