"""The workflows: what they may do, what they are made of, and that they call what is tested.

Their language itself is judged by actionlint by hand: it is no part of the lock.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.release import __main__ as release

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / ".github/workflows").glob("*.yml"))
NAMES = ["audit", "blueprint-release", "ci", "e2e-hetzner", "image"]
Body = dict[str, Any]


def read(name: str) -> Body:
    text = (ROOT / f".github/workflows/{name}.yml").read_text()
    # YAML 1.1 takes the word `on` for true.
    return {"on" if key is True else key: value for key, value in yaml.safe_load(text).items()}


def steps(name: str) -> Iterator[tuple[str, Body]]:
    for job, body in read(name)["jobs"].items():
        for step in body["steps"]:
            yield job, step


def test_given_the_folder_when_listed_then_the_workflows_are_those_of_the_design() -> None:
    assert [path.stem for path in FILES] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_fault_16_given_a_workflow_when_read_then_every_action_is_pinned_by_digest(
    name: str,
) -> None:
    text = (ROOT / f".github/workflows/{name}.yml").read_text()
    used = re.findall(r"uses: (.+)", text)
    assert used
    pinned = re.compile(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    assert [each for each in used if not pinned.fullmatch(each)] == []


def test_fault_16_given_all_workflows_when_compared_then_an_action_has_one_pin() -> None:
    pins: dict[str, set[str]] = {}
    for path in FILES:
        for action, pin in re.findall(r"uses: ([\w./-]+)@(.+)", path.read_text()):
            pins.setdefault(action, set()).add(pin)
    assert {action for action, found in pins.items() if len(found) > 1} == set()


@pytest.mark.parametrize("name", NAMES)
def test_given_a_workflow_when_read_then_it_may_do_nothing_by_default_and_ends(name: str) -> None:
    body = read(name)
    assert body["permissions"] == {"contents": "read"}
    for job in body["jobs"].values():
        assert job["timeout-minutes"] <= 90
        assert job["runs-on"] == "ubuntu-24.04"


@pytest.mark.parametrize("name", NAMES)
def test_given_a_script_when_read_then_no_expression_writes_into_it(name: str) -> None:
    # What a person named, a branch or a folder, would be run as shell.
    scripts = [step["run"] for _, step in steps(name) if "run" in step]
    assert [script for script in scripts if "${{" in script] == []


@pytest.mark.parametrize("name", NAMES)
def test_fault_16_given_a_script_when_read_then_no_failure_is_swallowed(name: str) -> None:
    text = (ROOT / f".github/workflows/{name}.yml").read_text()
    assert re.findall(r"\|\| true|continue-on-error|:latest|@main\b", text) == []


@pytest.mark.parametrize("name", ["blueprint-release", "image"])
def test_given_a_pull_request_when_it_runs_then_no_job_of_it_can_write(name: str) -> None:
    for job, body in read(name)["jobs"].items():
        writes = "write" in (body.get("permissions") or {}).values()
        assert writes == (job == "publish")
    condition = read(name)["jobs"]["publish"]["if"]
    assert "!= 'pull_request'" in condition or "== 'push'" in condition


def test_fault_16_given_the_release_when_it_runs_then_its_matrix_is_what_is_due_by_all_tags() -> (
    None
):
    jobs = read("blueprint-release")["jobs"]
    checkout = jobs["due"]["steps"][0]
    assert checkout["with"]["fetch-depth"] == 0
    assert jobs["due"]["outputs"]["folders"] == "${{ steps.due.outputs.folders }}"
    for name in ("check", "publish"):
        matrix = jobs[name]["strategy"]["matrix"]["folder"]
        assert matrix == "${{ fromJSON(needs.due.outputs.folders) }}"
        assert jobs[name]["needs"] == "due"


def test_given_the_release_when_it_runs_then_it_calls_the_tested_command_as_it_is() -> None:
    calls = [
        line.strip()
        for _, step in steps("blueprint-release")
        for line in step.get("run", "").splitlines()
        if "infra.release" in line
    ]
    acts = []
    for call in calls:
        words = shlex.split(call)
        assert words[:3] == ["python3", "-m", "infra.release"]
        acts.append(release.parse(words[3:]).act)
    assert acts == ["due", "check", "publish"]


def test_given_a_release_when_done_then_its_tag_is_made_last_of_all_that_can_fail() -> None:
    named = [
        step.get("id") or ("tag" if "git tag" in step.get("run", "") else "")
        for job, step in steps("blueprint-release")
        if job == "publish"
    ]
    assert named.index("publish") < named.index("tag")


def test_given_secrets_when_used_then_only_an_action_or_an_environment_gets_them() -> None:
    for name in NAMES:
        for _, step in steps(name):
            assert "secrets." not in step.get("run", "")
    assert read("e2e-hetzner")["jobs"]["dod"]["environment"] == "hetzner"
    assert list(read("e2e-hetzner")["on"]) == ["workflow_dispatch"]


def test_given_ci_when_it_runs_then_it_runs_what_everyone_runs() -> None:
    (last,) = (step["run"] for _, step in steps("ci") if step.get("run", "").startswith("bash"))
    assert last == "bash .ci/run"
    assert "make test" in (ROOT / ".ci/run").read_text()


def test_given_the_image_when_built_then_its_file_is_there_and_runs_as_nobody() -> None:
    (files,) = {
        step["with"]["file"] for _, step in steps("image") if "file" in step.get("with", {})
    }
    text = (ROOT / files).read_text()
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    pinned = re.compile(r"\S+:\d+\.\d+\.\d+[\w.-]*@sha256:[0-9a-f]{64}")
    assert bases and [base for base in bases if not pinned.fullmatch(base)] == []
    assert len(set(bases)) == 1
    for source in re.findall(r"^COPY (?!--from)(\S+) ", text, re.MULTILINE):
        assert (ROOT / source).exists()


def test_given_what_the_release_imports_when_followed_then_python_and_yaml_are_enough() -> None:
    # The workflow installs nothing else.
    imported = {
        name
        for path in [*(ROOT / "infra/release").glob("*.py"), ROOT / "infra/check/charts.py"]
        for name in re.findall(
            r"^(?:from|import) (\S+)(?: import .*)?$", path.read_text(), re.MULTILINE
        )
    }
    ours = {name for name in imported if name.startswith("infra.")}
    assert ours <= {
        "infra.check", "infra.check.charts", "infra.release", "infra.release.programs",
    }  # fmt: skip
    known = {"yaml", "__future__", *sys.stdlib_module_names}
    assert {name.partition(".")[0] for name in imported - ours} <= known


def test_given_the_audit_when_it_runs_then_it_asks_about_both_locks_and_cannot_be_silent() -> None:
    said = {job: step["run"] for job, step in steps("audit") if "audit" in step.get("run", "")}
    assert said["python"].split()[0].endswith("/pip-audit")
    assert {"--strict", "--require-hashes", "requirements.lock"} <= set(said["python"].split())
    assert said["npm"].split()[:3] == ["npm", "audit", "--package-lock-only"]
    assert "schedule" in read("audit")["on"]
    installed = [step["run"] for _, step in steps("audit") if "pip install" in step.get("run", "")]
    assert installed and all("--require-hashes" in each for each in installed)
    lock = (ROOT / "infra/release/audit-requirements.txt").read_text()
    pins = re.findall(r"^[^#\s].*$", lock, re.MULTILINE)
    assert pins and all(re.fullmatch(r"\S+==\S+ \\", pin) for pin in pins)


def test_given_an_image_when_published_then_the_bill_of_the_locks_goes_with_it() -> None:
    (script,) = (step["run"] for _, step in steps("image") if "cosign" in step.get("run", ""))
    assert "python3 -m infra.release.sbom >catalyst.cdx.json" in script
    assert "cosign attest --yes --type cyclonedx --predicate catalyst.cdx.json" in script
