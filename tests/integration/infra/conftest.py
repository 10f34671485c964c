"""The module as it is, with a local state, and tofu as the fetcher gives it. No cloud is called."""

from __future__ import annotations

import json
import os
import shutil

import pytest

from tests.integration.infra.module_copy import BALANCER_IPS, MODULE, Module, tool


@pytest.fixture(scope="session")
def module(tmp_path_factory: pytest.TempPathFactory) -> Module:
    path = tmp_path_factory.mktemp("module") / "hetzner"
    shutil.copytree(MODULE, path, ignore=shutil.ignore_patterns(".terraform*"))
    # The state is replaced, for these tests need no PostgreSQL.
    (path / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    # A load balancer has no address before it exists; these are documentation addresses.
    (path / "balancer_override.tf").write_text(
        f"locals {{\n  load_balancer_public_ips = {json.dumps(BALANCER_IPS)}\n}}\n"
    )
    made = Module(
        path,
        tool("tofu"),
        {
            "PATH": os.environ["PATH"],
            "HOME": str(path),
            "TF_CLI_CONFIG_FILE": tool("tofurc"),
            "CHECKPOINT_DISABLE": "1",
            "HCLOUD_TOKEN": "t" * 64,
        },
    )
    initialised = made.run("init", "-input=false", "-no-color")
    assert initialised.returncode == 0, initialised.stderr
    return made
