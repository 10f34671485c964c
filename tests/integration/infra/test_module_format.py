"""The module is well-formed, and its provider and versions are pinned."""

from __future__ import annotations

import re

from tests.integration.infra.module_copy import MODULE, Module


def test_given_the_module_when_fmt_looks_then_it_has_nothing_to_change(module: Module) -> None:
    checked = module.run("fmt", "-check", "-recursive", "-diff", str(MODULE))
    assert checked.returncode == 0, checked.stdout


def test_given_the_module_when_validated_then_it_is_valid(module: Module) -> None:
    checked = module.run("validate", "-no-color")
    assert checked.returncode == 0, checked.stderr


def test_given_the_versions_when_read_then_the_provider_is_one_exact_release() -> None:
    text = (MODULE / "versions.tf").read_text()
    assert re.search(r'source\s*=\s*"hetznercloud/hcloud"\s+version\s*=\s*"= \d+\.\d+\.\d+"', text)
    assert re.search(r'required_version\s*=\s*">= 1\.12"', text)


def test_given_every_variable_when_read_then_it_is_typed_not_null_and_validated() -> None:
    text = "\n".join(path.read_text() for path in sorted(MODULE.glob("*.tf")))
    blocks = re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', text, re.MULTILINE | re.DOTALL)
    assert len(blocks) > 20
    for name, block in blocks:
        # A bool has no value to refuse that its type does not refuse.
        rule = () if re.search(r"type\s+= bool", block) else ("validation {",)
        for needed in ("type ", "nullable ", "description ", *rule):
            assert needed in block, f"{name} lacks {needed.strip()}"
        assert re.search(r"nullable\s+= false", block), f"{name} may be null"


def test_given_secret_variables_when_read_then_they_are_sensitive_and_the_token_is_none() -> None:
    text = "\n".join(path.read_text() for path in sorted(MODULE.glob("*.tf")))
    sensitive = re.findall(
        r'^variable "(\w+)" \{\n(?:(?!^\}).)*?sensitive\s+= true', text, re.MULTILINE | re.DOTALL
    )
    assert set(sensitive) == {"k3s_token", "callback_bearer", "acme_key", "first_admin_code_hash"}
    assert "hcloud_token" not in text
