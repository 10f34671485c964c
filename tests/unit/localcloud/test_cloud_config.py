"""What user data says, and what is not believed."""

from __future__ import annotations

import base64
import gzip
from pathlib import Path

import pytest

from infra.localcloud.machines.cloud_config import CloudConfigError, apply, parse
from infra.localcloud.machines.layout import MachineDir


def test_given_no_cloud_config_header_then_nothing_is_asked_for() -> None:
    assert parse("#!/bin/sh\nwrite_files: []").files == parse("").files == ()


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("b64", base64.b64encode(b"text").decode()),
        ("gz+base64", base64.b64encode(gzip.compress(b"text")).decode()),
        ("", "text"),
    ],
)
def test_given_an_encoding_then_the_content_is_decoded(encoding: str, content: str) -> None:
    entry = f'{{path: /a, encoding: "{encoding}", content: "{content}"}}'

    [file] = parse(f"#cloud-config\nwrite_files: [{entry}]").files

    assert file.content == b"text"


@pytest.mark.parametrize("written", ['"0600"', "'600'", "0600"])
def test_given_permissions_quoted_or_not_then_they_are_octal(written: str) -> None:
    [file] = parse(f"#cloud-config\nwrite_files: [{{path: /a, permissions: {written}}}]").files

    assert file.mode == 0o600


@pytest.mark.parametrize(
    "body",
    [
        "write_files: text",
        "write_files: [{content: a}]",
        "write_files: [{path: /a, encoding: b64, content: '*'}]",
        "write_files: [{path: /a, encoding: gz, content: plain}]",
        "write_files: [{path: /a, permissions: rw}]",
        "- a list",
        "a: [",
    ],
)
def test_given_nonsense_then_the_error_quotes_none_of_it(body: str) -> None:
    with pytest.raises(CloudConfigError) as refused:
        parse(f"#cloud-config\n# hush-hush\n{body}")

    assert "hush" not in str(refused.value) and "plain" not in str(refused.value)


def test_given_a_link_out_of_the_root_then_nothing_is_written_through_it(tmp_path: Path) -> None:
    machine = MachineDir(tmp_path / "machine")
    machine.root.mkdir(parents=True)
    (machine.root / "out").symlink_to(tmp_path)

    with pytest.raises(ValueError, match="leaves the machine's root"):
        apply(parse("#cloud-config\nwrite_files: [{path: /out/file, content: a}]"), machine)

    assert not (tmp_path / "file").exists()


def test_given_append_then_the_content_is_added(tmp_path: Path) -> None:
    machine = MachineDir(tmp_path)
    files = "[{path: /a, content: one}, {path: /a, content: two, append: true}]"

    apply(parse(f"#cloud-config\nwrite_files: {files}"), machine)

    assert (machine.root / "a").read_text() == "onetwo"
